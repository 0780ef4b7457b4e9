"""Animations of glTF files, written here with the means of the format that programs use."""

import base64
import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm.mocap.people import MIXAMO, Y_UP, Foreign, a_pose, walk
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES
from vtm.errors import VtmError
from vtm.mocap.gltf_reader import read_gltf
from vtm.mocap.retarget import retarget

LOCAL, ROOT = walk(40)
PERSON = Foreign(MIXAMO, a_pose(), Y_UP, unit=1.0)
TILT = Rotation.from_euler("x", -90, True)


class Writer:
    """A skeleton below a node of its own scale and axes, whose joints are turned anyhow at rest."""

    def __init__(self, scale: float = 0.01, tilt: bool = True, skin: bool = True, short: bool = False):
        self.blob, self.views, self.accessors, self.short = bytearray(), [], [], short
        above = TILT if tilt else Rotation.identity()
        axes = Rotation.random(22, random_state=1)
        turned = PERSON.turned(LOCAL)
        stood = PERSON.stood()[1]
        world = np.empty((len(LOCAL), 22, 3, 3))
        self.nodes = [{"name": "Armature", "scale": [scale] * 3, "rotation": above.as_quat().tolist(), "children": [1]}]
        for joint in range(22):
            parent = PERSON.parent(joint)
            world[:, joint] = (world[:, parent] if joint else np.eye(3)) @ turned[:, joint]
            frame = above if joint == 0 else axes[parent]
            bone = Y_UP @ (stood[joint] - (stood[parent] if joint else 0)) / scale
            self.nodes.append({
                "name": MIXAMO[JOINT_NAMES[joint]], "rotation": (frame.inv() * axes[joint]).as_quat().tolist(),
                "translation": frame.inv().apply(bone).tolist(),
                "children": [1 + child for child in range(1, 22) if PERSON.parent(child) == joint],
            })  # fmt: skip
        for node in self.nodes[1:]:
            if not node["children"]:
                del node["children"]
        self.samplers, self.channels = [], []
        times = self.add((np.arange(len(LOCAL)) / 60).astype(np.float32)[:, None], "SCALAR")
        for joint in range(22):
            parent = PERSON.parent(joint)
            upper = np.broadcast_to(above.as_matrix(), (len(LOCAL), 3, 3)) if joint == 0 else (
                world[:, parent] @ axes[parent].as_matrix())  # fmt: skip
            quat = Rotation.from_matrix(np.swapaxes(upper, -1, -2) @ world[:, joint] @ axes[joint].as_matrix())
            self.animate(times, 1 + joint, "rotation", quat.as_quat())
        self.animate(times, 1, "translation", above.inv().apply(ROOT @ Y_UP.T) / scale)
        self.skins = []
        if skin:
            binds = np.tile(np.eye(4), (22, 1, 1))
            binds[:, :3, :3] = (above.inv() * axes).as_matrix()
            binds[:, :3, 3] = above.inv().apply(stood @ Y_UP.T) / scale
            inverse = np.linalg.inv(binds).swapaxes(-1, -2).reshape(22, 16).astype(np.float32)
            self.skins = [{"joints": list(range(1, 23)), "inverseBindMatrices": self.add(inverse, "MAT4")}]

    def add(self, array: np.ndarray, kind: str) -> int:
        code = {"float32": 5126, "int16": 5122}[array.dtype.name]
        self.views.append({"buffer": 0, "byteOffset": len(self.blob), "byteLength": array.nbytes})
        self.blob += array.tobytes() + bytes(-array.nbytes % 4)
        self.accessors.append(
            {"bufferView": len(self.views) - 1, "componentType": code, "count": len(array), "type": kind}
            | ({"normalized": True} if code == 5122 else {})
        )
        return len(self.accessors) - 1

    def animate(self, times: int, node: int, path: str, values: np.ndarray, interpolation: str = "LINEAR") -> None:
        packed = np.round(values * 32767).astype(np.int16) if self.short and path == "rotation" else values
        packed = packed.astype(np.float32) if packed.dtype == float else packed
        output = self.add(packed, "VEC4" if path == "rotation" else "VEC3")
        self.samplers.append({"input": times, "output": output, "interpolation": interpolation})
        self.channels.append({"sampler": len(self.samplers) - 1, "target": {"node": node, "path": path}})

    def document(self) -> dict:
        uri = "data:application/octet-stream;base64," + base64.b64encode(self.blob).decode()
        return {
            "asset": {"version": "2.0"}, "nodes": self.nodes, "skins": self.skins, "accessors": self.accessors,
            "bufferViews": self.views, "buffers": [{"byteLength": len(self.blob), "uri": uri}],
            "animations": [{"name": "walk", "samplers": self.samplers, "channels": self.channels}],
        }  # fmt: skip

    def write(self, path, **changes):
        path.write_text(json.dumps(self.document() | changes))
        return path


@pytest.mark.parametrize("scale", [1.0, 0.01], ids=["m", "cm"])
@pytest.mark.parametrize("tilt", [False, True], ids=["y up", "axes of its own"])
@pytest.mark.parametrize("short", [False, True], ids=["floats", "shorts"])
def test_a_skeleton_moves_as_the_person_did(tmp_path, scale, tilt, short):
    (recording,) = read_gltf(Writer(scale, tilt, short=short).write(tmp_path / "a.gltf"))
    assert (recording.fps, recording.title) == (pytest.approx(60), "walk")
    motion = retarget(recording)
    assert motion.metres == 1.0
    assert np.degrees(geodesic_angle(motion.local, LOCAL)).max() < (0.5 if short else 0.3)
    np.testing.assert_allclose(motion.root - motion.root[0], ROOT - ROOT[0], atol=1e-3)


@pytest.mark.parametrize("tilt", [False, True], ids=["y up", "axes of its own"])
def test_how_the_nodes_are_left_says_nothing_where_there_is_a_skin(tmp_path, tilt):
    """The file was saved while the person lay on the back."""
    writer = Writer(tilt=tilt)
    hips = Rotation.from_quat(writer.nodes[1]["rotation"])
    writer.nodes[1]["rotation"] = (Rotation.from_euler("z" if tilt else "x", -90, True) * hips).as_quat().tolist()
    (recording,) = read_gltf(writer.write(tmp_path / "a.gltf"))
    head, foot = (recording.names.index(MIXAMO[name]) for name in ("head", "left_ankle"))
    assert (recording.rest()[head] - recording.rest()[foot])[1] > 1.3
    assert np.degrees(geodesic_angle(retarget(recording).local, LOCAL)).max() < 0.3


def test_without_a_skin_the_nodes_are_the_rest_pose(tmp_path):
    (recording,) = read_gltf(Writer(skin=False).write(tmp_path / "a.gltf"))
    assert np.degrees(geodesic_angle(retarget(recording).local, LOCAL)).max() < 0.3


def test_the_bones_of_vrm_need_no_telling_names(tmp_path):
    writer = Writer()
    hips = {"hips": 1, "rightUpperLeg": 3}
    bones = {name: {"node": node} for name, node in hips.items()}
    writer.nodes[1]["name"], writer.nodes[3]["name"] = "A", "B"
    humanoid = {"VRMC_vrm_animation": {"humanoid": {"humanBones": bones}}}
    (recording,) = read_gltf(writer.write(tmp_path / "a.vrma", extensions=humanoid))
    assert [recording.names[index] for index in (1, 3)] == ["hips", "rightUpperLeg"]
    assert np.degrees(geodesic_angle(retarget(recording).local, LOCAL)).max() < 0.3


def test_bones_that_do_not_move_belong_to_the_skeleton(tmp_path):
    """Of a skeleton without a skin, in which the head alone moves: all that VRM calls bones, and the tips of those."""
    writer = Writer(skin=False)
    head = JOINT_INDEX["head"]
    writer.nodes.append({"name": "HeadTop_End", "translation": [0, 0.18, 0]})
    writer.nodes[1 + head]["children"] = [len(writer.nodes) - 1]
    writer.channels = [channel for channel in writer.channels if channel["target"]["node"] == 1 + head]
    bones = {f"bone {node}": {"node": node} for node in range(1, 23)}
    humanoid = {"VRMC_vrm_animation": {"humanoid": {"humanBones": bones}}}
    (recording,) = read_gltf(writer.write(tmp_path / "a.vrma", extensions=humanoid))
    assert set(recording.names) == {"Armature", *bones, "HeadTop_End"}
    (recording,) = read_gltf(writer.write(tmp_path / "a.gltf"))
    assert "mixamorig:LeftLeg" not in recording.names and recording.names[-1] == "HeadTop_End"


def test_buffers_beside_the_file_and_several_animations(tmp_path):
    writer = Writer()
    (tmp_path / "a b.bin").write_bytes(writer.blob)
    twice = [{**writer.document()["animations"][0], "name": name} for name in ("one", None)]
    path = writer.write(
        tmp_path / "a.gltf", animations=twice, buffers=[{"uri": "a%20b.bin", "byteLength": len(writer.blob)}]
    )
    assert [recording.title for recording in read_gltf(path)] == ["one", "animation 2"]
    (tmp_path / "a b.bin").unlink()
    with pytest.raises(VtmError, match="needs a%20b.bin beside it"):
        read_gltf(path)


@pytest.mark.parametrize("kind", ["STEP", "CUBICSPLINE"])
def test_keys_that_are_held_or_curved(tmp_path, kind):
    writer = Writer()
    times = writer.add(np.array([[0.0], [0.5]], np.float32), "SCALAR")
    keys = Rotation.from_euler("x", [[0], [90]], True).as_quat()
    if kind == "CUBICSPLINE":
        keys = np.stack([np.zeros_like(keys), keys, np.zeros_like(keys)], 1).reshape(-1, 4)
    writer.samplers[3] = {"input": times, "output": writer.add(keys.astype(np.float32), "VEC4"), "interpolation": kind}
    (recording,) = read_gltf(writer.write(tmp_path / "a.gltf"))
    joint = recording.names.index("mixamorig:Spine")
    turned = geodesic_angle(recording.local[:, joint], recording.local[0, joint])
    assert np.degrees(turned[30]) == pytest.approx(90, abs=0.1)
    assert np.degrees(turned[15]) == pytest.approx(0 if kind == "STEP" else 45, abs=0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"animations": []}, "has no animation; export it with one"),
        ({"extensionsRequired": ["EXT_meshopt_compression"]}, "is compressed by EXT_meshopt"),
        ({"accessors": []}, "is no complete glTF file"),
        ({"nodes": None}, "is no complete glTF file"),
        ({"bufferViews": [{"buffer": 0, "byteOffset": 9_000_000, "byteLength": 4}] * 99}, "is no complete glTF file"),
    ],
)
def test_what_is_no_motion_is_refused(tmp_path, changes, message):
    with pytest.raises(VtmError, match=message):
        read_gltf(Writer().write(tmp_path / "a.gltf", **changes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda document: document["nodes"][3].update(children=[1]), "hangs from"),
        (lambda document: document["nodes"][3].update(children=[-2]), "hangs from"),
        (lambda document: document["skins"][0]["joints"].append(-1), "there is no node -1"),
        (lambda document: document["nodes"].__setitem__(2, None), "is no complete glTF file"),
        (lambda document: document["buffers"].__setitem__(0, 7), "is no complete glTF file"),
    ],
)
def test_trees_that_are_none_are_refused(tmp_path, change, message):
    writer = Writer()
    document = json.loads(json.dumps(writer.document()))
    change(document)
    with pytest.raises(VtmError, match=message):
        read_gltf(writer.write(tmp_path / "a.gltf", **document))


@pytest.mark.parametrize(("value", "message"), [(np.nan, "is no number"), (1e9, "lasts 1e\\+09 s")])
def test_times_that_cannot_be_are_refused(tmp_path, value, message):
    writer = Writer()
    times = writer.add(np.array([[0.0], [value]], np.float32), "SCALAR")
    writer.samplers[3]["input"] = times
    writer.samplers[3]["output"] = writer.add(np.tile([0, 0, 0, 1], (2, 1)).astype(np.float32), "VEC4")
    with pytest.raises(VtmError, match=message):
        read_gltf(writer.write(tmp_path / "a.gltf"))

from dataclasses import replace

import numpy as np
import pygltflib
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS
from vtm.mocap.gltf_reader import read_gltf
from vtm.mocap.retarget import retarget
from vtm_tools.export.body_mesh import rest_joints
from vtm_tools.export.glb import write_glb
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import in_the_world

DTYPES = {5126: np.float32, 5125: np.uint32, 5123: np.uint16}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}
UPRIGHT = Rotation.from_euler("x", -90, degrees=True).as_matrix()
"""Our z up to glTF's y up."""


@pytest.fixture(scope="module")
def motion(clip):
    return in_the_world(clip)


@pytest.fixture(scope="module")
def path(motion, tmp_path_factory):
    path = tmp_path_factory.mktemp("glb") / "motion.glb"
    write_glb(path, motion, "blender")
    return path


def array(gltf: pygltflib.GLTF2, index: int) -> np.ndarray:
    accessor = gltf.accessors[index]
    view = gltf.bufferViews[accessor.bufferView]
    raw = gltf.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    return np.frombuffer(raw, DTYPES[accessor.componentType]).reshape(accessor.count, WIDTHS[accessor.type])


def transforms(gltf: pygltflib.GLTF2, key: int) -> np.ndarray:
    """Global transforms (nodes, 4, 4) at a key of the animation, computed from the file alone."""
    channels = {}
    for channel in gltf.animations[0].channels:
        sampler = gltf.animations[0].samplers[channel.sampler]
        channels[channel.target.node, channel.target.path] = array(gltf, sampler.output)[key]
    result = np.tile(np.eye(4), (len(gltf.nodes), 1, 1))

    def place(index: int, above: np.ndarray) -> None:
        node, own = gltf.nodes[index], np.eye(4)
        own[:3, :3] = Rotation.from_quat(channels.get((index, "rotation"), node.rotation or [0, 0, 0, 1])).as_matrix()
        own[:3, 3] = channels.get((index, "translation"), node.translation or [0, 0, 0])
        result[index] = above @ own
        for child in node.children or []:
            place(child, result[index])

    for root in gltf.scenes[gltf.scene].nodes:
        place(root, np.eye(4))
    return result


def test_a_single_frame(motion, tmp_path):
    single = replace(motion, stamps=motion.stamps[:1], local=motion.local[:1], root=motion.root[:1])
    write_glb(tmp_path / "one.glb", single, "blender")
    gltf = pygltflib.GLTF2.load(str(tmp_path / "one.glb"))
    assert {len(array(gltf, sampler.output)) for sampler in gltf.animations[0].samplers} == {1}


@pytest.mark.parametrize("stamps", [[1e9, 1e9 + 1e-5, 1e9 + 2e-5], [5.0, 5.0, 5.0], [0.0, 3e4, 3e4 + 1e-4]])
def test_keys_are_one_after_the_other_in_single_precision(motion, tmp_path, stamps):
    few = replace(motion, stamps=np.array(stamps), local=motion.local[:3], root=motion.root[:3])
    write_glb(tmp_path / "a.glb", few, "smplx")
    gltf = pygltflib.GLTF2.load(str(tmp_path / "a.glb"))
    times = array(gltf, gltf.animations[0].samplers[0].input)[:, 0]
    assert (np.diff(times) > 0).all() and times == pytest.approx(few.stamps - stamps[0], abs=1e-2)


def test_a_public_reader_sees_the_same_joints_at_every_key(path, motion):
    gltf = pygltflib.GLTF2.load(str(path))
    expected = motion.joints()[1] @ UPRIGHT.T
    times = array(gltf, gltf.animations[0].samplers[0].input)[:, 0]
    np.testing.assert_allclose(times, motion.stamps - motion.stamps[0], atol=1e-5)
    index = {node.name: number for number, node in enumerate(gltf.nodes)}
    for key in (0, 80, len(times) - 1):
        seen = transforms(gltf, key)[[index[name] for name in NAMES["blender"][:NUM_JOINTS]], :3, 3]
        np.testing.assert_allclose(seen, expected[key], atol=1e-4)


def test_the_skin_moves_with_the_bones(path, motion):
    gltf = pygltflib.GLTF2.load(str(path))
    skin = gltf.skins[0]
    inverse = array(gltf, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    moved = transforms(gltf, 120)[skin.joints] @ inverse
    points = []
    for primitive in gltf.meshes[0].primitives:
        attributes = primitive.attributes
        joints = array(gltf, attributes.JOINTS_0)[:, 0]
        np.testing.assert_array_equal(array(gltf, attributes.WEIGHTS_0).sum(1), 1)
        vertices = np.c_[array(gltf, attributes.POSITION), np.ones(len(joints))]
        points.append((moved[joints] @ vertices[..., None])[:, :3, 0])
    left, right, middle = points
    joints = motion.joints()[1][120] @ UPRIGHT.T
    for name, side in (("left_wrist", left), ("right_ankle", right), ("head", middle), ("left_knee", left)):
        assert np.linalg.norm(side - joints[JOINT_NAMES.index(name)], axis=1).min() < 0.1, name
    assert -0.05 < np.concatenate(points)[:, 1].min() < 0.05, "it stands on y = 0"


def test_another_public_reader_sees_closed_capsules_in_the_rest_pose(path, motion):
    scene = trimesh.load_scene(path)
    bodies = list(scene.geometry.values())
    assert len(bodies) == 3
    low, high = np.min([b.bounds[0] for b in bodies], 0), np.max([b.bounds[1] for b in bodies], 0)
    rest = rest_joints(motion.offsets)
    assert (low < rest.min(0)).all() and (high > rest.max(0)).all()
    assert all(body.volume > 0.003 for body in bodies), "a negative volume would be turned inside out"


def test_quaternions_do_not_change_sides(path):
    gltf = pygltflib.GLTF2.load(str(path))
    for sampler in gltf.animations[0].samplers[:-1]:
        quats = array(gltf, sampler.output)
        assert (quats[1:] * quats[:-1]).sum(1).min() > 0
        np.testing.assert_allclose(np.linalg.norm(quats, axis=1), 1, atol=1e-5)


def test_our_own_reader_of_motion_takes_it_back(path, motion):
    (recording,) = read_gltf(path)
    ours, theirs = retarget(recording).pose()[1], motion.joints()[1][: len(recording.local)]
    np.testing.assert_allclose(ours - ours[:, :1], theirs - theirs[:, :1], atol=0.005)

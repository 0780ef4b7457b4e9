"""glTF 2.0 in one binary file: the skeleton in its rest pose, a body of capsules on it, and the motion.

glTF is y up. The skeleton hangs under a node `world` that turns our z up into it, so below that node everything is as
in `WorldMotion`: joints are turned by what `local` says and the pelvis is moved by `root`.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from vtm.body.rotations import continuous_quats, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, SOLE, Skeleton
from vtm_tools.export.body_mesh import body_mesh, rest_joints
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import WorldMotion

WORLD_NODE, FIRST_JOINT = 0, 1
Y_UP = [-(0.5**0.5), 0.0, 0.0, 0.5**0.5]
"""The rotation xyzw that turns z up into y up."""
COLOURS = {"left": [0.014, 0.184, 1.0], "right": [1.0, 0.212, 0.004], "middle": [0.254, 0.254, 0.254]}
"""Linear RGB of the colours of the stick figure."""
_FLOAT, _UINT, _USHORT = 5126, 5125, 5123
_VERTICES, _INDICES = 34962, 34963


class _Data:
    """Arrays as accessors of one binary buffer."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, array: np.ndarray, kind: str, bounds: bool = False, target: int | None = None) -> int:
        """The index of a new accessor of `array` (N, ...).

        With `bounds` it holds the array's least and greatest values, which glTF asks for of times and positions.
        """
        component = {"float32": _FLOAT, "uint32": _UINT, "uint16": _USHORT}[array.dtype.name]
        view = {"buffer": 0, "byteOffset": len(self.bytes), "byteLength": array.nbytes}
        self.views.append(view | ({"target": target} if target else {}))
        self.bytes += array.tobytes()
        self.bytes += bytes(-len(self.bytes) % 4)
        accessor = {"bufferView": len(self.views) - 1, "componentType": component, "count": len(array), "type": kind}
        if bounds:
            rows = array.reshape(len(array), -1)
            accessor |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def write_glb(path: Path, motion: WorldMotion, names: str) -> None:
    """Write a motion; every frame is a key of the animation, at its stamp counted from the first.

    Args:
        path: The .glb file.
        motion: In the world.
        names: A key of NAMES.
    """
    data, skeleton = _Data(), motion.skeleton
    document = {
        "asset": {"version": "2.0", "generator": "vtm"},
        "scene": 0,
        "scenes": [{"nodes": [WORLD_NODE, FIRST_JOINT + skeleton.count]}],
        "nodes": _nodes(motion.offsets, skeleton, NAMES[names]),
        "materials": [_material(side) for side in COLOURS],
        "meshes": [{"name": "body", "primitives": _primitives(data, motion.offsets, skeleton)}],
        "skins": [_skin(data, motion.offsets, skeleton)],
        "animations": [_animation(data, motion)],
        "accessors": data.accessors,
        "bufferViews": data.views,
        "buffers": [{"byteLength": len(data.bytes)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    with path.open("wb") as file:
        file.write(b"glTF" + _uint(2) + _uint(12 + 8 + len(text) + 8 + len(data.bytes)))
        file.write(_uint(len(text)) + b"JSON" + text)
        file.write(_uint(len(data.bytes)) + b"BIN\0" + data.bytes)


def _uint(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _nodes(offsets: np.ndarray, skeleton: Skeleton, names: tuple[str, ...]) -> list[dict[str, Any]]:
    places = offsets.copy()
    places[0] = [0.0, 0.0, SOLE - rest_joints(offsets, skeleton)[JOINT_INDEX["left_ankle"], 2]]
    joints = []
    for joint, name in enumerate(names[: skeleton.count]):
        children = [FIRST_JOINT + child for child in skeleton.children(joint)]
        node = {"name": name, "translation": places[joint].tolist(), "rotation": [0.0, 0.0, 0.0, 1.0]}
        joints.append(node | ({"children": children} if children else {}))
    world = {"name": "world", "rotation": Y_UP, "children": [FIRST_JOINT]}
    return [world, *joints, {"name": "body", "mesh": 0, "skin": 0}]


def _material(side: str) -> dict[str, Any]:
    surface = {"baseColorFactor": [*COLOURS[side], 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.7}
    return {"name": side, "pbrMetallicRoughness": surface}


def _primitives(data: _Data, offsets: np.ndarray, skeleton: Skeleton) -> list[dict[str, Any]]:
    primitives = []
    for side, mesh in body_mesh(offsets, skeleton).items():
        joints = np.zeros((len(mesh.joints), 4), np.uint16)
        joints[:, 0] = mesh.joints
        weights = np.zeros((len(mesh.joints), 4), np.float32)
        weights[:, 0] = 1
        attributes = {
            "POSITION": data.add(mesh.points.astype(np.float32), "VEC3", bounds=True, target=_VERTICES),
            "NORMAL": data.add(mesh.normals.astype(np.float32), "VEC3", target=_VERTICES),
            "JOINTS_0": data.add(joints, "VEC4", target=_VERTICES),
            "WEIGHTS_0": data.add(weights, "VEC4", target=_VERTICES),
        }
        indices = data.add(mesh.triangles.astype(np.uint32).ravel(), "SCALAR", target=_INDICES)
        primitives.append({"attributes": attributes, "indices": indices, "material": list(COLOURS).index(side)})
    return primitives


def _skin(data: _Data, offsets: np.ndarray, skeleton: Skeleton) -> dict[str, Any]:
    matrices = np.tile(np.eye(4, dtype=np.float32), (skeleton.count, 1, 1))
    matrices[:, 3, :3] = -rest_joints(offsets, skeleton)  # glTF's matrices are stored by columns
    joints = [FIRST_JOINT + joint for joint in range(skeleton.count)]
    return {"inverseBindMatrices": data.add(matrices, "MAT4"), "skeleton": WORLD_NODE, "joints": joints}


def _animation(data: _Data, motion: WorldMotion) -> dict[str, Any]:
    times = data.add(_key_times(motion.stamps), "SCALAR", bounds=True)
    quats = continuous_quats(quat_from_matrix(motion.local)).astype(np.float32)
    count = motion.skeleton.count
    outputs = [data.add(np.ascontiguousarray(quats[:, joint]), "VEC4") for joint in range(count)]
    outputs.append(data.add(motion.root.astype(np.float32), "VEC3"))
    targets: list[dict[str, Any]] = [{"node": FIRST_JOINT + j, "path": "rotation"} for j in range(count)]
    targets.append({"node": FIRST_JOINT, "path": "translation"})
    return {
        "name": "motion",
        "samplers": [{"input": times, "output": output, "interpolation": "LINEAR"} for output in outputs],
        "channels": [{"sampler": index, "target": target} for index, target in enumerate(targets)],
    }


def _key_times(stamps: np.ndarray) -> np.ndarray:
    """Seconds from the first stamp as glTF wants them: single precision, and each later than the one before."""
    times = (stamps - stamps[0]).astype(np.float32)
    for key in range(1, len(times)):
        if not times[key] > times[key - 1]:
            times[key] = np.nextafter(times[key - 1], np.float32(np.inf))
    return times

"""Animations of glTF 2.0 files (.glb, .gltf, .vrma): the nodes of a skeleton, turned and moved over time."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from vtm.body.rotations import matrix_from_quat, quat_normalize
from vtm.errors import VtmError
from vtm.mocap.recording import Recording
from vtm.mocap.standing import shortest_turn

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_STEADY = (24.0, 120.0)
"""Frames/s of what is sampled."""
_LONGEST = 86_400.0
"""Seconds."""
_LIKELY = (0.5, 2.6)
"""Metres that a skeleton at rest reaches from end to end, if the file is in metres as glTF asks."""
_TALL = 0.6
"""Of how far it reaches along any axis, a skeleton reaches more upwards."""


class _Document:
    def __init__(self, path: Path):
        self.path = path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
        self.binary = b""
        try:
            if data[:4] == b"glTF":
                length = int.from_bytes(data[12:16], "little")
                text = data[20 : 20 + length]
                self.binary = data[
                    28 + length : 28 + length + int.from_bytes(data[20 + length : 24 + length], "little")
                ]
            else:
                text = data
            self.json: dict[str, Any] = json.loads(text)
            self.nodes: list[dict[str, Any]] = self.json["nodes"]
        except (ValueError, KeyError, TypeError) as error:
            raise VtmError(f"{path} is no complete glTF file; export it again") from error
        packed = set(self.json.get("extensionsRequired", ())) & {"EXT_meshopt_compression", "KHR_meshopt_compression"}
        if packed:
            raise VtmError(f"{path} is compressed by {packed.pop()}; export it without compression")

    def array(self, index: int) -> np.ndarray:
        """The numbers (N, width) of an accessor."""
        accessor = self.json["accessors"][index]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise VtmError(f"{self.path} has sparse accessors; export it again with another program")
        view = self.json["bufferViews"][accessor["bufferView"]]
        kind, width = np.dtype(_TYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        raw = self._buffer(view["buffer"])
        values: np.ndarray = np.ndarray((accessor["count"], width), kind, raw, start, (stride, kind.itemsize)).astype(
            np.float64
        )
        if not np.isfinite(values).all():
            raise ValueError(f"accessor {index} holds what is no number")
        return values / np.iinfo(kind).max if kind.kind in "iu" and accessor.get("normalized") else values

    def _buffer(self, index: int) -> bytes:
        uri = self.json["buffers"][index].get("uri")
        if uri is None:
            return self.binary
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        beside = self.path.parent / unquote(uri)
        try:
            return beside.read_bytes()
        except OSError as error:
            raise VtmError(f"{self.path} needs {uri} beside it, which cannot be read: {error.strerror}") from error


def read_gltf(path: Path) -> list[Recording]:
    """Read every animation of a glTF file that moves a skeleton.

    At rest the skeleton is as it was bound to its skin; without a skin, as its nodes are.

    Raises:
        VtmError: The file is damaged, or has no animation.
    """
    document = _Document(path)
    try:
        animations = document.json.get("animations", [])
        if not animations:
            raise VtmError(f"{path} has no animation; export it with one")
        return [_recording(document, animation, number) for number, animation in enumerate(animations, 1)]
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise VtmError(f"{path} is no complete glTF file ({error!r}); export it again") from error


def _recording(document: _Document, animation: dict[str, Any], number: int) -> Recording:
    parents = _parents(document)
    tracks, times = _tracks(document, animation)
    joints = _ordered(parents, _skeleton(document, parents, {node for node, _ in tracks}))
    frames = len(times)
    rotation = np.empty((frames, len(joints), 3, 3))
    position = np.empty((frames, len(joints), 3))
    rest_turn, rest_place = np.empty((len(joints), 3, 3)), np.empty((len(joints), 3))
    bound = _bound(document)
    moving: dict[int, np.ndarray] = {}
    resting: dict[int, np.ndarray] = {}
    for index, node in enumerate(joints):
        above, fields = parents[node], document.nodes[node]
        moving[node] = moving.get(above, np.eye(4)) @ _local(fields, node, tracks, frames)
        resting[node] = bound.get(node, resting.get(above, np.eye(4)) @ _local(fields, node))
        rotation[:, index], position[:, index] = _turn(moving[node]), moving[node][:, :3, 3]
        rest_turn[index], rest_place[index] = _turn(resting[node]), resting[node][:3, 3]
    core = [index for index, node in enumerate(joints) if node in bound or any(node == moved for moved, _ in tracks)]
    rest_place *= _scale(position[0], rest_place, parents, joints, bound)
    upright = _upright(document, parents, joints, bound)
    rest_place = rest_place @ upright.T
    turned = rotation @ np.swapaxes(upright @ rest_turn, -1, -2)
    own = [joints.index(parents[node]) if parents[node] in joints else -1 for node in joints]
    offsets, local = rest_place.copy(), np.array(turned)
    places: dict[int, np.ndarray] = {}
    for index, parent in enumerate(own):
        places[index] = position[:, index]
        if parent >= 0:
            back = np.swapaxes(turned[:, parent], -1, -2)
            local[:, index] = back @ turned[:, index]
            places[index] = np.einsum("tij,tj->ti", back, position[:, index] - position[:, parent])
            offsets[index] = rest_place[index] - rest_place[parent]
    called = _humanoid(document)
    reach = np.ptp(position[0, core], axis=0).max()
    return Recording(
        tuple(str(called.get(node) or document.nodes[node].get("name", f"node {node}")) for node in joints), tuple(own),
        offsets, local, places,
        1 / (times[1] - times[0]) if frames > 1 else _STEADY[0],
        1.0 if _LIKELY[0] < reach < _LIKELY[1] else None,
        title=animation.get("name") or f"animation {number}",
    )  # fmt: skip


def _parents(document: _Document) -> list[int]:
    parents = [-1] * len(document.nodes)
    for node, fields in enumerate(document.nodes):
        for child in fields.get("children", ()):
            if child < 0 or parents[child] >= 0:
                raise ValueError(f"node {child} hangs from two others")
            parents[child] = node
    above = list(parents)
    for _ in parents:  # whoever hangs from itself never comes to an end
        above = [parents[node] if node >= 0 else -1 for node in above]
    if max(above, default=-1) >= 0:
        raise ValueError("a node hangs from itself")
    return parents


def _skeleton(document: _Document, parents: list[int], moved: set[int]) -> set[int]:
    """The joints of the skins, what is animated, bones of VRM, all above those and their tips; no mesh alone."""
    core = moved | {joint for skin in document.json.get("skins", ()) for joint in skin["joints"]}
    core |= set(_humanoid(document))
    if min(core) < 0:
        raise ValueError(f"there is no node {min(core)}")
    tips = {node for node, fields in enumerate(document.nodes) if "children" not in fields}
    nodes = core | {tip for tip in tips if parents[tip] in core}
    for node in core:
        while parents[node] >= 0:
            node = parents[node]
            nodes.add(node)
    return {node for node in nodes if node in core or "mesh" not in document.nodes[node]}


def _humanoid(document: _Document) -> dict[int, str]:
    """The names of a person's bones that VRM gives to nodes, whatever those are called."""
    extensions = document.json.get("extensions", {})
    bones: dict[int, str] = {}
    for kind in ("VRMC_vrm_animation", "VRMC_vrm"):
        humanoid = extensions.get(kind, {}).get("humanoid", {}).get("humanBones", {})
        bones |= {bone["node"]: name for name, bone in humanoid.items()}
    return bones


def _ordered(parents: list[int], nodes: set[int]) -> list[int]:
    """Parents before children."""

    def depth(node: int) -> int:
        steps = 0
        while parents[node] >= 0:
            node, steps = parents[node], steps + 1
        return steps

    return sorted(nodes, key=lambda node: (depth(node), node))


def _bound(document: _Document) -> dict[int, np.ndarray]:
    """Matrices (4, 4) of joints in the world when they were bound to the first skin that has them."""
    bound: dict[int, np.ndarray] = {}
    for skin in document.json.get("skins", ()):
        if "inverseBindMatrices" in skin:
            matrices = document.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(-1, -2)
            for joint, inverse in zip(skin["joints"], matrices, strict=True):
                bound.setdefault(joint, np.linalg.inv(inverse))
    return bound


def _scale(
    posed: np.ndarray, rest: np.ndarray, parents: list[int], joints: list[int], bound: dict[int, np.ndarray]
) -> float:
    """By what the skeleton (J, 3) as it was bound is smaller than as it moves: skins may have a unit of their own."""
    bones = [(i, joints.index(parents[node])) for i, node in enumerate(joints) if {node, parents[node]} <= set(bound)]
    lengths = [[np.linalg.norm(at[end] - at[start]) for end, start in bones] for at in (posed, rest)]
    return float(np.sum(lengths[0]) / np.sum(lengths[1])) if bones and np.sum(lengths[1]) > 0 else 1.0


def _upright(document: _Document, parents: list[int], joints: list[int], bound: dict[int, np.ndarray]) -> np.ndarray:
    """The turn (3, 3) that sets the skeleton upright as it was bound: skins may have axes of their own, too.

    Those of the nodes above, the scene's or those of the first joint: the first along which the skeleton is tall.
    """
    first = next((node for node in joints if node in bound), None)
    if first is None:
        return np.eye(3)
    above, node = np.array(np.eye(4)), parents[first]
    while node >= 0:
        above, node = _local(document.nodes[node], node) @ above, parents[node]
    y = np.array([0.0, 1.0, 0.0])
    joint = _turn(bound[first]) @ _turn(above @ _local(document.nodes[first], first)).T @ y
    ups = [np.eye(3)[np.abs(up).argmax()] * np.sign(up[np.abs(up).argmax()]) for up in (_turn(above).T @ y, y, joint)]
    reach = np.ptp([place[:3, 3] for place in bound.values()], axis=0)
    up = next((up for up in ups if reach @ np.abs(up) > _TALL * reach.max()), ups[-1])
    return np.diag([1.0, -1.0, -1.0]) if up[1] < 0 else shortest_turn(up, y)


def _turn(matrix: np.ndarray) -> np.ndarray:
    """The rotations (..., 3, 3) in matrices (..., 4, 4) that also scale."""
    u, _, v = np.linalg.svd(matrix[..., :3, :3])
    turn = u @ v
    return turn * np.sign(np.linalg.det(turn))[..., None, None]


Tracks = dict[tuple[int, str], np.ndarray]


def _tracks(document: _Document, animation: dict[str, Any]) -> tuple[Tracks, np.ndarray]:
    """Values (T, width) by node and path, at steady times (T,) s."""
    raw, gaps = {}, []
    for channel in animation["channels"]:
        target = channel["target"]
        if "node" not in target or target["path"] not in ("rotation", "translation", "scale"):
            continue
        sampler = animation["samplers"][channel["sampler"]]
        keys = document.array(sampler["input"])[:, 0]
        values = document.array(sampler["output"])
        if sampler.get("interpolation") == "CUBICSPLINE":
            values = values.reshape(len(keys), 3, -1)[:, 1]
        raw[target["node"], target["path"]] = keys, values, sampler.get("interpolation") == "STEP"
        if len(keys) > 1:
            gaps.append(float(np.median(np.diff(keys))))
    if not raw:
        raise VtmError(f"{document.path}: animation {animation.get('name', '')} moves no node; export it again")
    start = min(keys[0] for keys, _, _ in raw.values())
    end = max(keys[-1] for keys, _, _ in raw.values())
    fps = float(np.clip(1 / min(gaps), *_STEADY)) if gaps and min(gaps) > 0 else _STEADY[0]
    if not 0 <= end - start < _LONGEST:
        raise VtmError(
            f"{document.path}: animation {animation.get('name', '')} lasts {end - start:g} s; export it again"
        )
    times = start + np.arange(round((end - start) * fps) + 1) / fps
    return {key: _sampled(times, *track, turns=key[1] == "rotation") for key, track in raw.items()}, times


def _sampled(times: np.ndarray, keys: np.ndarray, values: np.ndarray, steps: bool, turns: bool) -> np.ndarray:
    after = np.clip(np.searchsorted(keys, times, "right"), 1, max(len(keys) - 1, 1))
    after = np.minimum(after, len(keys) - 1)
    before = np.maximum(after - 1, 0)
    span = keys[after] - keys[before]
    share = np.clip((times - keys[before]) / np.where(span > 0, span, 1), 0, 1)
    share = np.floor(share + 1e-3)[:, None] if steps else share[:, None]
    first, second = values[before], values[after]
    if turns:
        second = np.where((first * second).sum(-1, keepdims=True) < 0, -second, second)
    return first * (1 - share) + second * share


def _local(fields: dict[str, Any], node: int, tracks: Tracks | None = None, frames: int = 0) -> np.ndarray:
    """A node's matrix (4, 4) in its parent; with `tracks` one for each frame."""
    shape: tuple[int, ...] = () if tracks is None else (frames,)
    tracks = tracks or {}
    matrix = np.broadcast_to(np.eye(4), (*shape, 4, 4)).copy()
    if "matrix" in fields and not any((node, path) in tracks for path in ("rotation", "translation", "scale")):
        matrix[:] = np.reshape(fields["matrix"], (4, 4)).T
        return matrix
    quat = tracks.get((node, "rotation"), np.array(fields.get("rotation", (0.0, 0.0, 0.0, 1.0))))
    scale = tracks.get((node, "scale"), np.array(fields.get("scale", (1.0, 1.0, 1.0))))
    matrix[..., :3, :3] = matrix_from_quat(quat_normalize(quat)) * scale[..., None, :]
    matrix[..., :3, 3] = tracks.get((node, "translation"), np.array(fields.get("translation", (0.0, 0.0, 0.0))))
    return matrix

"""A body of capsules in the rest pose: every capsule belongs to one joint and moves with it."""

from dataclasses import dataclass

import numpy as np

from vtm.body.hand import FINGERS
from vtm.body.skeleton import BODY, Skeleton, stature
from vtm.files.bvh import TIPS

ROUND, CAP = 12, 3
"""Corners of a capsule's cross-section, and rings of each of its caps."""
USUAL_HEIGHT = 1.7
RADII = {
    "hip": 0.085, "knee": 0.075, "ankle": 0.05, "foot": 0.04, "spine1": 0.11, "spine2": 0.11, "spine3": 0.115,
    "neck": 0.09, "collar": 0.07, "head": 0.05, "shoulder": 0.06, "elbow": 0.045, "wrist": 0.036,
    **{f"{finger}{knuckle}": 0.014 if knuckle == 1 else 0.009 for finger in FINGERS for knuckle in (1, 2, 3)},
}  # fmt: skip
"""Metres, of the capsule that ends in the joint, for a person of USUAL_HEIGHT."""
TIP_RADII = {"head": 0.085, "wrist": 0.032, "foot": 0.035, **dict.fromkeys((f"{name}3" for name in FINGERS), 0.008)}


@dataclass(frozen=True, eq=False)
class Mesh:
    """N points, each moved by one joint.

    Attributes:
        points: (N, 3) m.
        normals: (N, 3).
        joints: (N,) the joint that moves each.
        triangles: (M, 3) indices of points.
    """

    points: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    triangles: np.ndarray


def rest_joints(offsets: np.ndarray, skeleton: Skeleton = BODY) -> np.ndarray:
    """Joints (J, 3) m of the rest pose in body axes, the pelvis at the origin, from `offsets` (J, 3) m."""
    places = np.zeros_like(offsets)
    for parent, joint in skeleton.bones:
        places[joint] = places[parent] + offsets[joint]
    return places


def body_mesh(offsets: np.ndarray, skeleton: Skeleton = BODY) -> dict[str, Mesh]:
    """The body of a person with `offsets` (J, 3) m in the rest pose, by side: left, right, middle."""
    places = rest_joints(offsets, skeleton)
    size = stature(offsets) / USUAL_HEIGHT
    kinds = [name.split("_")[-1] for name in skeleton.names]
    sides = [name.split("_")[0] if name.startswith(("left_", "right_")) else "middle" for name in skeleton.names]
    parts: dict[str, list[Mesh]] = {"left": [], "right": [], "middle": []}
    for parent, joint in skeleton.bones:
        parts[sides[joint]].append(_capsule(places[parent], places[joint], RADII[kinds[joint]] * size, parent))
    for name, tip in TIPS.items():
        joint = skeleton.index.get(name, 0)
        if joint and not skeleton.children(joint):
            end = places[joint] + np.array(tip)
            parts[sides[joint]].append(_capsule(places[joint], end, TIP_RADII[kinds[joint]] * size, joint))
    return {side: _joined(meshes) for side, meshes in parts.items()}


def _capsule(start: np.ndarray, end: np.ndarray, radius: float, joint: int) -> Mesh:
    axis = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    aside = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    aside /= np.linalg.norm(aside)
    turn = np.arange(ROUND) * 2 * np.pi / ROUND
    circle = np.cos(turn)[:, None] * aside + np.sin(turn)[:, None] * np.cross(axis, aside)
    rise = np.linspace(-np.pi / 2, 0, CAP + 1)
    rise = np.concatenate([rise, -rise[::-1]])
    normals = np.cos(rise)[:, None, None] * circle + np.sin(rise)[:, None, None] * axis
    middles = np.where(np.arange(len(rise))[:, None] <= CAP, start, end)
    points = middles[:, None] + radius * normals
    ring, corner = np.meshgrid(np.arange(len(rise) - 1), np.arange(ROUND), indexing="ij")
    a, b = ring * ROUND + corner, ring * ROUND + (corner + 1) % ROUND
    triangles = np.concatenate([np.stack([a, b, b + ROUND], -1), np.stack([a, b + ROUND, a + ROUND], -1)])
    flat = points.reshape(-1, 3)
    return Mesh(flat, normals.reshape(-1, 3), np.full(len(flat), joint), triangles.reshape(-1, 3))


def _joined(meshes: list[Mesh]) -> Mesh:
    first = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.joints for mesh in meshes]),
        np.concatenate([mesh.triangles + at for mesh, at in zip(meshes, first, strict=True)]),
    )

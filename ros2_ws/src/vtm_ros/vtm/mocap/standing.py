"""How a foreign skeleton stands: the pose from which ours and theirs turn alike.

In the source's rest pose the trunk of ours is in its rest pose too; the straight bones of ours (limbs, collars, spine,
neck) are laid along the source's by the shortest turn, so that an A-pose, spread legs or sloping collars of the source
are rotations of ours, and no bone is twisted about itself.
"""

from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.mocap.recording import Recording

Matches = dict[str, tuple[int, int]]
"""Our joint -> the source's joint that stands where it is, the one that turns as it does."""

BONE_END = {
    "spine1": "spine2", "spine2": "spine3", "neck": "head", "left_collar": "left_shoulder",
    "right_collar": "right_shoulder", "left_hip": "left_knee", "right_hip": "right_knee", "left_knee": "left_ankle",
    "right_knee": "right_ankle", "left_ankle": "left_foot", "right_ankle": "right_foot", "left_shoulder": "left_elbow",
    "right_shoulder": "right_elbow", "left_elbow": "left_wrist", "right_elbow": "right_wrist",
}  # fmt: skip
"""Joint -> the end of its straight bone."""
_CONTINUED = ("knee", "ankle", "elbow")
"""Joints whose bone, in the rest pose of the source, is laid from where the bone above points; others from ours."""
_ASKEW = 10.0
"""Degrees by which hips and shoulders of a rest pose that faces along an axis may be askew to it: few are symmetric."""
_LEANS, _IN_LINE = np.cos(np.radians(15.0)), np.cos(np.radians(20.0))
"""Whoever is farther from upright than the first, trunk and legs in one line but for the second, leans as a whole."""
_CMU_JOINT = "lhipjoint"
"""CMU's own skeletons have this joint, in whatever format."""
_CMU_HEAD_UP = np.radians(16.0)
"""Their rest pose looks up by this angle: people who walk look straight ahead only with it."""


class NoStanding(VtmError):
    """Nobody stands in this pose."""


@dataclass(frozen=True, eq=False)
class Standing:
    """How a foreign skeleton stands.

    Attributes:
        world: (3, 3) forward, left and up as columns, in the file's world.
        axes: Ours of each matched joint, (3, 3) as columns in the frame of the source's joint that turns with it.
        offsets: (22, 3) of our skeleton, in the source's unit.
    """

    world: np.ndarray
    axes: dict[str, np.ndarray]
    offsets: np.ndarray


def standing(
    recording: Recording, joints: Matches, rotation: np.ndarray, position: np.ndarray, moving: bool = False
) -> Standing:
    """How a skeleton stands, from a pose in which the person stands with straight arms and legs.

    Args:
        recording: Its skeleton.
        joints: Our joints in the source's.
        rotation: (J, 3, 3) in the file's world.
        position: (J, 3) in the file's world and unit.
        moving: Whether it is a frame of the motion, in which people face anywhere.

    Raises:
        NoStanding: The legs are not down, the head is not on top, feet point backwards, or an arm to the other side.
    """
    places = {name: position[place] for name, (place, _) in joints.items()}
    body = _body_axes(places, 0.0 if moving else _ASKEW, leaning=True)
    at = {name: body.T @ place for name, place in places.items()}
    _check(at)
    points = complete(at)
    laid = _lay(points, joints)
    if _CMU_JOINT in (name.lower() for name in recording.names):
        laid[JOINT_INDEX["head"]] = matrix_from_rotvec(np.array([0.0, -_CMU_HEAD_UP, 0.0]))
    axes = {name: rotation[source].T @ body @ laid[JOINT_INDEX[name]] for name, (_, source) in joints.items()}
    world = _body_axes(places, 45.0 if moving else _ASKEW)
    return Standing(world, axes, _offsets(points, laid))


def complete(at: dict[str, np.ndarray]) -> np.ndarray:
    """All 22 points (22, 3) from those of our joints that are known, (3,) each in body axes.

    What the source lacks is where it would be on a body of this size.
    """
    legs = [f"{side}_{part}" for side in ("left", "right") for part in ("knee", "ankle")]
    ours = sum(np.linalg.norm(VIRTUAL_OFFSETS[JOINT_INDEX[name]]) for name in legs)
    size = sum(np.linalg.norm(at[name] - at[JOINT_NAMES[PARENTS[JOINT_INDEX[name]]]]) for name in legs) / ours
    at = dict(at)
    if "spine3" not in at:
        at["spine3"] = (at["pelvis"] + (at["left_shoulder"] + at["right_shoulder"]) / 2) / 2
    at.setdefault("spine1", at["pelvis"] + (at["spine3"] - at["pelvis"]) / 3)
    at.setdefault("spine2", (at["spine1"] + at["spine3"]) / 2)
    at.setdefault("neck", (at["spine3"] + at["head"]) / 2)
    for side in ("left_", "right_"):
        at.setdefault(f"{side}collar", (at["spine3"] + at[f"{side}shoulder"]) / 2)
        at.setdefault(f"{side}foot", at[f"{side}ankle"] + size * VIRTUAL_OFFSETS[JOINT_INDEX[f"{side}foot"]])
        if f"{side}wrist" not in at:
            arm = at[f"{side}elbow"] - at[f"{side}shoulder"]
            length = np.linalg.norm(VIRTUAL_OFFSETS[JOINT_INDEX[f"{side}wrist"]])
            at[f"{side}wrist"] = at[f"{side}elbow"] + size * length * arm / np.linalg.norm(arm)
    return np.stack([at[name] for name in JOINT_NAMES])


def shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) about the common normal of two directions (..., 3) that take the first to the second.

    A bone without length turns nothing.
    """
    lengths = np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1)
    none = lengths < 1e-6 * (start**2).sum(-1)
    axis = np.cross(start, end) / np.where(none, 1, lengths)[..., None]
    cosine = np.where(none, 1, (start * end).sum(-1) / np.where(none, 1, lengths))
    cross = np.cross(np.eye(3), np.where(none[..., None], 0, axis)[..., None, :])
    return np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-6)[..., None, None]


def _offsets(points: np.ndarray, laid: np.ndarray) -> np.ndarray:
    """Offsets (22, 3) of a skeleton whose joints are at `points` when they are turned as `laid`."""
    above = list(PARENTS[1:])
    bones = np.einsum("jik,ji->jk", laid[above], points[1:] - points[above])
    return np.concatenate([np.zeros((1, 3)), bones])


def _body_axes(at: dict[str, np.ndarray], snapped: float, leaning: bool = False) -> np.ndarray:
    """Forward, left and up of the standing person as columns, in the file's world.

    Up is the axis of the file's world next to the direction from feet to head, or that direction itself where the
    person leans as a whole and is to be taken as `leaning`; left and forward are the other two axes, where they are
    within `snapped` degrees of them.
    """
    ankles = (at["left_ankle"] + at["right_ankle"]) / 2
    trunk, legs = (at["left_shoulder"] + at["right_shoulder"]) / 2 - at["pelvis"], at["pelvis"] - ankles
    in_line = trunk @ legs > _IN_LINE * np.linalg.norm(trunk) * np.linalg.norm(legs)
    rise = at["head"] - ankles
    up = np.eye(3)[np.abs(rise).argmax()] * np.sign(rise[np.abs(rise).argmax()])
    if leaning and in_line and up @ rise < _LEANS * np.linalg.norm(rise):
        up, snapped = rise / np.linalg.norm(rise), 0.0
    left = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    left = left - up * (up @ left)
    size = np.linalg.norm(left)
    if not size > 1e-6 * np.linalg.norm(rise):
        raise NoStanding("the rest pose does not stand")
    left = left / size
    nearest = np.eye(3)[np.abs(left).argmax()] * np.sign(left[np.abs(left).argmax()])
    if nearest @ left > np.cos(np.radians(snapped)) - 1e-9:
        left = nearest
    return np.stack([np.cross(left, up), left, up], axis=1)


def _check(at: dict[str, np.ndarray]) -> None:
    """Points in body axes: legs down, head up, toes forward, no arm across the trunk."""
    trunk = (at["left_shoulder"] + at["right_shoulder"]) / 2 - at["pelvis"]
    if not trunk[2] > 0.7 * np.linalg.norm(trunk):
        raise NoStanding("the trunk of the rest pose is not upright")
    for side in ("left_", "right_"):
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            bone = at[side + lower] - at[side + upper]
            if not -bone[2] > 0.7 * np.linalg.norm(bone):
                raise NoStanding("the legs of the rest pose are not upright")
    if at["head"][2] < max(at["left_hip"][2], at["left_shoulder"][2], at["right_shoulder"][2]):
        raise NoStanding("the head of the rest pose is not on top")
    toes = sum(at[side + "foot"] - at[side + "ankle"] for side in ("left_", "right_") if side + "foot" in at)
    if np.ndim(toes) and toes[0] < 0:
        raise NoStanding("the feet of the rest pose point backwards")
    for side, s in (("left_", 1), ("right_", -1)):
        arm = at[side + "elbow"] - at[side + "shoulder"]
        if s * arm[1] < -0.35 * np.linalg.norm(arm):
            raise NoStanding("an arm of the rest pose points to the other side")


def _lay(points: np.ndarray, joints: Matches) -> np.ndarray:
    """Rotations (22, 3, 3) of our joints, in body axes, that make our skeleton stand as the source does at rest."""
    laid = np.broadcast_to(np.eye(3), (NUM_JOINTS, 3, 3)).copy()
    for j, name in enumerate(JOINT_NAMES):
        part = name.rpartition("_")[2]
        above = laid[PARENTS[j]]
        if name in BONE_END and name in joints:
            end = JOINT_INDEX[BONE_END[name]]
            start = above if part in _CONTINUED else np.eye(3)
            laid[j] = shortest_turn(start @ VIRTUAL_OFFSETS[end], points[end] - points[j]) @ start
        elif part == "foot":
            laid[j] = shortest_turn(above[:, 0], above[:, 0] * [1, 1, 0]) @ above
        elif part == "wrist" or (j and name not in joints):
            laid[j] = above
    return laid

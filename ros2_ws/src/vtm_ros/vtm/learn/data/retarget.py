"""A recording on any skeleton becomes a motion of ours.

Both skeletons stand upright in one pose, the source's rest pose; from there on every joint of ours turns in space as
the source's does. In that pose the trunk of ours is in its rest pose too; the straight bones of ours (limbs, collars,
spine, neck) are laid along the source's by the shortest turn, so that an A-pose, spread legs or sloping collars of the
source are rotations of ours, and no bone is twisted about itself.
"""

from dataclasses import dataclass

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, VIRTUAL_OFFSETS, stature
from vtm.errors import VtmError
from vtm.learn.data.joint_names import match_joints
from vtm.learn.data.recording import Recording

_UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254, "CMU": 0.0254 / 0.45}
_ADULT = 1.7
_END = {
    "spine1": "spine2", "spine2": "spine3", "neck": "head", "left_collar": "left_shoulder",
    "right_collar": "right_shoulder", "left_hip": "left_knee", "right_hip": "right_knee", "left_knee": "left_ankle",
    "right_knee": "right_ankle", "left_ankle": "left_foot", "right_ankle": "right_foot", "left_shoulder": "left_elbow",
    "right_shoulder": "right_elbow", "left_elbow": "left_wrist", "right_elbow": "right_wrist",
}  # fmt: skip
"""Joint -> the end of its straight bone."""
_CONTINUED = ("knee", "ankle", "elbow")
"""Joints whose bone, in the rest pose of the source, is laid from where the bone above points; others from ours."""
_HINGES = (
    ("left_hip", "left_knee", "left_ankle", 1), ("right_hip", "right_knee", "right_ankle", 1),
    ("left_shoulder", "left_elbow", "left_wrist", 2), ("right_shoulder", "right_elbow", "right_wrist", 2),
)  # fmt: skip
"""Upper joint, hinge, end of the limb, and the axis of our rest pose about which the hinge bends."""
_CMU_JOINT = "lhipjoint"
"""CMU's own skeletons have this joint, in whatever format."""
_CMU_HEAD_UP = np.radians(16.0)
"""Their rest pose looks up by this angle: people who walk look straight ahead only with it."""


@dataclass(frozen=True, eq=False)
class Motion:
    """local (T, 22, 3, 3), the pelvis in world axes (z up); root (T, 3) and offsets (22, 3) in metres; metres: per unit
    of the source."""

    local: np.ndarray
    root: np.ndarray
    offsets: np.ndarray
    metres: float

    def pose(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (T, 22, 3, 3) and positions (T, 22, 3) in the world."""
        return forward_kinematics(self.local, self.offsets, self.root)


def retarget(recording: Recording, metres: float | None = None, rest_frame: int | None = None) -> Motion:
    """The motion of `recording` on our skeleton.

    metres: per unit of the source; without it what the file says, or the unit that makes the person's stature most
    likely.  rest_frame: a frame in which the person stands in T- or A-pose, where the rest pose of the file is none.
    Raises VtmError when joints are not recognised or the rest pose does not stand.
    """
    joints = match_joints(recording)
    rotation, position = recording.pose()
    if rest_frame is None:
        stood, rest = np.broadcast_to(np.eye(3), rotation.shape[1:]), recording.rest()
    elif rest_frame < len(rotation):
        stood, rest = rotation[rest_frame], position[rest_frame]
    else:
        raise VtmError(f"the recording has no frame {rest_frame}; its last is {len(rotation) - 1}")
    at = {name: rest[place] for name, (place, _) in joints.items()}
    body = _body_axes(at)
    at = {name: body.T @ point for name, point in at.items()}
    _check_standing(at)
    points = _complete(at)
    laid = _lay(points, joints)
    if _CMU_JOINT in (name.lower() for name in recording.names):
        laid[JOINT_INDEX["head"]] = matrix_from_rotvec(np.array([0.0, -_CMU_HEAD_UP, 0.0]))
    offsets = np.array([
        laid[PARENTS[j]].T @ (points[j] - points[PARENTS[j]]) if j else np.zeros(3) for j in range(NUM_JOINTS)
    ])  # fmt: skip
    turned = np.empty((len(rotation), NUM_JOINTS, 3, 3))
    for j, name in enumerate(JOINT_NAMES):
        if name not in joints:
            turned[:, j] = turned[:, PARENTS[j]]
            continue
        place, source = joints[name]
        turned[:, j] = body.T @ rotation[:, source] @ stood[source].T @ body @ laid[j]
        end = _END.get(name)
        if end in joints:
            bone = (position[:, joints[end][0]] - position[:, place]) @ body
            turned[:, j] = _shortest_turn(turned[:, j] @ offsets[JOINT_INDEX[end]], bone) @ turned[:, j]
    _align_hinges(turned)
    local = turned.copy()
    local[:, 1:] = np.swapaxes(turned[:, list(PARENTS[1:])], -1, -2) @ turned[:, 1:]
    scale = metres or recording.metres or _guessed_unit(stature(offsets))
    return Motion(local, scale * position[:, joints["pelvis"][0]] @ body, scale * offsets, scale)


def _body_axes(at: dict[str, np.ndarray]) -> np.ndarray:
    """Forward, left and up of the standing person as columns, in the file's world.

    Up is the axis of the file's world next to the direction from feet to head; left and forward are snapped to the
    other two, unless the person stands askew to them.
    """
    rise = at["head"] - (at["left_ankle"] + at["right_ankle"]) / 2
    up = np.eye(3)[np.abs(rise).argmax()] * np.sign(rise[np.abs(rise).argmax()])
    left = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    left = left - up * (up @ left)
    size = np.linalg.norm(left)
    if size < 1e-6 * np.linalg.norm(rise) or not np.isfinite(size):
        raise VtmError("the rest pose does not stand; give --rest-frame a frame in T- or A-pose")
    left = left / size
    nearest = np.eye(3)[np.abs(left).argmax()] * np.sign(left[np.abs(left).argmax()])
    if nearest @ left > np.cos(np.radians(30)):
        left = nearest
    return np.stack([np.cross(left, up), left, up], axis=1)


def _check_standing(at: dict[str, np.ndarray]) -> None:
    """Points in body axes: legs down, head up, toes forward, or a VtmError."""
    for side in ("left_", "right_"):
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            bone = at[side + lower] - at[side + upper]
            if -bone[2] < 0.7 * np.linalg.norm(bone):
                raise VtmError("the legs of the rest pose are not upright; give --rest-frame a frame in T- or A-pose")
    if at["head"][2] < max(at["left_hip"][2], at["left_shoulder"][2], at["right_shoulder"][2]):
        raise VtmError("the head of the rest pose is not on top; give --rest-frame a frame in T- or A-pose")
    toes = sum(at[side + "foot"] - at[side + "ankle"] for side in ("left_", "right_") if side + "foot" in at)
    if np.ndim(toes) and toes[0] < 0:
        raise VtmError("left and right are exchanged: the feet point backwards; export the file without mirroring")


def _complete(at: dict[str, np.ndarray]) -> np.ndarray:
    """All 22 points: what the source lacks is where it would be on a body of this size."""
    known = [name for name in ("left_knee", "right_knee", "left_ankle", "right_ankle") if name in at]
    size = np.mean([np.linalg.norm(at[name] - at[JOINT_NAMES[PARENTS[JOINT_INDEX[name]]]]) for name in known])
    size = size / np.mean([np.linalg.norm(VIRTUAL_OFFSETS[JOINT_INDEX[name]]) for name in known])
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


def _lay(points: np.ndarray, joints: dict[str, tuple[int, int]]) -> np.ndarray:
    """Rotations (22, 3, 3) of our joints, in body axes, that make our skeleton stand as the source does at rest."""
    laid = np.broadcast_to(np.eye(3), (NUM_JOINTS, 3, 3)).copy()
    for j, name in enumerate(JOINT_NAMES):
        part = name.rpartition("_")[2]
        above = laid[PARENTS[j]]
        if name in _END and name in joints:
            end = JOINT_INDEX[_END[name]]
            start = above if part in _CONTINUED else np.eye(3)
            laid[j] = _shortest_turn(start @ VIRTUAL_OFFSETS[end], points[end] - points[j]) @ start
        elif part == "foot":
            laid[j] = _shortest_turn(above[:, 0], above[:, 0] * [1, 1, 0]) @ above
        elif part == "wrist" or (j and name not in joints):
            laid[j] = above
    return laid


def _align_hinges(turned: np.ndarray) -> None:
    """Twist limbs in `turned` (T, 22, 3, 3) about themselves so that knees and elbows bend about our axes.

    Only where the limb bends about one axis of its own and that is 15 to 60 degrees off, as the elbows of CMU's rest
    pose are (30): less is the person's own.
    """
    for upper, lower, end, axis in _HINGES:
        above, below = turned[:, JOINT_INDEX[upper]], turned[:, JOINT_INDEX[lower]]
        bone, tip = VIRTUAL_OFFSETS[JOINT_INDEX[lower]], VIRTUAL_OFFSETS[JOINT_INDEX[end]]
        bone, tip = bone / np.linalg.norm(bone), tip / np.linalg.norm(tip)
        bend = np.cross(bone, np.swapaxes(above, -1, -2) @ below @ tip)
        total, size = bend.sum(0), np.linalg.norm(bend, axis=1)
        ours = np.eye(3)[axis] * (1 if axis == 1 else -np.sign(bone[1]))
        off = np.arctan2(np.cross(ours, total) @ bone, ours @ total)
        one_axis = np.linalg.norm(total) > 0.98 * size.sum() and np.percentile(size, 90) > np.sin(np.radians(20))
        if one_axis and np.radians(15) < abs(off) < np.radians(60):
            above[:] = above @ matrix_from_rotvec(off * bone)
            below[:] = below @ matrix_from_rotvec(off * tip)


def _shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) about the common normal of two directions (..., 3) that take the first to the second.

    A bone without length turns nothing.
    """
    lengths = np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1)
    none = lengths < 1e-6 * (start**2).sum(-1)
    axis = np.cross(start, end) / np.where(none, 1, lengths)[..., None]
    cosine = np.where(none, 1, (start * end).sum(-1) / np.where(none, 1, lengths))
    cross = np.cross(np.eye(3), np.where(none[..., None], 0, axis)[..., None, :])
    return np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-6)[..., None, None]


def _guessed_unit(height: float) -> float:
    """Metres per unit of a person who is `height` units tall."""
    likely = min(_UNITS.values(), key=lambda unit: abs(np.log(height * unit / _ADULT)))
    return likely if 1.3 < height * likely < 2.2 else _ADULT / height

"""Knees and elbows bend about their own axis only, whatever their file says of the twist of the bone above.

Where joints are is right in nearly every file; how a bone is twisted about itself often is not: solvers from markers
and depth cameras let an elbow bend to all sides. But the plane in which a limb is bent tells the twist.
"""

from collections.abc import Collection

import numpy as np
from scipy.linalg import solveh_banded

from vtm.body.limits import ASTRAY
from vtm.body.rotations import geodesic_angle, matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.mocap.standing import shortest_turn

_HINGES = (
    ("left_hip", "left_knee", "left_ankle", 1, 60.0), ("right_hip", "right_knee", "right_ankle", 1, 60.0),
    ("left_shoulder", "left_elbow", "left_wrist", 2, 120.0), ("right_shoulder", "right_elbow", "right_wrist", 2, 120.0),
)  # fmt: skip
"""Upper joint, hinge, end of the limb, the axis of our rest pose about which the hinge bends, and by how many degrees a
file's twist may be off; what is bent further astray is a fault of another kind, and stays."""
_MOST_ASTRAY = 0.02
"""Share of the frames that may bend the wrong way before the twist is told by the bend."""
_CALM = 0.05
"""Seconds over which the twist is smoothed where the limb is bent by `_BENT`; less where it is bent more."""
_BENT = np.sin(np.radians(15.0))
_AS_IT_IS = 1e-3
"""Weight of leaving the twist as it is, where the limb is never bent."""


def align_hinges(turned: np.ndarray, joints: Collection[str], fps: float) -> None:
    """Twist limbs in `turned` about themselves so that knees and elbows bend about our axes.

    What is below the hinge is twisted with it, unless it is less twisted against it as it is. So is a hand by the one
    angle below, which tells that the arm was twisted in the pose in which the hand was laid along it.

    By one angle, where the limb bends about one axis of its own and that is 15 to 120 degrees off, as the elbows of
    CMU's rest pose are (30), and those of a T-pose with the palms to the front (90): less is the person's own. Where
    frames are left that bend as nobody does, by an angle for every frame, smoothly.

    Args:
        turned: (T, 22, 3, 3) in the world; of joints that are missing, anything.
        joints: Those that the file has.
        fps: Frames/s.
    """
    for upper, lower, end, axis, farthest in _HINGES:
        above, below = turned[:, JOINT_INDEX[upper]], turned[:, JOINT_INDEX[lower]]
        bone, tip = (_unit(VIRTUAL_OFFSETS[JOINT_INDEX[name]]) for name in (lower, end))
        ours = np.eye(3)[axis] * (1 if axis == 1 else -np.sign(bone[1]))
        bend = _bend(above, below, bone, tip)
        total, size = bend.sum(0), np.linalg.norm(bend, axis=1)
        off = _angle(total, ours, bone)
        one_axis = np.linalg.norm(total) > 0.98 * size.sum() and np.percentile(size, 90) > np.sin(np.radians(20))
        if one_axis and np.radians(15) < abs(off) < np.radians(120):
            _twist(above, below, bone, tip, np.full(len(turned), off))
            if end in joints and end.endswith("wrist"):
                hand = turned[:, JOINT_INDEX[end]]
                twisted = hand @ matrix_from_rotvec(off * tip)
                if _rolled(below, twisted, tip, tip) < _rolled(below, hand, tip, tip):
                    hand[:] = twisted
            bend = _bend(above, below, bone, tip)
        along, beside = bend @ ours, bend @ np.cross(ours, bone)
        if ((along < -ASTRAY) | (np.abs(beside) > ASTRAY)).mean() > _MOST_ASTRAY:
            angle = _smooth(_angle(bend, ours, bone), size, np.radians(farthest), fps)
            own = below.copy()
            _twist(above, below, bone, tip, angle)
            if _rolled(above, own, bone, tip) < _rolled(above, below, bone, tip):
                below[:] = own


def _bend(above: np.ndarray, below: np.ndarray, bone: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """The axis (T, 3) about which a limb is bent, in the frame of its upper bone, as long as the sine of the angle."""
    return np.cross(bone, np.swapaxes(above, -1, -2) @ below @ tip)


def _angle(bend: np.ndarray, ours: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """By how much about the bone the axis of the bend (..., 3) is off ours, radians."""
    return np.arctan2(np.cross(ours, bend) @ bone, bend @ ours)


def _smooth(angle: np.ndarray, size: np.ndarray, farthest: float, fps: float) -> np.ndarray:
    """Angles (T,) that follow those given, the more the more the limb is bent, and run between them evenly."""
    weight = np.where(np.abs(angle) < farthest, size**2, 0.0)
    stiff = (_BENT * _CALM * fps) ** 2
    band = np.full((2, len(angle)), -stiff)
    band[1] = weight + _AS_IT_IS * stiff + 2 * stiff
    band[1, [0, -1]] -= stiff
    sides = np.stack([weight * np.cos(angle) + _AS_IT_IS * stiff, weight * np.sin(angle)], 1)
    cosine, sine = solveh_banded(band, sides).T
    return np.arctan2(sine, cosine)


def _twist(above: np.ndarray, below: np.ndarray, bone: np.ndarray, tip: np.ndarray, angle: np.ndarray) -> None:
    above[:] = above @ matrix_from_rotvec(angle[:, None] * bone)
    below[:] = below @ matrix_from_rotvec(angle[:, None] * tip)


def _rolled(above: np.ndarray, below: np.ndarray, bone: np.ndarray, tip: np.ndarray) -> float:
    """The median angle by which the lower bone is turned about itself, besides being bent, radians."""
    turn = np.swapaxes(above, -1, -2) @ below
    return float(np.median(geodesic_angle(turn, shortest_turn(bone, turn @ tip) @ shortest_turn(tip, bone))))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)

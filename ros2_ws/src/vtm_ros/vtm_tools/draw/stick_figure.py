"""The stick figure that pictures of a person show: which lines, in which colours."""

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import BODY, HEAD_TOP, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS

COLOURS = {"left": "#1f77ff", "right": "#ff7f0e", "middle": "#8a8a8a"}
KEYPOINT_COLOUR = "#d6ff3f"
_HEAD = JOINT_INDEX["head"]
_SKULL = np.array([[0.0, 0.0, HEAD_TOP], [0.0, 0.0, HEAD_TOP / 2], [0.14, 0.0, HEAD_TOP / 2]])
"""Top, middle and nose of the skull in the head's axes, metres: the nose shows where the person faces."""
_TOP, _MIDDLE, _NOSE = range(NUM_JOINTS, NUM_JOINTS + len(_SKULL))
BONES = [*BODY.bones, (_HEAD, _TOP), (_MIDDLE, _NOSE)]
"""Pairs of points to draw as lines."""


def figure_points(quat_local: np.ndarray, offsets: np.ndarray, root_cam: np.ndarray) -> np.ndarray:
    """The joints and the points of the skull.

    Args:
        quat_local: (22, 4) xyzw relative to the parent.
        offsets: (22, 3) m.
        root_cam: (3,) m in optical axes.

    Returns:
        (25, 3) m in optical axes.
    """
    turns, joints = forward_kinematics(matrix_from_quat(quat_local), offsets, root_cam)
    return np.concatenate([joints, joints[_HEAD] + _SKULL @ turns[_HEAD].T])


def side_of(point: int) -> str:
    """The key in COLOURS of the line that ends in `point`."""
    side = JOINT_NAMES[point].split("_")[0] if point < len(JOINT_NAMES) else "middle"
    return side if side in COLOURS else "middle"


def bgr(colour: str) -> tuple[int, int, int]:
    """`colour`, #rrggbb, in OpenCV's order."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return blue, green, red

"""The solid figure that films and viewers show: a person of rounded parts round the skeleton, in its proportions."""

from dataclasses import dataclass

import numpy as np

from vtm.body.hand import SIDES, finger_rotations, hand_points
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import HEAD_TOP, JOINT_INDEX, JOINT_NAMES, SOLE, person_scale, scaled_offsets
from vtm.types import Motion

_ADDED = {
    "head_top": ("head", (0.01, 0.0, HEAD_TOP - 0.085)),
    "nose": ("head", (0.10, 0.0, 0.075)),
    "left_heel": ("left_ankle", (-0.05, 0.0, 0.028 - SOLE)),
    "right_heel": ("right_ankle", (-0.05, 0.0, 0.028 - SOLE)),
    "left_toe": ("left_foot", (0.06, 0.0, -0.008)),
    "right_toe": ("right_foot", (0.06, 0.0, -0.008)),
    "left_hand": ("left_wrist", (0.0, 0.1, 0.0)),
    "right_hand": ("right_wrist", (0.0, -0.1, 0.0)),
}
"""Points beside the joints: the joint each turns with, and its place in that joint's axes, virtual-skeleton metres."""
_BEARERS = [JOINT_INDEX[joint] for joint, _ in _ADDED.values()]
_PLACES = np.array([place for _, place in _ADDED.values()])
POINT_NAMES = (*JOINT_NAMES, *_ADDED)
HAND_POINT_NAMES = tuple(f"{side}_hand{point}" for side in SIDES for point in range(21))
"""MediaPipe's points of both hands, which follow where somebody looked at the hands."""
POINT_INDEX = {name: index for index, name in enumerate((*POINT_NAMES, *HAND_POINT_NAMES))}
CONTACT_NAMES = ("left_heel", "left_toe", "right_heel", "right_toe")
CONTACT_POINTS = [POINT_INDEX[name] for name in CONTACT_NAMES]
"""Where the contacts of a motion are, in their order."""


@dataclass(frozen=True)
class Part:
    """The convex hull of balls.

    Attributes:
        points: Names in POINT_NAMES or HAND_POINT_NAMES.
        radii: Virtual-skeleton metres.
        side: As in COLOURS.
    """

    points: tuple[str, ...]
    radii: tuple[float, ...]
    side: str = "middle"

    @property
    def indices(self) -> list[int]:
        """`points` as places in POINT_NAMES and HAND_POINT_NAMES."""
        return [POINT_INDEX[name] for name in self.points]


def _both(points: tuple[str, ...], radii: tuple[float, ...]) -> list[Part]:
    return [Part(tuple(f"{side}_{point}" for point in points), radii, side) for side in ("left", "right")]


PARTS = (
    Part(("head", "head_top"), (0.065, 0.085)),
    Part(("head_top", "nose"), (0.05, 0.016)),
    Part(("neck", "head"), (0.055, 0.05)),
    Part(("left_shoulder", "right_shoulder", "spine2"), (0.06, 0.06, 0.11)),
    Part(("spine2", "left_hip", "right_hip"), (0.11, 0.085, 0.085)),
    *_both(("hip", "knee"), (0.085, 0.055)),
    *_both(("knee", "ankle"), (0.055, 0.038)),
    *_both(("heel", "ankle", "foot"), (0.028, 0.035, 0.03)),
    *_both(("heel", "foot", "toe"), (0.028, 0.03, 0.022)),
    *_both(("shoulder", "elbow"), (0.052, 0.04)),
    *_both(("elbow", "wrist"), (0.04, 0.028)),
    *_both(("wrist", "hand"), (0.03, 0.034)),
)
_FINGERS = ((1, (0.013, 0.011, 0.01, 0.008)), *((first, (0.01, 0.009, 0.008, 0.007)) for first in (5, 9, 13, 17)))
"""The first of the four points of each finger, and radii there."""
HANDED_PARTS = (
    *PARTS[:-2],
    *_both(("hand0", "hand1", "hand5", "hand17"), (0.022, 0.013, 0.013, 0.011)),
    *(
        part
        for first, radii in _FINGERS
        for k in range(3)
        for part in _both((f"hand{first + k}", f"hand{first + k + 1}"), radii[k : k + 2])
    ),
)
"""With fingers in place of mittens."""


def parts_of(points: np.ndarray) -> tuple[Part, ...]:
    """PARTS, or where there are points (72, 3) with hands, HANDED_PARTS."""
    return HANDED_PARTS if len(points) > len(POINT_NAMES) else PARTS


def shape_points(motion: Motion) -> np.ndarray:
    """Places (30, 3) m of POINT_NAMES in optical axes; (72, 3) with HAND_POINT_NAMES where somebody looked at them."""
    local = matrix_from_quat(motion.quat_local.astype(np.float64))
    offsets, scale = scaled_offsets(motion.bone_ratio), float(person_scale(motion.bone_ratio))
    turns, joints = forward_kinematics(local, offsets, motion.root_cam.astype(np.float64))
    points = [joints, added_points(turns, joints, scale)]
    for side, angles in zip(SIDES, motion.hands.angles if motion.hands else (), strict=False):
        wrist = JOINT_INDEX[f"{side}_wrist"]
        hand = hand_points(finger_rotations(angles.astype(np.float64), side), side, scale)
        points.append(joints[wrist] + hand @ turns[wrist].T)
    return np.concatenate(points)


def added_points(turns: np.ndarray, joints: np.ndarray, scale: float) -> np.ndarray:
    """Places (8, 3) m of the points beside the joints.

    Args:
        turns: (22, 3, 3) of the joints.
        joints: (22, 3) m.
        scale: Of the person.
    """
    return joints[_BEARERS] + (turns[_BEARERS] @ _PLACES[..., None])[..., 0] * scale

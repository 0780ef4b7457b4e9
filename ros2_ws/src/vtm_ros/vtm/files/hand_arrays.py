"""The part of `motion.npz` that is about hands: H is 2, left and right, or 0 where nobody looked at them."""

from collections.abc import Sequence

import numpy as np

from vtm.body.hand import ANGLE_NAMES, HAND_JOINT_NAMES, SIDES, finger_rotations, hand_points
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import person_scale
from vtm.types import HandPoses, Motion

HAND_SHAPES: dict[str, tuple[int | str, ...]] = {
    "hand_angles": ("T", "H", 21), "hand_quat_local": ("T", "H", 15, 4), "hand_points": ("T", "H", 21, 3),
    "hand_confidence": ("T", "H"), "hand_joint_names": ("H", 15), "hand_angle_names": (21,),
}  # fmt: skip


def hand_arrays(count: int, frames: Sequence[int], motions: Sequence[Motion]) -> dict[str, np.ndarray]:
    """The arrays of HAND_SHAPES for `motions` in the `frames` of `count`; NaN without confidence in all others."""
    looked = [(frame, motion) for frame, motion in zip(frames, motions, strict=True) if motion.hands]
    hands = len(SIDES) if looked else 0
    angles = np.full((count, hands, 21), np.nan, np.float32)
    quats = np.full((count, hands, 15, 4), np.nan, np.float32)
    points = np.full((count, hands, 21, 3), np.nan, np.float32)
    confidence = np.zeros((count, hands), np.float32)
    for frame, motion in looked:
        assert motion.hands is not None
        angles[frame], confidence[frame] = motion.hands.angles, motion.hands.confidence
        for hand, side in enumerate(SIDES):
            turned = finger_rotations(motion.hands.angles[hand].astype(np.float64), side)
            quats[frame, hand] = quat_from_matrix(turned)
            points[frame, hand] = hand_points(turned, side, float(person_scale(motion.bone_ratio)))
    return {
        "hand_angles": angles,
        "hand_quat_local": quats,
        "hand_points": points,
        "hand_confidence": confidence,
        "hand_joint_names": np.array(HAND_JOINT_NAMES).reshape(2, 15)[:hands],
        "hand_angle_names": np.array(ANGLE_NAMES),
    }


def hand_poses(angles: np.ndarray, confidence: np.ndarray) -> HandPoses | None:
    """The hands of one frame of a file, None where it has none.

    Args:
        angles: (H, 21) rad.
        confidence: (H,).
    """
    return HandPoses(angles, confidence) if len(angles) and np.isfinite(angles).all() else None

"""What the hand's orientation says about the arm: its turn about the forearm is pronation, the rest the wrist's."""

import numpy as np

from vtm.body.rotations import joint_angles_from_matrix, matrix_from_joint_angles

PRONATION = np.radians(90.0)
"""How far the forearm turns either way; the T-pose, palm down and elbow's crease ahead, is the middle."""
EITHER_WAY = np.radians(60.0)
"""So near to half a turn, which nobody can, the forearm turns the less: it would as well turn the other way."""
SWING = np.radians([80.0, 35.0])
"""How far the wrist bends towards palm or back, and towards thumb or little finger."""


def unturned(elbow: np.ndarray) -> np.ndarray:
    """The forearm relative to the upper arm, (..., 3, 3), without the pronation that is in it."""
    bend = joint_angles_from_matrix(elbow, "zxy")
    bend[..., 2] = 0.0
    return matrix_from_joint_angles(bend, "zxy")


def turn_forearm(elbow: np.ndarray, wrist: np.ndarray, hand: np.ndarray, confidence) -> tuple[np.ndarray, np.ndarray]:
    """Elbow and wrist of an arm whose hand was seen, within the limits of people.

    Args:
        elbow: (..., 3, 3) the forearm relative to the upper arm, as the body alone tells it.
        wrist: (..., 3, 3) the hand relative to that forearm, as the body alone tells it.
        hand: (..., 3, 3) the hand relative to the upper arm, as it was seen.
        confidence: (...) in it: 0 leaves the arm as it is, 1 gives it the hand that was seen.

    Returns:
        Elbow and wrist, (..., 3, 3) each. The direction of the forearm stays.
    """
    bend = joint_angles_from_matrix(elbow, "zxy")
    before = joint_angles_from_matrix(wrist, "yxz")
    seen = joint_angles_from_matrix(np.swapaxes(elbow, -1, -2) @ hand, "yxz")
    weight = np.asarray(confidence)[..., None]
    pronation = np.remainder(bend[..., 2] + seen[..., 0] + np.pi, 2 * np.pi) - np.pi
    either_way = np.clip((np.pi - np.abs(pronation)) / EITHER_WAY, 0, 1)
    pronation = np.clip(pronation, -PRONATION, PRONATION) * either_way
    bend[..., 2] += weight[..., 0] * (pronation - bend[..., 2])
    seen = np.concatenate([np.zeros_like(seen[..., :1]), np.clip(seen[..., 1:], -SWING, SWING)], -1)
    return matrix_from_joint_angles(bend, "zxy"), matrix_from_joint_angles(before + weight * (seen - before), "yxz")

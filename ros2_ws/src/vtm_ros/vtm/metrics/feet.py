"""Feet on the ground: numpy arrays."""

import numpy as np

from vtm.body.skeleton import JOINT_INDEX
from vtm.metrics.smoothness import speed

CONTACT_JOINTS = tuple(JOINT_INDEX[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot"))
"""The joints that stand still with the left heel, left toe, right heel and right toe."""
CONTACT_SPEED = 0.3
"""m/s below which a point of the foot counts as standing [WHAM: 1 cm per frame at 30 frames/s]."""


def standing(points: np.ndarray, fps: float) -> np.ndarray:
    """Whether points stand still.

    Args:
        points: (T, N, 3) m in axes that do not move.
        fps: Frames/s.

    Returns:
        Contact (T, N) in {0, 1}; NaN where a point is unknown.
    """
    moving = speed(points, fps)
    moving = np.concatenate([moving[:1], moving])
    return np.where(np.isnan(moving), np.nan, moving < CONTACT_SPEED)


def slide(predicted: np.ndarray, true: np.ndarray, contact: np.ndarray, fps: float) -> np.ndarray:
    """The speed at which points slide away from the true ones while those stand.

    Against a foot at rest this is the speed of the predicted foot; being relative, it is also right under a camera that
    moves.

    Args:
        predicted: (T, N, 3), any unit.
        true: (T, N, 3), the same unit.
        contact: (T, N), the true one; above 0.5 in both frames counts.
        fps: Frames/s.

    Returns:
        (T - 1, N), the unit of the points per second; NaN where the true point does not stand.
    """
    stands = (contact[1:] > 0.5) & (contact[:-1] > 0.5)
    return np.where(stands, speed(predicted - true, fps), np.nan)


def f1_score(predicted: np.ndarray, true: np.ndarray) -> float:
    """2 TP / (2 TP + FP + FN) of contacts in 0..1, cut at 0.5.

    Args:
        predicted: Of any shape; NaN where it is unknown, which counts nowhere.
        true: Of the same shape.

    Returns:
        NaN where neither has a contact.
    """
    known = np.isfinite(predicted) & np.isfinite(true)
    said, is_so = predicted[known] > 0.5, true[known] > 0.5
    total = said.sum() + is_so.sum()
    return float(2 * (said & is_so).sum() / total) if total else float("nan")

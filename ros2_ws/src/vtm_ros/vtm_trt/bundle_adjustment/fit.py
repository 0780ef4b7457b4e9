"""How well a body fits its keypoints."""

from collections.abc import Callable

import numpy as np

from vtm.body.keypoint_offsets import DEFINED_APART, OFFSET, SITED
from vtm.body.skeleton import NUM_JOINTS
from vtm_trt.bundle_adjustment.body import place_points
from vtm_trt.bundle_adjustment.records import Recording
from vtm_trt.bundle_adjustment.terms import keypoint_errors

BLOCK = 3000
"""Frames at a time, of what is done to each frame alone: an hour at once would need gigabytes."""


def misfit(recording: Recording) -> np.ndarray:
    """The mean distance (T,) m of keypoints from where the body has them, weighted by their confidences."""
    return _in_blocks(recording, lambda off, sure: (sure * off).sum(1) / np.maximum(sure.sum(1), 1e-9))


def furthest(recording: Recording, least_sure: float) -> np.ndarray:
    """The largest distance (T,) m of a keypoint of more than this confidence from where the body has it."""
    return _in_blocks(recording, lambda off, sure: np.where(sure > least_sure, off, 0.0).max(1))


def _in_blocks(recording: Recording, told: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """What is told by the distances (T, 21) m and confidences (T, 21) of the keypoints of a block of frames."""
    found = np.empty(len(recording.local))
    for start in range(0, len(found), BLOCK):
        block = slice(start, start + BLOCK)
        some = recording.rows(block)
        offset, rays, sure = sites(some)
        _, points = place_points(some.local, some.bone_ratio, offset)
        error, _ = keypoint_errors(points[:, NUM_JOINTS:], placed(some.root), rays)
        found[block] = told(np.linalg.norm(error, axis=-1), sure)
    return found


def distances(points: np.ndarray, place: np.ndarray, rays: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """The mean distance (T,) m of keypoints from their rays.

    Args:
        points: (T, 21, 3) m from the pelvis.
        place: (T, 3) ray and log depth of the pelvis.
        rays: (T, 21, 2).
        sure: (T, 21) confidences.
    """
    error, _ = keypoint_errors(points, place, rays)
    return (sure * np.linalg.norm(error, axis=-1)).sum(1) / np.maximum(sure.sum(1), 1e-9)


def sites(recording: Recording) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the 21 keypoints with a place of their own: offsets (T, 21, 3), rays (T, 21, 2) and confidences (T, 21)."""
    apart = 1.0 - DEFINED_APART * (1.0 - recording.keypoint_convention[:, None, None])
    rays, sure = recording.rays[:, :SITED], recording.confidence[:, :SITED]
    return apart * OFFSET, rays.astype(np.float64), sure.astype(np.float64)


def placed(root: np.ndarray) -> np.ndarray:
    """Ray and log depth (T, 3) of the pelvis `root` (T, 3) m."""
    return np.concatenate([root[:, :2] / root[:, 2:], np.log(root[:, 2:])], 1)

"""How well a body fits its keypoints."""

import numpy as np

from vtm.body.keypoint_offsets import DEFINED_APART, OFFSET, SITED
from vtm.body.skeleton import NUM_JOINTS
from vtm_trt.bundle_adjustment.body import place_points
from vtm_trt.bundle_adjustment.records import Recording
from vtm_trt.bundle_adjustment.terms import keypoint_errors


def misfit(recording: Recording) -> np.ndarray:
    """The mean distance (T,) m of keypoints from where the body has them, weighted by their confidences."""
    off, sure = _off(recording)
    return (sure * off).sum(1) / np.maximum(sure.sum(1), 1e-9)


def furthest(recording: Recording, least_sure: float) -> np.ndarray:
    """The largest distance (T,) m of a keypoint of more than this confidence from where the body has it."""
    off, sure = _off(recording)
    return np.where(sure > least_sure, off, 0.0).max(1)


def _off(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Distances (T, 21) m of the keypoints from where the body has them, and their confidences (T, 21)."""
    offset, rays, sure = sites(recording)
    _, points = place_points(recording.local, recording.bone_ratio, offset)
    error, _ = keypoint_errors(points[:, NUM_JOINTS:], placed(recording.root), rays)
    return np.linalg.norm(error, axis=-1), sure


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

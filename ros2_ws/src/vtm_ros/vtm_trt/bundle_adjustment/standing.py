"""Which feet stand and which legs rest, as far as a recording tells."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm_trt.bundle_adjustment.records import Recording

STILL_M_S = 0.5
"""A foot whose keypoints move faster than about this does not stand, whatever its contact says; a leg whose ankle moves
faster than so against its hip does not rest."""
OVER_S = 0.2
"""Their speed is told over about so long, between means over half of it: keypoints shake."""


def _keypoints(*parts: str) -> list[int]:
    return [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in parts]


def standing_feet(recording: Recording) -> np.ndarray:
    """(T, 4) probabilities that left heel, left toe, right heel and right toe stand, seen by a camera that stands."""
    return recording.contacts * _still(recording, recording.rays[:, _keypoints("heel", "big_toe")])


def resting_legs(recording: Recording) -> np.ndarray:
    """(T, 2) how surely the left and the right leg do not swing."""
    return _still(recording, recording.rays[:, _keypoints("ankle")] - recording.rays[:, _keypoints("hip")])


def _still(recording: Recording, rays: np.ndarray) -> np.ndarray:
    """(T, K) in 0..1 of points (T, K, 2) that do not move in the image."""
    seconds, frames = recording.seconds, len(recording.seconds)
    path = rays * recording.root[:, None, 2:]
    rows = np.arange(frames)
    step = float(np.median(np.diff(seconds))) if frames > 1 else OVER_S
    reach = max(1, round(OVER_S / 2 / max(step, 1e-3)))
    path = uniform_filter1d(path, reach, axis=0, mode="nearest")
    before, after = np.maximum(rows - reach, 0), np.minimum(rows + reach, frames - 1)
    passed = np.maximum(seconds[after] - seconds[before], 1e-3)
    speed = np.linalg.norm(path[after] - path[before], axis=-1) / passed[:, None]
    return np.exp(-((speed / STILL_M_S) ** 4))

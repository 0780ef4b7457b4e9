"""Which feet stand, as far as a recording tells: the network's contacts, where the image agrees."""

import numpy as np

from vtm.adjustment.records import Recording
from vtm.keypoints import KEYPOINT_INDEX

STILL_M_S = 0.3
"""A foot whose keypoints move faster than about this does not stand, whatever its contact says."""
OVER_S = 0.1
"""Their speed is told over about so long."""
_FEET = [KEYPOINT_INDEX[name] for name in ("left_heel", "left_big_toe", "right_heel", "right_big_toe")]


def standing_feet(recording: Recording) -> np.ndarray:
    """(T, 4) probabilities that left heel, left toe, right heel and right toe stand, seen by a camera that stands."""
    seconds, frames = recording.seconds, len(recording.seconds)
    path = recording.rays[:, _FEET] * recording.root[:, None, 2:]
    rows = np.arange(frames)
    step = float(np.median(np.diff(seconds))) if frames > 1 else OVER_S
    reach = max(1, round(OVER_S / 2 / max(step, 1e-3)))
    before, after = np.maximum(rows - reach, 0), np.minimum(rows + reach, frames - 1)
    passed = np.maximum(seconds[after] - seconds[before], 1e-3)
    speed = np.linalg.norm(path[after] - path[before], axis=-1) / passed[:, None]
    return recording.contacts * np.exp(-((speed / STILL_M_S) ** 2))

"""Which views to calibrate with: sharp ones that differ, as ROS `camera_calibration` tells them apart."""

from collections.abc import Sequence

import numpy as np

from vtm_tools.camera_calibration.board import View

MOST = 40
"""More views cost time and add little."""
DIFFERENT = 0.1
"""Least sum of the differences of place, size and slant of any two views."""
BLURRED = 0.5
"""Views less sharp than this share of the sharpest quarter are left out."""


def choose(views: Sequence[View], width: int, height: int) -> list[int]:
    """Indices of up to MOST of `views`, the sharpest first, no two of which are alike.

    Args:
        views: Of the board.
        width: Of the images, pixels.
        height: Of the images, pixels.
    """
    sharpness = np.array([view.sharpness for view in views])
    sharp_enough = BLURRED * np.quantile(sharpness, 0.75) if len(views) else 0.0
    kinds = [_kind(view, width, height) for view in views]
    chosen: list[int] = []
    for index in np.argsort(-sharpness, kind="stable"):
        if len(chosen) == MOST or sharpness[index] < sharp_enough:
            break
        if all(np.abs(kinds[index] - kinds[other]).sum() > DIFFERENT for other in chosen):
            chosen.append(int(index))
    return chosen


def _kind(view: View, width: int, height: int) -> np.ndarray:
    """Place of the middle, size, and slant both ways (5,), each about 0..1."""
    corners = view.outline
    middle = corners.mean(0) / (width, height)
    top, right, bottom, left = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    one, other = corners[2] - corners[0], corners[3] - corners[1]
    area = abs(one[0] * other[1] - one[1] * other[0]) / 2
    slant = np.log([top / bottom, right / left])
    return np.array([*middle, np.sqrt(area / (width * height)), *slant])

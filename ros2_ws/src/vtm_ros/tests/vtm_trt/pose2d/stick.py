"""A person who stands, as landmarks alone."""

import numpy as np

from vtm_trt.pose2d.landmarks import Landmarks

_HALF = {
    0: (0, -80), 7: (5, -80), 11: (15, -60), 13: (20, -35), 15: (22, -10), 23: (10, 0), 25: (10, 40), 27: (10, 80),
    29: (10, 84), 31: (14, 84),
}  # fmt: skip
"""Places of the left landmarks, pixels from the middle of the hips."""


def standing(x: float, y: float, size: float = 1.0) -> Landmarks:
    """Somebody of 170 pixels times `size`, the hips at x, y."""
    points = np.zeros((33, 2), np.float32)
    for left, place in _HALF.items():
        points[left] = place
        points[left + 1 if left else 0] = (-place[0], place[1])
    points[1:7], points[9:11], points[17:23] = points[0], points[0], points[15]
    middle = np.float32([x, y])
    alignment = np.float32([middle, middle - [0, 100 * size]])
    return Landmarks(middle + size * points, np.ones(33, np.float32), alignment, np.zeros((33, 3), np.float32))

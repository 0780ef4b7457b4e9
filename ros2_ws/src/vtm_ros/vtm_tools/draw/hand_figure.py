"""The fingers that pictures of a person show."""

import numpy as np

from vtm.body.body_shape import POINT_NAMES, shape_points
from vtm.body.hand import SIDES
from vtm.types import Motion

SURE = 0.2
"""Hands less sure than this are not drawn over a picture: nobody has seen them for a while, and they rest."""
_LINES = np.array([[0, *range(first, first + 4)] for first in (1, 5, 9, 13, 17)])


def finger_lines(motion: Motion, least: float = SURE) -> dict[str, np.ndarray]:
    """The fingers of each hand by side: lines (5, 5, 3) m in optical axes, each from the wrist to the tip.

    Args:
        motion: Whose hands.
        least: Hands with less confidence are left out.
    """
    if motion.hands is None:
        return {}
    hands = shape_points(motion)[len(POINT_NAMES) :].reshape(2, 21, 3)[:, _LINES]
    return {side: hands[hand] for hand, side in enumerate(SIDES) if motion.hands.confidence[hand] >= least}

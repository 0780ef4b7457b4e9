"""Somebody whose legs are not seen: at a desk, or cut off by the border of the image.

What the network says of legs and feet is then a guess, and the depth, which the legs tell best, trembles with the arms:
it follows slowly, while the part that is seen stays where it is in the picture.
"""

import math

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.types import Observation

SEEN = 0.3
"""Keypoints of this confidence count as seen; those of less count in proportion."""
FOLLOWS_S = 0.4
"""Time constant, seconds, with which the depth follows while nothing is seen of the legs."""
_LEGS = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
_FEET = [
    [KEYPOINT_INDEX[f"{side}_{part}"], KEYPOINT_INDEX[f"{side}_ankle"]]
    for side in ("left", "right")
    for part in ("heel", "big_toe")
]


def feet_seen(observation: Observation) -> np.ndarray:
    """(4,) in 0..1, of left heel, left toe, right heel and right toe."""
    return np.minimum(observation.confidence[_FEET].max(-1) / SEEN, 1.0)


class SteadyDepth:
    """Remembers the depth of one person."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another person."""
        self._log_depth: float | None = None
        self._stamp_ns = 0

    def __call__(self, depth: float, observation: Observation) -> float | None:
        """The depth to take in place of `depth`; None where the legs are seen."""
        unseen = 1.0 - min(float(observation.confidence[_LEGS].max()) / SEEN, 1.0)
        before, seconds = self._log_depth, (observation.stamp_ns - self._stamp_ns) * 1e-9
        self._stamp_ns, self._log_depth = observation.stamp_ns, math.log(depth)
        if before is None or unseen == 0.0:
            return None
        share = 1.0 - math.exp(-max(seconds, 0.0) / (FOLLOWS_S * unseen))
        self._log_depth = before + share * (self._log_depth - before)
        return math.exp(self._log_depth)

"""Somebody whose legs are not seen: at a desk, or cut off by the border of the image.

What the network says of legs and feet is then a guess, a mean of all that people do, which is always somewhat bent:
legs that it does not think of as sitting are straight. And the depth, which the legs tell best, trembles with the arms:
it follows slowly, while the part that is seen stays where it is in the picture.
"""

import math

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.rotations import matrix_from_rotvec, rotvec_from_matrix
from vtm.body.skeleton import JOINT_INDEX
from vtm.types import Observation

SEEN = 0.3
"""Keypoints of this confidence count as seen; those of less count in proportion."""
FOLLOWS_S = 0.4
"""Time constant, seconds, with which the depth follows while nothing is seen of the legs."""
STRAIGHT, SITS = np.radians(50), np.radians(80)
"""Bends of a knee, up to which a leg that is not seen is made straight, and from which it stays as it is."""
_LEGS = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
_FEET = [
    [KEYPOINT_INDEX[f"{side}_{part}"], KEYPOINT_INDEX[f"{side}_ankle"]]
    for side in ("left", "right")
    for part in ("heel", "big_toe")
]


def feet_seen(observation: Observation) -> np.ndarray:
    """(4,) in 0..1, of left heel, left toe, right heel and right toe."""
    return np.minimum(observation.confidence[_FEET].max(-1) / SEEN, 1.0)


def unseen(observation: Observation) -> float:
    """How little is seen of both legs, 0..1."""
    return 1.0 - min(float(observation.confidence[_LEGS].max()) / SEEN, 1.0)


def straightened(local: np.ndarray, offsets: np.ndarray, observation: Observation) -> np.ndarray:
    """`local` with straight legs where they are not seen, ankles in the same direction and feet as they were.

    Args:
        local: (22, 3, 3) rotations relative to the parent.
        offsets: (22, 3) m, of the joints in their parents.
        observation: What is seen.
    """
    share = unseen(observation)
    if share == 0.0:
        return local
    local = local.copy()
    for side in ("left", "right"):
        hip, knee, ankle = (JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        bend = rotvec_from_matrix(local[knee])
        angle = float(np.linalg.norm(bend))
        less = share * min(max((SITS - angle) / (SITS - STRAIGHT), 0.0), 1.0)
        foot = local[hip] @ local[knee] @ local[ankle]
        before = offsets[knee] + local[knee] @ offsets[ankle]
        local[knee] = matrix_from_rotvec(bend * (1.0 - less))
        now = offsets[knee] + local[knee] @ offsets[ankle]
        axis = np.cross(now, before)
        sine, cosine = float(np.linalg.norm(axis)), float(now @ before)
        local[hip] = local[hip] @ matrix_from_rotvec(axis * (math.atan2(sine, cosine) / max(sine, 1e-12)))
        local[ankle] = (local[hip] @ local[knee]).T @ foot
    return local


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
        share_unseen = unseen(observation)
        before, seconds = self._log_depth, (observation.stamp_ns - self._stamp_ns) * 1e-9
        self._stamp_ns, self._log_depth = observation.stamp_ns, math.log(depth)
        if before is None or share_unseen == 0.0:
            return None
        share = 1.0 - math.exp(-max(seconds, 0.0) / (FOLLOWS_S * share_unseen))
        self._log_depth = before + share * (self._log_depth - before)
        return math.exp(self._log_depth)

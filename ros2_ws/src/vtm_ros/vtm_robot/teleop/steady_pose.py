"""Poses come as often as images do, commands more often: between two images the person moves evenly.

Without this the robot would go in jerks: the whole way from image to image in one command, and none in the next. Where
there is a command for each image, it changes nothing.
"""

from dataclasses import replace

import numpy as np

from vtm.body.rotations import matrix_from_quat, quat_from_matrix, quat_normalize
from vtm_robot.retarget.person import PersonPose

LONGEST_S = 0.1
"""Whoever comes after a longer time has not moved evenly in between."""
SEVERAL = 1.2
"""Periods between images above which there are several commands for each."""

Values = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Rotations (22, 4), positions (22, 3) m, fingers (2, 21) rad, or none of them."""


class SteadyPose:
    """Goes from where it is to the newest pose, in as much time as lies between the images.

    Args:
        period_s: Seconds between commands.
    """

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._pose: PersonPose | None = None
        self._came = self._takes = self._stamp = 0.0
        self._way: tuple[Values, Values] | None = None

    def take(self, pose: PersonPose, came: float, stamp: float, continues: bool) -> None:
        """Take the newest pose.

        Args:
            pose: The pose.
            came: Seconds, when it came.
            stamp: Seconds, of its image.
            continues: Whether it continues the one before.
        """
        takes, way = stamp - self._stamp, None
        if self._pose is not None and continues and SEVERAL * self._period_s < takes <= LONGEST_S:
            way = _between(self._at(came, self._pose), _values(pose))
        self._pose, self._way, self._came, self._stamp = pose, way, came, stamp
        self._takes = max(takes, self._period_s)

    def at(self, now: float) -> PersonPose | None:
        """Give the pose to follow with a command at the time `now`, None before the first."""
        if self._pose is None or self._way is None or self._share(now) >= 1:
            return self._pose
        quats, positions, fingers = self._at(now, self._pose)
        hands = replace(self._pose.hands, angles=fingers) if self._pose.hands else None
        return replace(self._pose, rotations=matrix_from_quat(quats), positions=positions, hands=hands)

    def _share(self, now: float) -> float:
        """How much of the way a command at `now`, which lasts for a period, has behind it."""
        return (now - self._came + self._period_s) / self._takes

    def _at(self, now: float, pose: PersonPose) -> Values:
        share = max(self._share(now), 0.0)
        if self._way is None or share >= 1:
            return _values(pose)
        quats, positions, fingers = (a + share * (b - a) for a, b in zip(*self._way, strict=True))
        return quat_normalize(quats), positions, fingers


def _values(pose: PersonPose) -> Values:
    return quat_from_matrix(pose.rotations), pose.positions, pose.hands.angles if pose.hands else np.zeros(0)


def _between(start: Values, end: Values) -> tuple[Values, Values]:
    """The way from one to the other along the shorter arcs; fingers that were not known are where they end."""
    same = (start[0] * end[0]).sum(-1, keepdims=True) >= 0
    fingers = start[2] if start[2].shape == end[2].shape else end[2]
    return (start[0], start[1], fingers), (np.where(same, end[0], -end[0]), *end[1:])

"""Poses come as often as images do, commands more often: between two images the person moves evenly.

Without this the robot would go in jerks: the whole way from image to image in one command, and none in the next. Where
there is a command for each image, it changes nothing.
"""

import numpy as np

from vtm.body.rotations import matrix_from_quat, quat_from_matrix, quat_normalize
from vtm_robot.retarget.person import PersonPose

LONGEST_S = 0.1
"""Whoever comes after a longer time has not moved evenly in between."""


class SteadyPose:
    """Goes from where it is to the newest pose, in as much time as lies between the images.

    Args:
        period_s: Seconds between commands.
    """

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._pose: PersonPose | None = None
        self._came = self._takes = self._stamp = 0.0
        self._from = self._to = (np.zeros((22, 4)), np.zeros((22, 3)))

    def take(self, pose: PersonPose, came: float, stamp: float, continues: bool) -> None:
        """Take the newest pose.

        Args:
            pose: The pose.
            came: Seconds, when it came.
            stamp: Seconds, of its image.
            continues: Whether it continues the one before.
        """
        takes = stamp - self._stamp
        quats = quat_from_matrix(pose.rotations)
        if self._pose is not None and continues and 0 < takes <= LONGEST_S:
            self._from = self._at(came)
            same = (self._from[0] * quats).sum(-1, keepdims=True) >= 0
            quats = np.where(same, quats, -quats)
        else:
            self._from = quats, pose.positions
        self._to = quats, pose.positions
        self._pose, self._came, self._stamp, self._takes = pose, came, stamp, max(takes, self._period_s)

    def at(self, now: float) -> PersonPose | None:
        """Give the pose to follow with a command at the time `now`, None before the first."""
        if self._pose is None:
            return None
        quats, positions = self._at(now)
        return PersonPose(matrix_from_quat(quats), positions, self._pose.confidence, self._pose.person)

    def _at(self, now: float) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (22, 4) and positions (22, 3) m of the command at `now`, which lasts for a period."""
        share = (now - self._came + self._period_s) / self._takes
        if share >= 1:
            return self._to
        quats, positions = (a + max(share, 0.0) * (b - a) for a, b in zip(self._from, self._to, strict=True))
        return quat_normalize(quats), positions

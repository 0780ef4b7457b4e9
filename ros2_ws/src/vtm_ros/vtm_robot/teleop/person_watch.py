"""What is known of the person: the newest pose that continues the ones before, how old it is, how good it is.

Three bands: a pose that continues the last one is taken as it is; what is quicker than the robot may be is cut by its
limits, step by step; what no person does in that time is refused, until several poses in a row agree with each other.
"""

import math
from enum import Enum
from typing import NamedTuple

import numpy as np

from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.targets import Targets
from vtm_robot.teleop.cause import Cause
from vtm_robot.teleop.settings import TeleopSettings
from vtm_robot.teleop.steady_pose import SteadyPose

JUMP_RAD, JUMP_RAD_S = 0.5, 15.0
"""A bone that turns by more than this, and this a second, has not turned but was seen elsewhere."""
LONGEST_S = 0.05
"""A longer time between poses does not allow a larger turn."""
REWOUND_S = 0.2
"""Stamps that go back are late ones, until no other has come for so long: then the clock was set."""
AGREE = 3
"""So many poses in a row, each near the one before, are believed."""


class Quality(Enum):
    """As the capture judges itself."""

    UNKNOWN = "unknown"
    GOOD = "GOOD"
    DEGRADED = "DEGRADED"
    LOST = "LOST"


class Seen(NamedTuple):
    """A pose as it came.

    Attributes:
        pose: Of the person.
        came: Seconds, when it came.
        late: Seconds, how old its image was then.
        stamp_ns: Of its image.
    """

    pose: PersonPose
    came: float
    late: float
    stamp_ns: int


class PersonWatch:
    """Keeps the newest pose that can be believed.

    Args:
        targets: What the robot makes of a pose.
        settings: How old and how sure a pose has to be.

    Attributes:
        newest: The last pose that was believed, None before one.
        refused: How many were not.
        jumps: How often the person was believed to be elsewhere at once.
        quality: What the capture says of its motion.
        reasons: Why.
    """

    def __init__(self, targets: Targets, settings: TeleopSettings):
        self._targets, self._settings = targets, settings
        ends = ("hand", "foot")
        self._bones = np.array([not segment.endswith(ends) for segment in targets.segments], bool)
        self.newest: Seen | None = None
        self._steady = SteadyPose(1.0 / settings.rate)
        self.refused = self.jumps = 0
        self._aims: tuple[float, np.ndarray] | None = None
        self._doubted: tuple[float, np.ndarray] | None = None
        self._agreed = 0
        self.quality, self.reasons = Quality.UNKNOWN, ""

    def judge(self, quality: Quality, reasons: str = "") -> None:
        """Take what the capture says of its motion."""
        self.quality, self.reasons = quality, reasons

    def take(self, seen: Seen) -> None:
        """Take a pose; one that is none, or is older than the last, is as if it had not come."""
        last = self.newest
        if not seen.pose.finite or not math.isfinite(seen.late):
            self.refused += 1
            return
        if last is not None and seen.stamp_ns <= last.stamp_ns and seen.came - last.came < REWOUND_S:
            return
        goal = self._targets.goal(seen.pose, self._settings.min_confidence)
        aims = np.where(goal.sure[:, None], (goal.turns @ self._targets.axes[..., None])[..., 0], np.nan)[self._bones]
        stamp = seen.stamp_ns * 1e-9
        same = last is not None and seen.pose.person == last.pose.person
        if self._aims is None or not same or self._near(self._aims, stamp, aims):
            self._believe(seen, stamp, aims, same)
            return
        self.refused += 1
        agrees = self._doubted is not None and self._near(self._doubted, stamp, aims)
        self._agreed = self._agreed + 1 if agrees else 1
        self._doubted = stamp, aims
        if self._agreed >= AGREE:
            self.jumps += 1
            self._believe(seen, stamp, aims, False)

    def _believe(self, seen: Seen, stamp: float, aims: np.ndarray, continues: bool) -> None:
        self._steady.take(seen.pose, seen.came, stamp, continues)
        self.newest, self._aims, self._doubted, self._agreed = seen, (stamp, aims), None, 0

    @staticmethod
    def _near(before: tuple[float, np.ndarray], stamp: float, aims: np.ndarray) -> bool:
        seconds = min(abs(stamp - before[0]), LONGEST_S)
        cosine = np.nan_to_num((before[1] * aims).sum(-1), nan=1.0).min(initial=1.0)
        return math.acos(max(-1.0, float(cosine))) <= JUMP_RAD + JUMP_RAD_S * seconds

    def pose(self, now: float) -> PersonPose | None:
        """Give the pose to follow at the time `now`, None where there is none that is young enough."""
        return None if self.gone(now) else self._steady.at(now)

    def gone(self, now: float) -> Cause | None:
        """Tell why nobody can be followed, None where somebody can."""
        if self.newest is None:
            return Cause("nobody has been seen", nobody=True)
        waited = now - self.newest.came
        age = waited + max(0.0, self.newest.late)
        if age > self._settings.person_stale_s:
            return Cause(f"the person's newest pose is {age:.2f} s old", nobody=True)
        if self.quality is Quality.LOST:
            return Cause(f"the person is lost: {self.reasons}" if self.reasons else "the person is lost", nobody=True)
        return None

    def poor(self) -> Cause | None:
        """Tell why the motion is too poor to begin, None where it is not."""
        if self.quality is Quality.UNKNOWN and self._settings.needs_quality:
            return Cause("the capture has not told its quality")
        if self.quality is Quality.DEGRADED and self._settings.needs_good:
            return Cause(f"the capture is not good: {self.reasons}")
        return None

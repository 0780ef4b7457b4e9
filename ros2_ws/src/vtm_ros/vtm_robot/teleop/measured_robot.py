"""The robot's posture as it was measured, joint by joint, and how old that is."""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from vtm_robot.profile.model import RobotModel
from vtm_robot.teleop.cause import Cause

STILL_S, STILL_RAD, LOOK_S = 0.2, 0.02, 0.02
"""A robot stands whose joints have moved by less than this, for so long, looked at so often."""
BEYOND_RAD = 0.05
"""A joint further than this beyond the end of its range is not what the URDF says it is; nearer, it is told the end."""


class MeasuredRobot:
    """Where the m joints of a robot are; messages may name some of them, in any order.

    Args:
        robot: The robot.
        needed: (m,) bool, joints whose place has to be known.
        stale_s: Seconds after which a joint's place is no longer known.
    """

    def __init__(self, robot: RobotModel, needed: np.ndarray, stale_s: float):
        self._tree, self._needed, self._stale_s = robot.tree, needed, stale_s
        self._column = {name: column for column, name in enumerate(robot.tree.names)}
        self._q = robot.rest.copy()
        self._came = np.full(len(self._q), -math.inf)
        self._past: deque[tuple[float, np.ndarray]] = deque()

    def take(self, now: float, names: Sequence[str], positions: Sequence[float]) -> None:
        """Take a message of joint states, rad or m. What is no number is as if it had not come."""
        for name, position in zip(names, positions, strict=False):
            column = self._column.get(name)
            if column is not None and math.isfinite(position):
                self._q[column], self._came[column] = position, now
        if not self._past or now - self._past[-1][0] >= LOOK_S:
            self._past.append((now, self._q[self._needed]))
        while now - self._past[0][0] > 2 * STILL_S:
            self._past.popleft()

    @property
    def posture(self) -> np.ndarray:
        """The posture (m,), a copy; joints that were never told rest."""
        return self._q.copy()

    def unknown(self, now: float) -> Cause | None:
        """Tell why the robot's posture is not known, None where it is."""
        age = now - self._came[self._needed]
        if (age <= self._stale_s).all():
            return None
        name = np.array(self._tree.names)[self._needed][int(age.argmax())]
        if not np.isfinite(age).any():
            return Cause("no joint states of the robot have come", renew=True)
        if not np.isfinite(age).all():
            return Cause(f"the robot's joint states do not tell {name}", renew=True)
        return Cause(f"the robot's joint states are too old, those of {name} by {age.max():.2f} s", renew=True)

    def tells(self, now: float, columns: np.ndarray) -> bool:
        """Tell whether the places of joints, (J,) indices into the tree's names, are known at `now`, in seconds."""
        return bool((now - self._came[columns] <= self._stale_s).all())

    def unfit(self, now: float) -> Cause | None:
        """Tell why the posture is none to begin from, None where it is one."""
        beyond = np.maximum(self._tree.lower - self._q, self._q - self._tree.upper)
        beyond = np.where(self._needed, beyond, 0.0)
        if beyond.max() > BEYOND_RAD:
            name = self._tree.names[int(beyond.argmax())]
            return Cause(f"{name} is {beyond.max():.2f} rad beyond its range; does the URDF fit the robot?")
        if not self._past or now - self._past[0][0] < STILL_S:
            return Cause("the robot's joint states have only just come")
        recent = np.stack([*(q for came, q in self._past if now - came <= 1.5 * STILL_S), self._q[self._needed]])
        if np.ptp(recent, axis=0).max() > STILL_RAD:
            return Cause("the robot moves; it has to stand before it is engaged")
        return None

    def elsewhere(self, least: np.ndarray, most: np.ndarray, allowed: float) -> Cause | None:
        """Tell whether a joint is elsewhere than it was told.

        Args:
            least: (m,) least of what each was told lately.
            most: (m,) greatest of it.
            allowed: Radians or metres by which it may be outside of that.

        Returns:
            Which is, None where none is.
        """
        away = np.where(self._needed, np.maximum(least - self._q, self._q - most), 0.0)
        if away.max() <= allowed:
            return None
        name = self._tree.names[int(away.argmax())]
        return Cause(f"{name} is {away.max():.2f} rad from where it was told to be", renew=True, cut=True)

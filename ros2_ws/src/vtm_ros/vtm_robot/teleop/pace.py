"""When the next command is due, so that the newest pose is followed at once and the rate is kept.

Commands come at a steady rate, poses as often as images do. A command follows its pose at once; where there are several
commands for each pose, those between come a period apart after it, and one for which that is too late is left out, so
that the next pose does not have to wait.
"""

import math
from collections import deque
from statistics import median

SOON = 0.9
"""Periods after a command before which none follows."""
LATE = 0.5
"""Periods after which a command is given although the pose that it waited for has not come."""
ASIDE = 0.25
"""Periods by which a command between poses may be late."""
REMEMBERED = 9
"""Intervals between poses whose median is the usual one."""


class Pace:
    """Says when.

    Args:
        rate: Commands per second.
    """

    def __init__(self, rate: float):
        self._rate = rate
        self._intervals: deque[float] = deque(maxlen=REMEMBERED)
        self._expected = 1
        self._stamp = self._followed = 0
        self._came = self._ticked = -math.inf

    def posed(self, stamp_ns: int, came: float) -> None:
        """Take the stamp of a pose that came at the time `came`, seconds."""
        if self._stamp and stamp_ns > self._stamp:
            self._intervals.append((stamp_ns - self._stamp) * 1e-9)
            self._expected = max(1, round(median(self._intervals) * self._rate))
        self._stamp, self._came = stamp_ns, came

    def ticked(self, now: float) -> None:
        """Take the time of a command, seconds."""
        self._ticked, self._followed = now, self._stamp

    def due(self, now: float, moving: bool) -> bool:
        """Tell whether a command is due.

        Args:
            now: Seconds.
            moving: Whether somebody is followed, whose next pose is waited for.
        """
        if (now - self._ticked) * self._rate < SOON:
            return False
        if not moving or self._followed != self._stamp:
            return True
        periods = (now - self._came) * self._rate
        between = round(periods)
        return periods >= self._expected + LATE or (0 < between < self._expected and periods - between <= ASIDE)

    def rest(self, now: float) -> float:
        """Seconds from the time `now` until a period after the last command."""
        return max(0.0, self._ticked + 1.0 / self._rate - now)

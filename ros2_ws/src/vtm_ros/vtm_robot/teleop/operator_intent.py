"""Whether the operator wants the robot to move: it is engaged, and the dead-man's switch is held."""

import math

from vtm_robot.teleop.cause import Cause
from vtm_robot.teleop.settings import TeleopSettings


class OperatorIntent:
    """What the operator wants. Times are seconds of a clock that never stops.

    Args:
        settings: Whether a switch is needed, and how soon it expires.

    Attributes:
        engaged: Whether the operator has engaged.
    """

    def __init__(self, settings: TeleopSettings):
        self._needs_deadman, self._expires_s = settings.needs_deadman, settings.deadman_s
        self.engaged = False
        self._held_at = -math.inf
        self._spent = ""

    def engage(self, engaged: bool) -> None:
        """Engage or disengage. Without a switch, engaging anew takes back what `spend` did."""
        self.engaged = engaged
        if not self._needs_deadman:
            self._spent = ""

    def deadman(self, now: float, held: bool) -> None:
        """Take a message of the switch."""
        if not self.held(now):
            self._spent = ""
        self._held_at = now if held else -math.inf

    def held(self, now: float) -> bool:
        """Tell whether the switch was said to be held, just now."""
        return 0 <= now - self._held_at <= self._expires_s

    def spend(self, why: str) -> None:
        """End this intent because of `why`: the switch must be released and held again, or `engage` called."""
        self._spent = why

    def missing(self, now: float) -> Cause | None:
        """Tell why the robot may not move as far as the operator is concerned, None where it may."""
        if not self.engaged:
            return Cause("not engaged")
        if self._spent:
            remedy = "release the dead-man's switch and hold it again" if self._needs_deadman else "engage anew"
            return Cause(f"{self._spent}; {remedy}")
        if self._needs_deadman and not self.held(now):
            return Cause("the dead-man's switch is not held")
        return None

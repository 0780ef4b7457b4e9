"""The named speeds, which the commands and the node `capture` know: how much time is taken for the 2D pose."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Speed:
    """How a person is looked at.

    Attributes:
        pose_model: The 2D network: lite, full or heavy.
        twice: Whether it looks twice, the second time in the mirror, which halves its rate and steadies the motion.
    """

    pose_model: str
    twice: bool = False


SPEEDS = {
    "fast": Speed("lite"),
    "balanced": Speed("full"),
    "accurate": Speed("full", twice=True),
}
"""`benchmarks/speed.py` measures each, and what is in none of them."""
USUAL: Final = "balanced"


def speed_of(name: str, pose_model: str | None = None) -> Speed:
    """The speed of that name, with the 2D network that was asked for by name, where one was.

    Args:
        name: In SPEEDS.
        pose_model: The 2D network; None for that of the speed.
    """
    return replace(SPEEDS[name], pose_model=pose_model) if pose_model else SPEEDS[name]

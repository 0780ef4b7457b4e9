"""Why a robot does not move."""

from typing import NamedTuple


class Cause(NamedTuple):
    """A reason to stand.

    Attributes:
        reason: A short sentence.
        renew: Whether the operator has to engage anew before the robot moves again.
        cut: Whether the robot is told nothing more, not even to brake, because it is not where it was told to be.
        nobody: Whether it is for want of a person.
    """

    reason: str
    renew: bool = False
    cut: bool = False
    nobody: bool = False

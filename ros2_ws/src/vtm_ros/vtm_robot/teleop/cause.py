"""Why a robot does not move."""

from typing import NamedTuple


class Cause(NamedTuple):
    """reason: a short sentence.  renew: the operator has to engage anew before it moves again.
    cut: the robot is not where it was told to be: it is told nothing more, not even to brake.
    """

    reason: str
    renew: bool = False
    cut: bool = False

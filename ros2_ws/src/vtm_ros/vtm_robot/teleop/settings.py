"""What teleoperation asks for before it moves a robot, and while it does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TeleopSettings:
    """moves: whether commands go to a robot; without, nothing but the ghost does.

    rate: commands per second.  blend_s: for so long it comes up to speed.
    person_stale_s: a person's image older than this is too old.  robot_stale_s: the same of the robot's joint states.
    needs_deadman: whether a dead-man's switch has to be held.  deadman_s: it expires after so long without a message.
    needs_good, needs_quality: what the capture's quality has to be to begin: GOOD, and at least something; a person who
    is LOST is never followed.
    min_confidence: a limb less sure stands still.  start_within: rad, by which bones of robot and person may point
    elsewhere at the start.  max_lag: rad, by which the robot's joints may be elsewhere than told.
    """

    moves: bool = False
    rate: float = 50.0
    blend_s: float = 2.0
    person_stale_s: float = 0.15
    robot_stale_s: float = 0.25
    needs_deadman: bool = True
    deadman_s: float = 0.25
    needs_good: bool = True
    needs_quality: bool = True
    min_confidence: float = 0.4
    start_within: float = 1.6
    max_lag: float = 0.5

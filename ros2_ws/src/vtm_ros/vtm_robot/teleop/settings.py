"""What teleoperation asks for before it moves a robot, and while it does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TeleopSettings:
    """The conditions of teleoperation.

    Attributes:
        moves: Whether commands go to a robot; without, nothing but the ghost moves.
        rate: Commands per second.
        blend_s: Seconds in which the robot comes up to speed.
        person_stale_s: Seconds; an older image of the person is not followed.
        robot_stale_s: Seconds; older joint states of the robot are not relied on.
        needs_deadman: Whether a dead-man's switch has to be held.
        deadman_s: Seconds without a message of the switch after which it counts as released.
        needs_good: Whether the capture's quality has to be GOOD to begin.
        needs_quality: Whether it has to be known. A person who is LOST is never followed.
        min_confidence: Limbs with less than this stand still.
        start_within: Radians by which a bone of the robot may point elsewhere than the person's at the start.
        lost_rests: Whether it goes to its resting posture when the person is lost and the operator still wants it to
            move; else it stands.
        max_lag: Radians or metres by which a joint may be elsewhere than it was told.
    """

    moves: bool = False
    rate: float = 30.0
    blend_s: float = 2.0
    person_stale_s: float = 0.15
    robot_stale_s: float = 0.25
    needs_deadman: bool = True
    deadman_s: float = 0.25
    needs_good: bool = True
    needs_quality: bool = True
    min_confidence: float = 0.4
    start_within: float = 1.6
    lost_rests: bool = False
    max_lag: float = 0.5

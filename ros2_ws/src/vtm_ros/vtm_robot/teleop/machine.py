"""When the robot moves and when it stands: the states of teleoperation.

It begins from the posture that was measured, and from nowhere else: whatever happened, it brakes, stands, and is
blended in anew. It reads no clock and knows nothing of ROS.
"""

import math
from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from vtm.errors import VtmError
from vtm_robot.fingers.hands import Hands
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.retargeter import Command, Retargeter
from vtm_robot.retarget.retargeter import State as Step
from vtm_robot.teleop.cause import Cause
from vtm_robot.teleop.measured_robot import MeasuredRobot
from vtm_robot.teleop.operator_intent import OperatorIntent
from vtm_robot.teleop.person_watch import PersonWatch
from vtm_robot.teleop.settings import TeleopSettings

REST_S = 0.3
"""When it has come to rest it is told to stand for so long; then nothing more is sent."""
LATE_S = 0.3
"""A robot is so late at most: it has to be near to where it was told to be at some time since."""


class State(Enum):
    """What the robot does.

    PREVIEW: something is missing, only the ghost moves.  READY: all is well, it waits for the operator.
    BLEND: it begins to follow, from where it stands.  FOLLOW: it follows.  HOLD: it was interrupted: it brakes, stands,
    and goes on when all is well.  STOP: it brakes and stands until it is released.
    """

    PREVIEW = "PREVIEW"
    READY = "READY"
    BLEND = "BLEND"
    FOLLOW = "FOLLOW"
    HOLD = "HOLD"
    STOP = "STOP"


MOVING = (State.BLEND, State.FOLLOW)


@dataclass(frozen=True, eq=False)
class Order:
    """What to do at one time.

    Attributes:
        state: What the robot does.
        reason: Why it does not do more, empty where it follows with all that it has.
        command: To the robot, or of its ghost.
        sent: Whether the robot is to be told.
        stamp_ns: Of the image whose pose it follows, 0 for none.
        fingers: (H,) of the hands that have fingers, which the robot is told, too.
    """

    state: State
    reason: str
    command: Command
    sent: bool
    stamp_ns: int = 0
    fingers: tuple[bool, ...] = ()


class Teleop:
    """Drives one robot.

    Args:
        model: The robot.
        settings: What is asked for.
        needed: (m,) bool, joints that are told to the robot besides those that follow: their place has to be known.

    Attributes:
        intent: What the operator wants; to be told.
        person: What is known of the person; to be told.
        robot: What is known of the robot; to be told.
        follower: What follows.
        hands: The fingers that follow where the person's are known.
        state: What the robot does.
        driving: Whether commands go to the robot: from the beginning until it has come to rest.
    """

    def __init__(self, model: RobotModel, settings: TeleopSettings, needed: np.ndarray | None = None):
        self.settings, self.model = settings, model
        self.follower = Retargeter(model, settings.rate, settings.blend_s, settings.min_confidence)
        self.hands = Hands(model, settings.rate, settings.blend_s, settings.min_confidence)
        self.intent = OperatorIntent(settings)
        self.person = PersonWatch(self.follower.targets, settings)
        needed = model.follows if needed is None else needed | model.follows
        self.robot = MeasuredRobot(model, needed, settings.robot_stale_s)
        self.state = State.PREVIEW
        self.driving = False
        self._stopped = ""
        self._whom: int | None = None
        self._jumps = 0
        self._stood_since = math.inf
        self._told: deque[np.ndarray] = deque(maxlen=max(1, round(LATE_S * settings.rate)))

    def stop(self, why: str = "stopped") -> None:
        """Brake, and stand until `release`."""
        self._stopped = why

    def release(self) -> None:
        """Take `stop` back; the operator has to engage anew."""
        self._stopped = ""
        self.intent.engage(False)

    def calibrate(self, now: float) -> float:
        """Take the person's pose at the time `now` for a T-pose, as `Targets.calibrate` does.

        Raises:
            VtmError: The robot moves, nobody is there, or that is no T-pose.
        """
        if self.driving:
            raise VtmError("the robot is driven; release the dead-man's switch first")
        pose = self.person.pose(now)
        if pose is None:
            gone = self.person.gone(now)
            raise VtmError(gone.reason if gone else "nobody has been seen")
        return self.follower.targets.calibrate(pose, self.settings.min_confidence)

    def step(self, now: float) -> Order:
        """Decide what to do at the time `now`, seconds; to be called at the settings' rate."""
        if self._stopped:
            self.intent.spend("it was stopped")
            return self._stand(now, State.STOP, self._stopped)
        if self.driving:
            cause = self._interruption(now)
            if cause is None and self.state in MOVING:
                return self._follow(now)
            self._heed(cause)
            home = self.settings.lost_rests and bool(cause and cause.nobody) and self.intent.missing(now) is None
            return self._stand(now, State.HOLD, cause.reason if cause else "it comes to rest", home)
        held = self.state is State.HOLD and self.intent.engaged
        cause = self._unready(now, held)
        self._heed(cause)
        missing = self.intent.missing(now)
        if cause is None and missing is None:
            return self._begin(now)
        reason = (cause or missing or Cause("")).reason
        if held:
            return self._stand(now, State.HOLD, reason)
        return self._ghost(now, State.PREVIEW if cause else State.READY, reason)

    def _interruption(self, now: float) -> Cause | None:
        """Why it must not go on."""
        told = np.stack(self._told)
        least, most = told.min(0), told.max(0)
        for columns in self.hands.columns:  # fingers that hold something are elsewhere
            least[columns], most[columns] = -np.inf, np.inf
        cause = self.robot.unknown(now) or self.robot.elsewhere(least, most, self.settings.max_lag)
        return cause or self._another() or self.person.gone(now) or self._jump() or self.intent.missing(now)

    def _another(self) -> Cause | None:
        newest = self.person.newest
        if newest is None or newest.pose.person == self._whom:
            return None
        self._whom = newest.pose.person
        return Cause("another person came", renew=True)

    def _jump(self) -> Cause | None:
        return Cause("the person was elsewhere at once") if self.person.jumps != self._jumps else None

    def _unready(self, now: float, held: bool) -> Cause | None:
        """Why it cannot begin, whatever the operator wants. held: it was interrupted before."""
        if not self.settings.moves:
            return Cause("the output is a preview")
        cause = self.robot.unknown(now) or (self._another() if held else None) or self.robot.unfit(now)
        return cause or self.person.gone(now) or self.person.poor() or self._far()

    def _far(self) -> Cause | None:
        """Whether robot and person stand alike."""
        assert self.person.newest is not None, "somebody is there"
        targets, pose = self.follower.targets, self.model.tree.pose(self.robot.posture)
        goal = targets.goal(self.person.newest.pose, self.settings.min_confidence)
        away = np.linalg.norm(targets.errors(targets.turns(pose), goal.turns)[:, 1:], axis=-1) * goal.sure
        if away.max(initial=0.0) <= self.settings.start_within:
            return None
        name = targets.segments[int(away.argmax())].replace("_", " ")
        return Cause(f"the person's {name} points {math.degrees(away.max()):.0f} degrees elsewhere than the robot's")

    def _heed(self, cause: Cause | None) -> None:
        if cause and cause.renew:
            self.intent.spend(cause.reason)
        if cause and cause.cut:
            self.driving = False

    def _begin(self, now: float) -> Order:
        assert self.person.newest is not None, "somebody is there"
        self.follower.engage(self._measured())
        self.hands.engage(self._measured())
        self._told.clear()
        self._whom, self._jumps, self.driving, self._stood_since = (
            self.person.newest.pose.person, self.person.jumps, True, math.inf,
        )  # fmt: skip
        return self._follow(now)

    def _measured(self) -> np.ndarray:
        return np.clip(self.robot.posture, self.model.tree.lower, self.model.tree.upper)

    def _follow(self, now: float) -> Order:
        pose = self.person.pose(now)
        command = self._with_fingers(self.follower.step(pose), pose, now)
        self._told.append(command.positions)
        self.state = State.FOLLOW if command.state is Step.FOLLOW else State.BLEND
        assert self.person.newest is not None, "somebody is followed"
        return self._order(self.state, self._missing(command, pose), command, True, self.person.newest.stamp_ns)

    def _missing(self, command: Command, pose: PersonPose | None) -> str:
        """What does not follow, and why."""
        seen = pose is not None and pose.hands is not None
        unsure = [name.replace("_", " ") for name in command.held] + (self.hands.held() if seen else [])
        lost = self.hands.lost()
        reasons = [f"not sure enough: {', '.join(unsure)}"] if unsure else []
        return "; ".join(reasons + ([f"the robot's joint states are too old: {', '.join(lost)}"] if lost else []))

    def _stand(self, now: float, state: State, reason: str, home: bool = False) -> Order:
        """Brake, or stay. home: Then go to the resting posture."""
        command = self._with_fingers(self.follower.step(None, home), None, now)
        self._told.append(command.positions)
        moving = self.follower.moving or self.hands.moving
        self._stood_since = math.inf if moving else min(self._stood_since, now)
        self.driving = self.driving and now - self._stood_since < REST_S
        self.state = state
        return self._order(state, reason, command, self.driving)

    def _ghost(self, now: float, state: State, reason: str) -> Order:
        self.state = state
        pose = self.person.pose(now)
        stamp_ns = self.person.newest.stamp_ns if pose and self.person.newest else 0
        command = self._with_fingers(self.follower.step(pose), pose, now)
        return self._order(state, reason, command, False, stamp_ns)

    def _order(self, state: State, reason: str, command: Command, sent: bool, stamp_ns: int = 0) -> Order:
        return Order(state, reason, command, sent, stamp_ns, tuple(self.hands.joined))

    def _with_fingers(self, command: Command, pose: PersonPose | None, now: float) -> Command:
        """`command` with the fingers that follow; each hand begins where it is measured when it is first seen."""
        person = pose.hands if pose is not None and command.state is not Step.HOLD else None
        if self.driving:
            known = [self.robot.tells(now, columns) for columns in self.hands.columns]
            self.hands.step(person, known, self._measured())
        else:
            self.hands.step(person)
        if not any(self.hands.joined):
            return command
        positions, velocities = self.hands.into(command.positions, command.velocities)
        return replace(command, positions=positions, velocities=velocities)

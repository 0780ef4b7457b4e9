"""From a person's pose to the robot's next command, one after the other at a steady rate."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from vtm.errors import VtmError
from vtm_robot.model.tree import Pose
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.escape import Escape
from vtm_robot.retarget.limits import StepLimits
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.shield import Shield
from vtm_robot.retarget.solve import solve
from vtm_robot.retarget.targets import Goal, Targets

DAMPING = 0.03
"""Damping of the least squares, by which arms stay calm near the singularity of a stretched elbow."""
HARDEST = 0.7
"""Share of the acceleration that is planned for slowing down before a target."""
PATIENCE_S = 0.3
"""Seconds; somebody who is lost for longer is blended in again."""
SURE_BAND = 0.1
"""Hysteresis: a segment that was held follows again when its confidence is above the minimum by this."""
SETTLED, SETTLE_STEPS = 1e-3, 400
HOME_SPEED = 0.3
"""Share of the full speed on the way to the resting posture."""


class State(Enum):
    """What the robot does.

    HOLD: it brakes or stands.  BLEND: it begins to follow, slowly.  FOLLOW: it follows.
    """

    HOLD = "hold"
    BLEND = "blend"
    FOLLOW = "follow"


@dataclass(frozen=True, eq=False)
class Command:
    """One command to a robot with m degrees of freedom, k of which follow.

    Attributes:
        positions: (m,) rad or m.
        velocities: (m,) rad/s or m/s that led there.
        state: What the robot does.
        held: The segments that are not followed for want of confidence.
        limited: (k,) bool, which joints are as far or as quick as they may be.
        refused: Whether the solver's step was refused for what it would have led to.
        clearance: Metres between the nearest capsules.
    """

    positions: np.ndarray
    velocities: np.ndarray
    state: State
    held: tuple[str, ...]
    limited: np.ndarray
    refused: bool
    clearance: float


class Retargeter:
    """Follows a person with one robot.

    Every command keeps the limits of the profile, whatever `step` is given.

    Args:
        robot: The robot and its profile.
        rate: Commands per second; `step` is called so often.
        blend_s: Seconds in which it comes up to speed after it was engaged or somebody came.
        min_confidence: Segments whose joints are less sure stand still.

    Raises:
        VtmError: `rate` is not above 0.
    """

    _q: np.ndarray
    _step: np.ndarray
    _sure: np.ndarray
    _clearances: np.ndarray

    def __init__(self, robot: RobotModel, rate: float, blend_s: float = 1.0, min_confidence: float = 0.0):
        if not rate > 0:
            raise VtmError(f"the rate of commands is {rate:g}/s; give one above 0")
        self.robot, self.tree = robot, robot.tree
        self.period_s, self.blend_s, self.min_confidence = 1.0 / rate, blend_s, min_confidence
        self.columns = np.flatnonzero(robot.follows)
        lower, upper, speed = bounds_of(robot)
        own = self.columns
        acceleration = np.full(len(own), robot.profile.limits.acceleration)
        self.limits = StepLimits(lower[own], upper[own], speed[own], acceleration, self.period_s)
        self.targets = Targets(robot)
        self.escape = Escape(robot, self.targets, self.columns, self.period_s)
        self.shield = Shield(robot, self.columns, self.limits)
        self._unit_error = HARDEST * robot.profile.limits.acceleration * self.period_s**2
        self.engage(robot.rest)

    def engage(self, measured: np.ndarray) -> None:
        """Begin from the robot's measured posture, at rest: the next command is just that.

        Args:
            measured: (m,) rad or m.

        Raises:
            VtmError: It is not finite.
        """
        if not np.isfinite(measured).all():
            raise VtmError("the robot's posture is not known; wait for its joint states")
        self._q = np.array(measured, float)
        self._step = np.zeros(len(self.columns))
        self._blended = 0.0
        self._missing = 0.0
        self._person: int | None = None
        self._stopping = self._homing = False
        self._goal: Goal | None = None
        self._sure = np.ones(len(self.targets.segments), bool)
        self._look(self.tree.pose(self._q))

    @property
    def moving(self) -> bool:
        """Whether the last command did not come to rest."""
        return bool(self._step.any())

    def settle(self, person: PersonPose) -> None:
        """Come to rest in the pose of `person`, as before the first command of a recording."""
        self._blended = self.blend_s
        self._person = person.person
        for _ in range(SETTLE_STEPS):
            self.step(person)
            if np.abs(self._step).max() < SETTLED * self.limits.unit.min():
                break
        self._step[:] = 0.0

    def step(self, person: PersonPose | None, home: bool = False) -> Command:
        """The next command.

        Args:
            person: The pose to follow. None, or a pose that is not finite, counts as nobody: the robot stops and holds.
            home: Without anybody it goes on to its resting posture.
        """
        there = person is not None and person.finite
        if person is not None and there and person.person != self._person:
            self._stopping = self._person is not None
            self._person = person.person
            self._blended = 0.0 if self._stopping else self._blended
        self._missing = 0.0 if there else self._missing + self.period_s
        if self._missing > PATIENCE_S:
            self._stopping = True
        if self._stopping and there and not self._step.any():
            self._stopping, self._blended = False, 0.0
        self._homing = home and not there and (self._homing or not self._step.any())
        if person is None or not there or self._stopping:
            self._goal = None
            return self._go_home() if self._homing else self._brake()
        share = smooth(self._blended / self.blend_s) if self.blend_s > 0 else 1.0
        state = State.FOLLOW if share >= 1 else State.BLEND
        self._blended += self.period_s
        return self._follow(self._goal_of(person), share, state)

    def _brake(self, refused: bool = False) -> Command:
        return self._take(self.limits.brake(self._step), State.HOLD, (), np.zeros(len(self.columns), bool), refused)

    def _go_home(self) -> Command:
        self._stopping = True
        q = self._q[self.columns]
        bounds = self.limits.bounds(q, self._step, HOME_SPEED)
        way = self.limits.toward(self.robot.rest[self.columns] - q)
        rows = self.shield.rows(self._pose, self._clearances, self._nearest)
        step = solve(np.eye(len(q)), -way, *bounds, *rows)
        step = np.where(np.abs(step) < SETTLED * self.limits.unit, self.limits.brake(self._step), step)
        return self._result(State.HOLD, (), np.zeros(len(q), bool), False) if self._try(step) else self._brake(True)

    def _goal_of(self, person: PersonPose) -> Goal:
        goal = self.targets.goal(person, self.min_confidence)
        if self.min_confidence > 0:
            surer = self.targets.sure(person, min(1.0, self.min_confidence + SURE_BAND))
            self._sure = np.where(self._sure, goal.sure, surer)
        return goal._replace(sure=self._sure)

    def _follow(self, goal: Goal, share: float, state: State) -> Command:
        before, self._goal = self._goal or goal, goal
        least, most = self.limits.bounds(self._q[self.columns], self._step, share)
        hessian, gradient = self._objective(goal, before)
        rows, values = self.shield.rows(self._pose, self._clearances, self._nearest)
        wanted = solve(hessian, gradient, least, most, rows, values)
        tight = 1e-3 * (most - least)
        limited = (wanted <= least + tight) | (wanted >= most - tight)
        held = () if goal.sure.all() else tuple(np.array(self.targets.segments)[~goal.sure].tolist())
        if self._try(wanted):
            return self._result(state, held, limited, False)
        brake = self.limits.brake(self._step)
        if self._try((wanted + brake) / 2):
            return self._result(state, held, limited, True)
        return self._take(brake, state, held, limited, True)

    def _objective(self, goal: Goal, before: Goal) -> tuple[np.ndarray, np.ndarray]:
        """Hessian (k, k) and gradient (k,) of the squares of what the step leaves undone."""
        targets, pose = self.targets, self._pose
        have = targets.turns(pose)
        errors = targets.errors(have, np.stack([before.turns, goal.turns]))
        off = np.sqrt((errors[1, :, 1:] ** 2).sum(-1)) * goal.sure
        self.escape.look(off, (goal.turns @ targets.axes[..., None])[..., 0], self._q[self.columns])
        error = _move(errors, self._unit_error, goal.sure)
        weights = targets.weights * self.escape.weight[:, None]
        angular = targets.angular(pose)
        axes = (have @ targets.axes[..., None])[..., 0]
        rows = np.empty((len(axes), 4, len(self.columns)))
        np.matmul(axes[:, None], angular, out=rows[:, :1])
        np.subtract(angular, axes[..., None] * rows[:, :1], out=rows[:, 1:])
        rows *= weights[..., None]
        jacobian: np.ndarray = rows.reshape(-1, len(self.columns))
        error = (weights * error).ravel()
        if targets.reach:
            hands, away = self._hands(goal, before)
            jacobian = np.concatenate([jacobian, targets.reach * hands])
            error = np.concatenate([error, targets.reach * away])
        lazy = self.robot.profile.weights.posture**2 + self.escape.pull**2
        hessian = jacobian.T @ jacobian
        hessian.ravel()[:: len(hessian) + 1] += DAMPING**2 + lazy
        back = self.robot.rest[self.columns] - self._q[self.columns]
        back = np.minimum(np.maximum(back, -self.limits.longest), self.limits.longest)
        return hessian, -(jacobian.T @ error) - lazy * back

    def _hands(self, goal: Goal, before: Goal) -> tuple[np.ndarray, np.ndarray]:
        """Jacobian (3 H, k) and errors (3 H,) of where hands are, in lengths of the arm."""
        targets, pose = self.targets, self._pose
        starts = np.stack([pose.frame(arm.start)[1] for arm in targets.arms])
        tips = np.stack([pose.frame(arm.wrist)[1] for arm in targets.arms])
        bodies = np.array([[arm.wrist.body, arm.start.body] for arm in targets.arms]).T.ravel()
        _, linear = self.tree.jacobians(pose, bodies, np.concatenate([tips, starts]))
        linear = (linear[: len(tips)] - linear[len(tips) :])[:, :, self.columns] / targets.lengths[:, None, None]
        away = (np.stack([before.hands, goal.hands]) - (tips - starts)) / targets.lengths[:, None]
        return linear.reshape(-1, len(self.columns)), _move(away, self._unit_error, np.ones(1, bool)).ravel()

    def _try(self, step: np.ndarray) -> bool:
        """Take `step` if the robot could stop after it."""
        q = self._q.copy()
        q[self.columns] += step
        pose = self.tree.pose(q)
        clearances, nearest = self.shield.clearances(pose)
        if not self.shield.allows(q, step, clearances, self._clearances):
            return False
        self._q, self._step = q, step
        self._pose, self._clearances, self._nearest = pose, clearances, nearest
        return True

    def _take(
        self, step: np.ndarray, state: State, held: tuple[str, ...], limited: np.ndarray, refused: bool
    ) -> Command:
        if step.any() or self._step.any():
            self._q = self._q.copy()
            self._q[self.columns] += step
            self._step = step
            self._look(self.tree.pose(self._q))
        return self._result(state, held, limited, refused)

    def _look(self, pose: Pose) -> None:
        clearances, nearest = self.shield.clearances(pose)
        self._pose, self._clearances, self._nearest = pose, clearances, nearest

    def _result(self, state: State, held: tuple[str, ...], limited: np.ndarray, refused: bool) -> Command:
        velocities = np.zeros(len(self._q))
        velocities[self.columns] = self._step / self.period_s
        clearance = float(self._nearest.distance.min()) if len(self._nearest.distance) else np.inf
        return Command(self._q, velocities, state, held, limited, refused, clearance)


def bounds_of(robot: RobotModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The limits that commands keep: the URDF's, narrowed by the profile's.

    Args:
        robot: The robot, with m degrees of freedom.

    Returns:
        Lower and upper positions (m,) rad or m, and speeds (m,) rad/s or m/s.
    """
    limits, tree = robot.profile.limits, robot.tree
    margin = np.minimum(limits.margin, (tree.upper - tree.lower) / 4)
    speed = np.minimum(tree.speed * limits.velocity_scale, limits.velocity)
    return tree.lower + margin, tree.upper - margin, speed


def _move(errors: np.ndarray, unit: float, sure: np.ndarray) -> np.ndarray:
    """What to do (..., S, 3) in one step about the errors (2, S, 3) that the last and the new target leave.

    The target's own movement as it is, and of what was left before only so much that it can be stopped in time.
    """
    left, now = errors
    size = np.sqrt((left * left).sum(-1, keepdims=True))
    calm = np.minimum(1.0, np.sqrt(2 * unit / np.maximum(size, 1e-9)))
    return np.where(sure[:, None], now - left + calm * left, 0.0)


def smooth(share: float) -> float:
    """0 to 1 with neither speed nor acceleration at either end."""
    x = min(max(share, 0.0), 1.0)
    return x**3 * (10 - 15 * x + 6 * x * x)

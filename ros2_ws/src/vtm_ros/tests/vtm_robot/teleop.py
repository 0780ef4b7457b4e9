"""A world for `vtm_robot.teleop` with a clock of its own: a person, a robot that does as it is told, an operator."""

import numpy as np

from tests.vtm_robot.conftest import standing
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.retargeter import bounds_of
from vtm_robot.teleop.machine import Order, State, Teleop
from vtm_robot.teleop.person_watch import Quality, Seen
from vtm_robot.teleop.settings import TeleopSettings

RATE, CAMERA = 50.0, 25.0
ARMS_DOWN = {"left_shoulder": (-70.0, 0.0, 0.0), "right_shoulder": (70.0, 0.0, 0.0)}


class World:
    """What comes at every tick may be switched off or changed.

    person: shown by the camera, None for nobody.  lag_s: of its image.  joints: whether the robot tells its joints.
    tells: the joints that it tells then.
    held: whether the dead-man's switch is said to be held, None for a switch that is silent.
    follows: whether the robot goes where it is told.
    """

    def __init__(self, model: RobotModel, settings: TeleopSettings | None = None, **changes):
        self.settings = settings or TeleopSettings(
            moves=True, rate=RATE, blend_s=0.5, needs_good=False, start_within=4.0, **changes
        )
        self.model, self.teleop = model, Teleop(model, self.settings)
        self.now = 1000.0
        self.person: PersonPose | None = standing(**ARMS_DOWN)
        self.lag_s = 0.03
        self.joints, self.follows = True, True
        self.tells = list(model.tree.names)
        self.held: bool | None = None
        lower, upper, _ = bounds_of(model)
        self.q = np.clip(model.rest, lower, upper)
        self.orders: list[Order] = []
        self.sent: list[np.ndarray | None] = []
        self.teleop.person.judge(Quality.GOOD)
        self._frame = 0.0

    def tick(self) -> Order:
        self.now += 1 / RATE
        self._frame += CAMERA / RATE
        if self._frame >= 1:
            self._frame -= 1
            if self.person is not None:
                stamp_ns = round((self.now - self.lag_s) * 1e9)
                self.teleop.person.take(Seen(self.person, self.now, self.lag_s, stamp_ns))
        if self.joints:
            told = dict(zip(self.model.tree.names, self.q.tolist(), strict=True))
            self.teleop.robot.take(self.now, self.tells, [told[name] for name in self.tells])
        if self.held is not None:
            self.teleop.intent.deadman(self.now, self.held)
        order = self.teleop.step(self.now)
        self.orders.append(order)
        self.sent.append(order.command.positions.copy() if order.sent else None)
        if order.sent and self.follows:
            moves = self.model.follows.copy()
            for told_one, columns in zip(order.fingers, self.teleop.hands.columns, strict=True):
                moves[columns] = told_one
            self.q = np.where(moves, order.command.positions, self.q)
        return order

    def run(self, seconds: float) -> list[Order]:
        return [self.tick() for _ in range(round(seconds * RATE))]

    def until(self, state: State, seconds: float = 5.0) -> Order:
        for _ in range(round(seconds * RATE)):
            order = self.tick()
            if order.state is state:
                return order
        raise AssertionError(f"not {state}: {self.orders[-1].state}, {self.orders[-1].reason}")

    def engage(self) -> None:
        """Up to FOLLOW."""
        self.until(State.READY)
        self.held = True
        self.teleop.intent.engage(True)
        self.until(State.FOLLOW)


def kept(world: World) -> None:
    """No command beyond position, speed, acceleration; none is the last that does not stand."""
    follows = world.model.follows
    lower, upper, speed = (bound[follows] for bound in bounds_of(world.model))
    unit = world.model.profile.limits.acceleration / RATE**2
    before, step = None, np.zeros(len(lower))
    for told in world.sent:
        if told is None:
            assert not step.any(), "it was left while it moved"
            before = None
            continue
        told = told[follows]
        assert ((told >= lower - 1e-9) & (told <= upper + 1e-9)).all()
        last, step = step, np.zeros(len(lower)) if before is None else told - before
        assert (np.abs(step) <= speed / RATE + 1e-9).all()
        assert (np.abs(step - last) <= unit + 1e-9).all()
        before = told

"""Both hands of a robot after the person's, command after command, within their limits."""

from collections.abc import Sequence

import numpy as np

from vtm.body.hand import SIDES
from vtm.types import HandPoses
from vtm_robot.fingers.follower import HandFollower
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.limits import StepLimits
from vtm_robot.retarget.retargeter import SURE_BAND, smooth

STEPS, AT_FIRST = 1, 3
"""Of Gauss-Newton for a command, and for the first: the next one goes on from there."""
TO_SETTLE = 12


class Hands:
    """The fingers of one robot.

    Each hand follows by itself. It brakes and stays where the person's is not seen, or not surely, and when it is told
    to. The limits are those of the profile but for the margin: a flat hand is at the end of its range.

    Args:
        robot: The robot and its profile.
        rate: Commands per second.
        blend_s: Seconds in which a hand that begins comes up to speed.
        min_confidence: Hands that are less sure stay.

    Attributes:
        sides: Of the H hands that have fingers.
        columns: H arrays (k,), their degrees of freedom.
        names: Such as `left thumb`.
    """

    def __init__(self, robot: RobotModel, rate: float, blend_s: float = 0.0, min_confidence: float = 0.0):
        links = robot.profile.links
        found = {side: links.get(f"{side}_hand") or links.get(f"{side}_forearm") for side in SIDES}
        followers = {side: HandFollower(robot.tree, link, side) for side, link in found.items() if link}
        self._hands = [
            _Hand(robot, follower, 1.0 / rate, blend_s, min_confidence, SIDES.index(side))
            for side, follower in followers.items()
            if len(follower.columns)
        ]
        self.sides = tuple(SIDES[hand.number] for hand in self._hands)
        self.columns = [hand.follower.columns for hand in self._hands]
        self.names = [f"{side} {finger.name}" for side in self.sides for finger in followers[side].fingers]
        self.engage(robot.rest)

    def engage(self, posture: np.ndarray) -> None:
        """Begin from `posture` (m,), at rest: each hand as soon as it is seen."""
        for hand in self._hands:
            hand.begin(posture)
            hand.joined = False

    def settle(self, angles: np.ndarray, sure: np.ndarray) -> None:
        """Come to rest in the first pose of each hand that is seen, as before the first command of a recording.

        Args:
            angles: (T, 2, 21) rad.
            sure: (T, 2) bool.
        """
        for hand in self._hands:
            if sure[:, hand.number].any():
                hand.settle(angles[sure[:, hand.number].argmax(), hand.number])

    def step(self, person: HandPoses | None, known: Sequence[bool] = (), measured: np.ndarray | None = None) -> None:
        """Go on.

        Args:
            person: The person's hands; None to brake.
            known: (H,) whether the robot tells where its fingers are; a hand that began, and is no longer known, stays
                until `engage`. Without, all are.
            measured: (m,) where the robot is: a hand that begins, begins there.
        """
        for hand, known_one in zip(self._hands, known or [True] * len(self._hands), strict=True):
            if not hand.joined:
                if measured is not None:
                    hand.begin(measured)
                hand.joined = known_one and hand.sees(person)
            elif not known_one:
                hand.lost = True
            hand.advance(person)

    def into(self, values: np.ndarray, speeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (m,) and velocities (m,) of a command, with the fingers that have begun."""
        values, speeds = values.copy(), speeds.copy()
        for hand in self._hands:
            if hand.joined:
                values[hand.follower.columns] = hand.q
                speeds[hand.follower.columns] = hand.step / hand.period_s
        return values, speeds

    @property
    def joined(self) -> list[bool]:
        """(H,) which have begun."""
        return [hand.joined for hand in self._hands]

    @property
    def moving(self) -> bool:
        """Whether a finger did not come to rest."""
        return any(hand.step.any() for hand in self._hands)

    def held(self) -> list[str]:
        """The hands that stay for want of confidence."""
        return [f"{side} fingers" for side, hand in zip(self.sides, self._hands, strict=True) if not hand.sure]

    def lost(self) -> list[str]:
        """The hands that stay since the robot no longer tells where they are."""
        return [f"{side} fingers" for side, hand in zip(self.sides, self._hands, strict=True) if hand.lost]


class _Hand:
    """One hand: q (k,) rad is where its fingers were told to be, step (k,) rad the last way there."""

    def __init__(
        self, robot: RobotModel, follower: HandFollower, period_s: float, blend_s: float, least: float, number
    ):
        tree, limits, own = robot.tree, robot.profile.limits, follower.columns
        speed = np.minimum(tree.speed * limits.velocity_scale, limits.velocity)[own]
        acceleration = np.full(len(own), limits.acceleration)
        self._limits = StepLimits(tree.lower[own], tree.upper[own], speed, acceleration, period_s)
        self.follower, self.period_s, self.number = follower, period_s, number
        self._blend_s, self._least = blend_s, least
        self.joined = False
        self.begin(robot.rest)

    def begin(self, posture: np.ndarray) -> None:
        self.q = posture[self.follower.columns]
        self.step = np.zeros(len(self.q))
        self._aim = posture.copy()
        self._blended, self._fresh = 0.0, True
        self.sure, self.lost = True, False

    def settle(self, angles: np.ndarray) -> None:
        """Be where the person's `angles` (21,) rad lead."""
        self._aim = self.follower.follow(angles, self._aim, TO_SETTLE)
        self.q = self._aim[self.follower.columns]
        self.joined, self._fresh = True, False

    def sees(self, person: HandPoses | None) -> bool:
        """Whether the person's hand is known well enough, with hysteresis."""
        if person is None:
            return False
        confidence = float(person.confidence[self.number])
        least = self._least if self.sure or self._least <= 0 else min(1.0, self._least + SURE_BAND)
        self.sure = bool(confidence > 0 and confidence >= least and np.isfinite(person.angles[self.number]).all())
        return self.sure

    def advance(self, person: HandPoses | None) -> None:
        """The next command."""
        if person is None or not self.sees(person) or not self.joined or self.lost:
            self.step = self._limits.brake(self.step)
            if person is None and not self.step.any():
                self._blended = 0.0
        else:
            steps = AT_FIRST if self._fresh else STEPS
            self._aim = self.follower.follow(person.angles[self.number].astype(float), self._aim, steps)
            share = smooth(self._blended / self._blend_s) if self._blend_s > 0 else 1.0
            self._blended += self.period_s
            self._fresh = False
            least, most = self._limits.bounds(self.q, self.step, share)
            way = self._limits.toward(self._aim[self.follower.columns] - self.q)
            self.step = np.minimum(np.maximum(way, least), most)
        self.q = self.q + self.step

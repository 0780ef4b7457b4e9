"""Arms and legs that are stuck go by way of rest.

A step knows only what is near. An arm that has wound itself against its limits, or lies on the wrong side of the trunk,
stays there although it could reach its target on another way. It is then drawn to rest for a moment, from where most
ways are open. When that did not help it is left alone until the person does something else.
"""

import numpy as np

from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.segments import LIMBS
from vtm_robot.retarget.targets import Targets

FAR = np.radians(50)
"""Radians; a bone that is off by more is not where it should be."""
STUCK_S, AWAY_S = 0.5, 1.2
"""Seconds that a limb is stuck before it is freed, and seconds that its way to rest takes at most."""
NEARER = np.radians(20)
"""Radians; a limb that came nearer by this is not stuck."""
NEAR = 0.25
"""Radians; a limb whose joints are all nearer to rest has arrived there."""
ELSE = np.radians(40)
"""Radians; a limb that was freed is freed again only when the person has moved one of its bones by more."""
PULL = 0.7
"""Weight of rest on the way there."""


class Escape:
    """Frees those of the L limbs that follow which are stuck.

    Args:
        robot: The robot.
        targets: Its S segments.
        columns: (k,) degrees of freedom that follow.
        period_s: Seconds between commands.

    Attributes:
        pull: (k,) what rest weighs for each joint that follows.
        weight: (S,) the share that is left of the segments' weights.
    """

    _waited: np.ndarray
    _away: np.ndarray
    _mark: np.ndarray
    _tried: np.ndarray
    pull: np.ndarray
    weight: np.ndarray

    def __init__(self, robot: RobotModel, targets: Targets, columns: np.ndarray, period_s: float):
        self._period_s, self._rest = period_s, robot.rest[columns]
        moves = robot.tree.couple[:, columns] != 0
        self._limbs = [limb for limb in robot.limbs if f"{limb.side}_{LIMBS[limb.kind][0]}" in targets.segments]
        names = [[f"{limb.side}_{part}" for part in LIMBS[limb.kind]] for limb in self._limbs]
        self._bones = np.array([[targets.segments.index(name) for name in three[:2]] for three in names], int)
        self._segments = np.array([[segment in three for segment in targets.segments] for three in names], bool)
        self._joints = np.array([moves[[body - 1 for body in limb.bodies]].any(0) for limb in self._limbs], bool)
        self._waited = np.zeros(len(self._limbs))
        self._away = np.zeros(len(self._limbs))
        self._mark = np.zeros(len(self._limbs))
        self._tried = np.full((len(self._limbs), 2, 3), np.nan)
        self.pull = np.zeros(len(columns))
        self.weight = np.ones(len(targets.segments))

    def look(self, errors: np.ndarray, wanted: np.ndarray, q: np.ndarray) -> None:
        """Note how the limbs stand, before a step.

        Args:
            errors: (S,) rad that the segments are off.
            wanted: (S, 3) where they should point.
            q: (k,) rad of the joints that follow.
        """
        if not self._limbs:
            return
        off, aims = errors[self._bones], wanted[self._bones]
        worst = off.max(1)
        if (worst < FAR).all() and not self._away.any():
            self._mark, self._waited[:] = worst, 0.0
            return
        nearer = worst < self._mark - NEARER
        self._mark = np.where(nearer, worst, np.maximum(self._mark, worst))
        alike = ((self._tried * aims).sum(-1) > np.cos(ELSE)).all(1)
        stands = (worst > FAR) & ~nearer & ~alike
        self._mark = np.where(stands, self._mark, worst)
        self._waited = np.where(stands, self._waited + self._period_s, 0.0)
        home = np.where(self._joints, np.abs(q - self._rest), 0.0).max(1) < NEAR
        away = (self._away > 0) & ~home
        self._away = np.where(away, np.maximum(self._away - self._period_s, 0.0), 0.0)
        freed = (self._waited > STUCK_S) & (self._away == 0)
        if freed.any():
            self._away = np.where(freed, AWAY_S, self._away)
            self._tried[freed] = aims[freed]
            self._waited = np.where(freed, 0.0, self._waited)
        going = self._away > 0
        self.pull = np.where((self._joints & going[:, None]).any(0), PULL, 0.0)
        self.weight = np.where((self._segments & going[:, None]).any(0), 0.0, 1.0)

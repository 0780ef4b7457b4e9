"""A live pose without trembling: what is measured draws a pose that moves on at its speed.

A g-h filter with two equal poles [Kalata 1984; Brookner 1998], the same for every rotation and for the pelvis' place:
a pose that moves evenly is not late at all, which a low pass would be.
"""

from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_rotvec, rotvec_from_matrix

CUT_HZ = 4.0
"""Where both poles lie."""


@dataclass(frozen=True, eq=False)
class Pose:
    """A pose in axes that stand still.

    Attributes:
        local: (22, 3, 3) rotations relative to the parent, the pelvis' relative to these axes.
        root: (3,) m.
    """

    local: np.ndarray
    root: np.ndarray

    def moved(self, change: "Change", share: float = 1.0) -> "Pose":
        """The pose after a share of a change."""
        return Pose(self.local @ matrix_from_rotvec(share * change.turn), self.root + share * change.way)


@dataclass(frozen=True, eq=False)
class Change:
    """What makes a pose another one.

    Attributes:
        turn: (22, 3) rotation vectors about each joint's own axes, rad.
        way: (3,) m of the pelvis.
    """

    turn: np.ndarray
    way: np.ndarray

    def __mul__(self, share: float) -> "Change":
        return Change(share * self.turn, share * self.way)


def change(one: Pose, other: Pose) -> Change:
    """From one pose to another."""
    return Change(rotvec_from_matrix(one.local.swapaxes(-1, -2) @ other.local), other.root - one.root)


class Steady:
    """Holds a pose and its speed."""

    def __init__(self) -> None:
        self._pose: Pose | None = None
        self._speed = Change(np.zeros(3), np.zeros(3))
        self._stamp_ns = 0

    def __call__(self, measured: Pose, stamp_ns: int) -> Pose:
        """The pose at an instant (nanoseconds) later than the last."""
        seconds = (stamp_ns - self._stamp_ns) * 1e-9
        self._stamp_ns = stamp_ns
        if self._pose is None:
            self._pose, self._speed = measured, change(measured, measured)
            return measured
        kept = float(np.exp(-2 * np.pi * CUT_HZ * seconds))
        expected = self._pose.moved(self._speed, seconds)
        off = change(expected, measured)
        faster = off * ((1 - kept) ** 2 / seconds)
        self._speed = Change(self._speed.turn + faster.turn, self._speed.way + faster.way)
        self._pose = expected.moved(off, 1 - kept**2)
        return self._pose

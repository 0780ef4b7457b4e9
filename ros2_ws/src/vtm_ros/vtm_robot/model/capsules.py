"""Capsules round a robot's bodies, and how far they are from each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vtm_robot.model.tree import Pose, Tree

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Capsule:
    """All that is within `radius` metres of a line.  start, end: (3,) m in the axes of `link`, to which it is fixed."""

    name: str
    link: str
    start: np.ndarray
    end: np.ndarray
    radius: float


class Nearest(NamedTuple):
    """Of P pairs of capsules.  distance: (..., P) m between their surfaces, negative where they overlap.
    first, second: (..., P, 3) m, the nearest points of their lines, base axes.
    """

    distance: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def normal(self) -> np.ndarray:
        """(..., P, 3) unit vectors from the second to the first."""
        way = self.first - self.second
        return way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9)


class CapsulePairs:
    """P pairs of capsules of one robot.

    bodies: (P, 2) that they are fixed to.  names: of each pair.
    levers: (P, m), by how many metres the distance changes at most while a degree of freedom moves by one.
    """

    def __init__(self, tree: Tree, capsules: Sequence[Capsule], pairs: Sequence[tuple[int, int]]):
        self.capsules, self.pairs = tuple(capsules), tuple(pairs)
        frames = [tree.links[capsule.link] for capsule in capsules]
        self._on = np.array([frame.body for frame in frames], int)
        ends = [
            [frame.place + frame.turn @ point for point in (capsule.start, capsule.end)]
            for frame, capsule in zip(frames, capsules, strict=True)
        ]
        self._ends = np.array(ends).reshape(-1, 2, 3)
        self._first, self._second = np.array(pairs, int).reshape(-1, 2).T
        radii = np.array([capsule.radius for capsule in capsules])
        self._thick = radii[self._first] + radii[self._second] if len(pairs) else np.zeros(0)
        self.bodies = (
            np.stack([self._on[self._first], self._on[self._second]], -1) if len(pairs) else np.zeros((0, 2), int)
        )
        self.names = tuple((capsules[a].name, capsules[b].name) for a, b in pairs)
        reach = np.linalg.norm(self._ends, axis=-1).max(-1) if len(capsules) else np.zeros(0)
        self.levers = np.zeros((len(pairs), len(tree.names)))
        for number, (a, b) in enumerate(pairs):
            one, other = tree.above[self._on[a]], tree.above[self._on[b]]
            for index, only in ((a, one & ~other), (b, other & ~one)):
                self.levers[number] += levers(tree, int(self._on[index]), float(reach[index]), only)

    def nearest(self, pose: Pose) -> Nearest:
        """How far each pair is in `pose`, which may have batch dimensions."""
        turns, places = pose.turns[..., self._on, :, :], pose.places[..., self._on, :]
        ends = self._ends @ np.swapaxes(turns, -1, -2) + places[..., None, :]
        a, b = ends.take(self._first, -3), ends.take(self._second, -3)
        first, second = nearest_points(a[..., 0, :], a[..., 1, :], b[..., 0, :], b[..., 1, :])
        way = first - second
        return Nearest(np.sqrt((way * way).sum(-1)) - self._thick, first, second)


def levers(tree: Tree, body: int, reach: float, joints: np.ndarray) -> np.ndarray:
    """(m,) metres that a point within `reach` of the origin of `body` moves at most per unit of each freedom.

    joints: (n,) bool, which of the joints count.
    """
    out = np.zeros(len(tree.joints))
    arm = reach
    while body:
        joint = tree.joints[body - 1]
        out[body - 1] = 1.0 if joint.slides else arm
        arm += float(np.linalg.norm(joint.frame.place))
        if joint.slides:
            arm += max(abs(joint.lower), abs(joint.upper))
        body = joint.frame.body
    return np.where(joints, out, 0.0) @ np.abs(tree.couple)


def nearest_points(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest points of the lines from a to b and from c to d, (..., 3) each.

    After C. Ericson, Real-Time Collision Detection, 2005, section 5.1.9.
    """
    along, other, between = b - a, d - c, a - c
    aa = (along * along).sum(-1) + _TINY
    ee = (other * other).sum(-1) + _TINY
    ab = (along * other).sum(-1)
    ac, ef = (along * between).sum(-1), (other * between).sum(-1)
    det = aa * ee - ab * ab
    s = _unit_clip((ab * ef - ac * ee) / np.maximum(det, _TINY))
    t = _unit_clip((ab * s + ef) / ee)
    s = _unit_clip((ab * t - ac) / aa)
    return a + s[..., None] * along, c + t[..., None] * other


def _unit_clip(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(x, 0.0), 1.0)

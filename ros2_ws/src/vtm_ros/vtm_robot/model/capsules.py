"""Capsules round a robot's bodies, and how far they are from each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vtm_robot.model.tree import Pose, Tree

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Capsule:
    """All points within `radius` of a line segment.

    Attributes:
        name: Its name in the profile.
        link: The link that it is fixed to.
        start: (3,) m, where the segment begins, in the axes of `link`.
        end: (3,) m, where it ends.
        radius: Metres.
    """

    name: str
    link: str
    start: np.ndarray
    end: np.ndarray
    radius: float


class Nearest(NamedTuple):
    """How near P pairs of capsules are.

    Attributes:
        distance: (..., P) m between their surfaces, negative where they overlap.
        first: (..., P, 3) m, the point of the first capsule's line that is nearest to the second, base axes.
        second: (..., P, 3) m, the same of the second capsule.
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

    Args:
        tree: The robot, with m degrees of freedom.
        capsules: Its capsules.
        pairs: P pairs of indices into `capsules`.

    Attributes:
        bodies: (P, 2) that the capsules are fixed to.
        names: P pairs of names.
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
        """The distance of each pair in `pose`, which may have batch dimensions."""
        turns, places = pose.turns[..., self._on, :, :], pose.places[..., self._on, :]
        ends = self._ends @ np.swapaxes(turns, -1, -2) + places[..., None, :]
        a, b = ends.take(self._first, -3), ends.take(self._second, -3)
        first, second = nearest_points(a[..., 0, :], a[..., 1, :], b[..., 0, :], b[..., 1, :])
        way = first - second
        return Nearest(np.sqrt((way * way).sum(-1)) - self._thick, first, second)


def levers(tree: Tree, body: int, reach: float, joints: np.ndarray) -> np.ndarray:
    """How far a point that is fixed to a body can move per unit of each degree of freedom.

    Args:
        tree: The robot, with n joints and m degrees of freedom.
        body: The body.
        reach: The point's distance from the body's origin, metres.
        joints: (n,) bool, which joints count.

    Returns:
        (m,) metres per rad or m, an upper bound.
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
    """The nearest points of the segments from a to b and from c to d, (..., 3) each.

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

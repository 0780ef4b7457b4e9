"""A robot as a tree of bodies: forward kinematics and Jacobians in NumPy, quick enough for every frame.

Body 0 is the base; body j + 1 is what joint j carries, with its origin in the joint. Links that are fixed to a body are
frames of it. All is told in the axes of the base.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vtm.errors import VtmError


class Frame(NamedTuple):
    """A frame fixed to a body.

    Attributes:
        body: The number of the body.
        turn: (3, 3) rotation from the frame to the body's axes.
        place: (3,) m, the frame's origin in the body's axes.
    """

    body: int
    turn: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class Joint:
    """One joint.

    Attributes:
        name: Its name in the URDF.
        frame: Where it sits on the body before it.
        axis: (3,) unit vector.
        slides: Whether it is prismatic.
        lower: rad or m, -infinity for a continuous joint.
        upper: rad or m, infinity for a continuous joint.
        speed: The greatest, rad/s or m/s.
        follows: Of a mimic joint, the joint it copies, the multiplier and the offset.
    """

    name: str
    frame: Frame
    axis: np.ndarray
    slides: bool
    lower: float
    upper: float
    speed: float
    follows: tuple[str, float, float] | None = None


class Pose(NamedTuple):
    """Where the n + 1 bodies are, in base axes.

    Attributes:
        turns: (..., n + 1, 3, 3) rotations.
        places: (..., n + 1, 3) m.
    """

    turns: np.ndarray
    places: np.ndarray

    def frame(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Rotation (..., 3, 3) and position (..., 3) of a frame."""
        turn = self.turns[..., frame.body, :, :]
        return turn @ frame.turn, self.places[..., frame.body, :] + turn @ frame.place


class Tree:
    """A tree of n joints with m degrees of freedom, of which mimic joints have none.

    Args:
        joints: The joints in the order of their depth; body j + 1 hangs on joint j.
        links: Name to frame.
        base: The name of the link that is the base.
        name: What errors call the robot.

    Attributes:
        free: (m,) joints that do not mimic, and `names` theirs.
        couple: (n, m); with `shift` (n,) the angles of all joints are couple @ q + shift.
        lower: (m,) rad or m, and `upper`: limits that hold for the mimic joints, too.
        speed: (m,) rad/s or m/s, likewise.

    Raises:
        VtmError: A mimic joint copies one that does not exist, or mimic joints form a circle.
    """

    def __init__(self, joints: Sequence[Joint], links: dict[str, Frame], base: str, name: str):
        self.joints, self.links, self.base, self.name = tuple(joints), links, base, name
        count = len(joints)
        self.parent = np.array([joint.frame.body for joint in joints])
        self.axis = np.stack([joint.axis for joint in joints])
        self.slides = np.array([joint.slides for joint in joints])
        self.above = np.zeros((count + 1, count), bool)
        """Whether a body hangs on a joint."""
        for j in range(count):
            self.above[j + 1] = self.above[self.parent[j]]
            self.above[j + 1, j] = True
        depth = self.above.sum(1)
        if (np.diff(depth) < 0).any():
            raise ValueError("joints must come in the order of their depth")
        ends = np.flatnonzero(np.diff(depth, append=depth[-1] + 1)) + 1
        self._levels = [(int(a), int(b), self.parent[a - 1 : b - 1]) for a, b in zip(ends, ends[1:], strict=False)]
        self._prepare()
        self._set_freedom()

    def _prepare(self) -> None:
        """Body j + 1 seen from its parent is rest + sin(a) sine + (1 - cos(a)) versine + a slide, (4, 4)."""
        self._rest, self._sine, self._versine, self._slide = np.zeros((4, len(self.joints), 4, 4))
        x, y, z = self.axis.T
        zero = np.zeros(len(self.joints))
        cross = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
        turn = np.stack([joint.frame.turn for joint in self.joints])
        self._rest[:, :3, :3] = turn
        self._rest[:, :3, 3] = [joint.frame.place for joint in self.joints]
        self._rest[:, 3, 3] = 1.0
        turning = ~self.slides[:, None, None]
        self._sine[:, :3, :3] = np.where(turning, turn @ cross, 0.0)
        self._versine[:, :3, :3] = np.where(turning, turn @ cross @ cross, 0.0)
        self._slide[:, :3, 3] = np.where(self.slides[:, None], (turn @ self.axis[..., None])[..., 0], 0.0)
        self._some_slide = bool(self.slides.any())

    def _set_freedom(self) -> None:
        index = {joint.name: number for number, joint in enumerate(self.joints)}
        self.free = np.array([number for number, joint in enumerate(self.joints) if joint.follows is None])
        self.names = tuple(self.joints[number].name for number in self.free)
        column = {int(number): place for place, number in enumerate(self.free)}
        self.couple, self.shift = np.zeros((len(self.joints), len(self.free))), np.zeros(len(self.joints))
        self.lower, self.upper = np.full(len(self.free), -np.inf), np.full(len(self.free), np.inf)
        self.speed = np.full(len(self.free), np.inf)
        for number, joint in enumerate(self.joints):
            factor, offset, seen, leader = 1.0, 0.0, {number}, joint
            while leader.follows:
                name, times, plus = leader.follows
                if name not in index or index[name] in seen:
                    raise VtmError(f"the joint {joint.name} mimics {name}, which leads nowhere; repair the URDF")
                factor, offset = factor * times, factor * plus + offset
                seen.add(index[name])
                leader = self.joints[index[name]]
            place = column[index[leader.name]]
            self.couple[number, place], self.shift[number] = factor, offset
            if factor == 0:
                continue
            low, high = sorted([(joint.lower - offset) / factor, (joint.upper - offset) / factor])
            self.lower[place], self.upper[place] = max(self.lower[place], low), min(self.upper[place], high)
            self.speed[place] = min(self.speed[place], joint.speed / abs(factor))
        self.upper = np.maximum(self.lower, self.upper)
        self._plain = len(self.free) == len(self.joints)

    @property
    def home(self) -> np.ndarray:
        """(m,) zero, or as near to it as the limits allow."""
        return np.clip(np.zeros(len(self.free)), self.lower, self.upper)

    def pose(self, q: np.ndarray) -> Pose:
        """Forward kinematics: where the bodies are at q (..., m), rad or m."""
        angles = q if self._plain else q @ self.couple.T + self.shift
        angle = angles[..., None, None]
        local = self._rest + np.sin(angle) * self._sine + (1 - np.cos(angle)) * self._versine
        if self._some_slide:
            local += angle * self._slide
        bodies = np.empty((*angles.shape[:-1], len(self.joints) + 1, 4, 4))
        bodies[..., 0, :, :] = np.eye(4)
        for first, end, parents in self._levels:
            np.matmul(bodies.take(parents, -3), local[..., first - 1 : end - 1, :, :], out=bodies[..., first:end, :, :])
        return Pose(bodies[..., :3, :3], bodies[..., :3, 3])

    def axes(self, pose: Pose) -> np.ndarray:
        """The axes (n, 3) of the joints in `pose`, base axes."""
        return (pose.turns[1:] @ self.axis[..., None])[..., 0]

    def jacobians(self, pose: Pose, bodies: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How F points move with the degrees of freedom.

        Args:
            pose: Where the bodies are, without batch dimensions.
            bodies: (F,) that the points are fixed to.
            points: (F, 3) m, base axes.

        Returns:
            The angular (rad) and the linear (m) Jacobian, (F, 3, m) each.
        """
        axes = self.axes(pose)
        along = np.where(self.above[bodies][..., None], axes, 0.0)
        arms = points[:, None] - pose.places[1:]
        linear = cross(along, arms)
        if self._some_slide:
            linear = np.where(self.slides[:, None], along, linear)
            along = np.where(self.slides[:, None], 0.0, along)
        angular, linear = along.transpose(0, 2, 1), linear.transpose(0, 2, 1)
        return (angular, linear) if self._plain else (angular @ self.couple, linear @ self.couple)


_NEXT, _LAST = np.array([1, 2, 0]), np.array([2, 0, 1])


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products (..., 3); several times as quick as numpy.cross for few."""
    return a.take(_NEXT, -1) * b.take(_LAST, -1) - a.take(_LAST, -1) * b.take(_NEXT, -1)

"""Where the segments of the robot should turn: as the person's have turned away from the T-pose."""

from typing import NamedTuple

import numpy as np

from vtm.body.skeleton import JOINT_INDEX
from vtm.errors import VtmError
from vtm_robot.model.tree import Pose, cross
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.posture import turn_z
from vtm_robot.profile.segments import LIMBS, PERSON_INDEX, body_of, group_of, rest_axis
from vtm_robot.retarget.person import PersonPose

_BELOW, _ABOVE, _DIAGONAL = np.array([7, 2, 3]), np.array([5, 6, 1]), np.array([0, 4, 8])
"""Entries of a flattened 3x3 matrix: its skew part is below minus above the diagonal."""
UNSURE_HEADING = 0.1
"""Below this length of the horizontal part the heading is undefined, as of somebody on a side: the last one is kept."""
NO_T_POSE = np.radians(30.0)
"""A segment that points so far from where it points in a T-pose is in no T-pose."""


class Goal(NamedTuple):
    """What the person asks for at one instant, of S segments and H hands.

    Attributes:
        turns: (S, 3, 3) rotations of the segments away from the T-pose, base axes.
        hands: (H, 3) m from shoulder to wrist.
        sure: (S,) bool, which segments are known well enough.
    """

    turns: np.ndarray
    hands: np.ndarray
    sure: np.ndarray


class Targets:
    """What the person asks of the S segments that follow.

    Args:
        robot: The robot and its profile.

    Attributes:
        segments: S names.
        bodies: (S,) that carry them.
        weights: (S, 4) of `errors`.
        pelvic: Whether poses are relative to the pelvis, as where the legs follow, rather than to gravity and the
            pelvis' heading.
    """

    def __init__(self, robot: RobotModel):
        profile, tree = robot.profile, robot.tree
        self.segments = tuple(s for s in profile.links if group_of(s) in profile.groups)
        self.pelvic = "legs" in profile.groups
        self._joints = np.array([PERSON_INDEX[segment] for segment in self.segments], int)
        self.bodies = np.array([body_of(tree, profile.links[segment]) for segment in self.segments], int)
        facing = turn_z(robot.yaw)
        self.axes = np.array([facing @ rest_axis(segment) for segment in self.segments]).reshape(-1, 3)
        """(S, 3) where they point in the T-pose, base axes."""
        self._columns = self.axes[..., None]
        self._facing = facing
        pose = tree.pose(robot.t_pose)
        straight = {
            f"{limb.side}_{part}": turn for limb in robot.limbs for part, turn in _straightening(limb, pose, facing)
        }
        self._back = np.stack(
            [
                (straight.get(s, np.eye(3)) @ pose.turns[body]).T
                for s, body in zip(self.segments, self.bodies, strict=True)
            ]
        )
        own = np.flatnonzero(robot.follows)
        plain = len(tree.free) == len(tree.joints)
        self._turning = own if plain else np.arange(len(tree.joints))
        self._couple = None if plain else np.ascontiguousarray(tree.couple[:, own])
        moves = tree.above[self.bodies][:, self._turning] & ~tree.slides[self._turning]
        self._moves = moves[..., None].astype(float)
        self._joint_axes = tree.axis[self._turning][..., None]
        self.weights = np.array([_weights(segment, profile.weights) for segment in self.segments])[:, [1, 0, 0, 0]]
        self.arms = [limb for limb in robot.limbs if limb.kind == "arm" and "arms" in profile.groups]
        self._ends = [(JOINT_INDEX[f"{arm.side}_shoulder"], JOINT_INDEX[f"{arm.side}_wrist"]) for arm in self.arms]
        self.lengths = np.array([arm.length(pose) for arm in self.arms])
        """(H,) m of the robot's arms."""
        self.reach = profile.weights.hand_position if self.arms else 0.0
        self._heading = np.eye(2)
        self._straight: tuple[int, np.ndarray] | None = None

    def calibrate(self, person: PersonPose, min_confidence: float = 0.0) -> float:
        """Take the pose of `person` for a T-pose: what their segments are off it is taken off from now on.

        Only where the segments point counts, not how they are turned about themselves. It holds for this person alone.

        Args:
            person: Somebody in T-pose.
            min_confidence: Least of every joint that is followed.

        Returns:
            By how much the segment that is off most is turned, rad.

        Raises:
            VtmError: That is no T-pose, or not all of it is seen.
        """
        unsure = person.confidence[self._joints] < min_confidence
        turned = (self._turned(person).swapaxes(-1, -2) @ self._columns)[..., 0]
        off = np.arccos(np.clip((turned * self.axes).sum(-1), -1.0, 1.0))
        for segment, blind, angle in zip(self.segments, unsure, off, strict=True):
            name = segment.replace("_", " ")
            if blind:
                raise VtmError(f"the {name} is not seen well enough")
            if angle > NO_T_POSE:
                raise VtmError(f"the {name} points {np.degrees(angle):.0f} degrees elsewhere than in a T-pose")
        turns = [_least_turn(axis, where) for axis, where in zip(self.axes, turned, strict=True)]
        self._straight = person.person, np.reshape(turns, (-1, 3, 3))
        return float(off.max(initial=0.0))

    def _turned(self, person: PersonPose) -> np.ndarray:
        """How the person's segments (S, 3, 3) are turned away from the T-pose, base axes, as they are captured."""
        to_base = self._facing @ self.frame(person).T
        return to_base @ person.rotations[self._joints] @ self._facing.T

    def goal(self, person: PersonPose, min_confidence: float = 0.0) -> Goal:
        """What `person` asks for.

        Args:
            person: The person at this instant.
            min_confidence: Segments whose joints have less are not `sure`.
        """
        turns = self._turned(person)
        if self._straight and self._straight[0] == person.person:
            turns = turns @ self._straight[1]
        hands = np.zeros((len(self.arms), 3))
        if not self.reach:
            return Goal(turns, hands, self.sure(person, min_confidence))
        to_base = self._facing @ self.frame(person).T
        for number, (shoulder, wrist) in enumerate(self._ends):
            elbow = person.positions[wrist - 2]
            start, end = person.positions[shoulder], person.positions[wrist]
            length = np.linalg.norm(elbow - start) + np.linalg.norm(end - elbow)
            hands[number] = to_base @ (end - start) * (self.lengths[number] / max(float(length), 1e-3))
        return Goal(turns, hands, self.sure(person, min_confidence))

    def sure(self, person: PersonPose, least: float) -> np.ndarray:
        """Which segments (S,) have joints of at least this confidence."""
        return person.confidence[self._joints] >= least

    def frame(self, person: PersonPose) -> np.ndarray:
        """The person's axes (3, 3) that answer to the robot's base: the pelvis', or upright ones with its heading."""
        pelvis = person.rotations[0]
        if self.pelvic:
            return pelvis
        cos, sin = pelvis[0, 0] + pelvis[1, 1], pelvis[1, 0] - pelvis[0, 1]
        size = float(np.hypot(cos, sin))
        if size > UNSURE_HEADING:
            self._heading = np.array([[cos, -sin], [sin, cos]]) / size
        frame = np.eye(3)
        frame[:2, :2] = self._heading
        return frame

    def turns(self, pose: Pose) -> np.ndarray:
        """The rotations (S, 3, 3) of the robot's segments in `pose` away from the T-pose, base axes."""
        return pose.turns[self.bodies] @ self._back

    def angular(self, pose: Pose) -> np.ndarray:
        """The angular Jacobian (S, 3, k) of the segments in `pose`."""
        axes = (pose.turns[self._turning + 1] @ self._joint_axes)[..., 0]
        angular = (self._moves * axes).transpose(0, 2, 1)
        return angular if self._couple is None else angular @ self._couple

    def errors(self, turns: np.ndarray, goal: np.ndarray) -> np.ndarray:
        """The rotations that lead the segments from `turns` to `goal`.

        Args:
            turns: (S, 3, 3), away from the T-pose.
            goal: (..., S, 3, 3), likewise.

        Returns:
            (..., S, 4), the angle in radians about the segment's own axis, then the rotation vector, radians, that
            brings this axis where it belongs.
        """
        have, want = (turns @ self._columns)[..., 0], (goal @ self._columns)[..., 0]
        over = cross(have, want)
        sine = np.sqrt((over * over).sum(-1))
        cosine = (have * want).sum(-1)
        opposite = (sine < 1e-6) & (cosine < 0)
        if opposite.any():
            over = np.where(opposite[..., None], _perpendicular(have), over)
            sine = np.where(opposite, 1e-9, sine)
        # The quaternion of the whole rotation is w, v; the part of it about an axis has tan(angle / 2) = v axis / w.
        whole = (goal @ turns.swapaxes(-1, -2)).reshape(*goal.shape[:-2], 9)
        skew = whole.take(_BELOW, -1) - whole.take(_ABOVE, -1)
        out = np.empty((*sine.shape, 4))
        out[..., 0] = 2 * np.arctan2((skew * have).sum(-1), 1 + whole.take(_DIAGONAL, -1).sum(-1))
        size = np.sqrt((over * over).sum(-1))
        np.multiply(over, (np.arctan2(sine, cosine) / np.maximum(size, 1e-12))[..., None], out=out[..., 1:])
        return out


def _perpendicular(axes: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 3) across `axes` (..., 3)."""
    least = np.eye(3)[np.abs(axes).argmin(-1)]
    across = cross(axes, least)
    return across / np.linalg.norm(across, axis=-1, keepdims=True)


def _straightening(limb, pose: Pose, facing: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The rotations that bring a limb's bones from where the robot can hold them in its T-pose to where they belong."""
    upper, lower, last = LIMBS[limb.kind]
    wanted = facing @ rest_axis(f"{limb.side}_{upper}")
    turns = [_least_turn(bone, wanted) for bone in limb.bones(pose)]
    return [(upper, turns[0]), (lower, turns[1]), (last, turns[1])]


def _least_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(3, 3) the least rotation that turns `start` (3,) to where `end` (3,), a unit vector, points."""
    start = start / max(float(np.linalg.norm(start)), 1e-9)
    v, c = np.cross(start, end), float(start @ end)
    if c < -0.99:
        return np.eye(3)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)


def _weights(segment: str, weights) -> tuple[float, float]:
    if segment in ("chest", "head"):
        return (weights.chest, weights.chest) if segment == "chest" else (weights.head, weights.head)
    if segment.endswith(("hand", "foot")):
        return weights.hand, weights.hand
    return weights.direction, weights.twist

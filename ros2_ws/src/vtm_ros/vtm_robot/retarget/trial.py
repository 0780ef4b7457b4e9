"""A robot tried with what no person does: whether its commands keep what they promise, whatever they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.person import PersonPose, joints
from vtm_robot.retarget.retargeter import Command, Retargeter, bounds_of

TINY = 1e-9
"""Relative; what rounding may add to a limit."""
SHARES = {
    "stays": 0.35,
    "moves": 0.35,
    "jumps": 0.12,
    "behind": 0.06,
    "stretched": 0.05,
    "broken": 0.04,
    "gone": 0.02,
    "other": 0.01,
}
"""How often the next pose is the same, near, anywhere, with the hands through the back, with all limbs straight or
folded, full of NaN or infinities, missing, or somebody else's."""
_SHOULDERS = [JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]]
_ELBOWS = [JOINT_INDEX["left_elbow"], JOINT_INDEX["right_elbow"]]


@dataclass(frozen=True)
class Trial:
    """The extremes of `count` commands.

    Attributes:
        count: The number of commands.
        position_rad: How far a joint was beyond its limit.
        speed: Share of what is allowed.
        acceleration: Share of what is allowed.
        clearance_m: Of the nearest capsules, at and between commands.
        followed: Share of the commands that followed somebody.
        refused: Share of the commands whose step was refused.
    """

    count: int
    position_rad: float
    speed: float
    acceleration: float
    clearance_m: float
    followed: float
    refused: float

    @property
    def kept(self) -> bool:
        """Whether every limit was kept."""
        return self.position_rad <= TINY and max(self.speed, self.acceleration) <= 1 + 1e-6 and self.clearance_m > 0


def trial(robot: RobotModel, count: int, seed: int = 0, rate: float = 50.0) -> Trial:
    """Let a robot follow hostile poses, and examine every command.

    Args:
        robot: The robot.
        count: Number of poses.
        seed: Of their random numbers.
        rate: Commands per second.
    """
    follower = Retargeter(robot, rate, blend_s=0.2)
    commands = [follower.step(pose) for pose in hostile_poses(np.random.default_rng(seed), count)]
    return examine(robot, follower, commands)


def examine(robot: RobotModel, follower: Retargeter, commands: list[Command]) -> Trial:
    """The extremes of `commands`, recomputed from their positions alone.

    Args:
        robot: The robot.
        follower: What gave the commands, for its limits.
        commands: One after the other, from rest.
    """
    lower, upper, _ = bounds_of(robot)
    q = np.stack([robot.rest, *(command.positions for command in commands)])
    steps = np.diff(q, axis=0)
    own = follower.columns
    between = np.concatenate([q, (q[1:] + q[:-1]) / 2])
    clear = [
        robot.pairs.nearest(robot.tree.pose(part)).distance.min(initial=np.inf)
        for part in np.array_split(between, len(between) // 256 + 1)
    ]
    beyond = np.maximum(q[:, own] - np.maximum(upper, robot.rest)[own], np.minimum(lower, robot.rest)[own] - q[:, own])
    return Trial(
        len(commands),
        float(np.max(beyond)) if np.isfinite(q).all() else np.inf,
        float((np.abs(steps[:, own]) / follower.limits.longest).max()),
        float((np.abs(np.diff(steps[:, own], axis=0, prepend=0)) / follower.limits.unit).max()),
        float(min(clear)),
        float(np.mean([command.state.value != "hold" for command in commands])),
        float(np.mean([command.refused for command in commands])),
    )


def hostile_poses(random: np.random.Generator, count: int) -> Iterator[PersonPose | None]:
    """`count` poses of the kinds and shares in `SHARES`; None where nobody is there."""
    bends: np.ndarray = np.zeros((NUM_JOINTS, 3))
    root: np.ndarray = np.array([0.0, 0.0, 0.9])
    person = 0
    kinds, shares = list(SHARES), np.array(list(SHARES.values()))
    for kind in random.choice(kinds, count, p=shares / shares.sum()):
        if kind == "gone":
            yield None
            continue
        if kind == "moves":
            bends = bends + random.normal(0, 0.15, (NUM_JOINTS, 3))
            root = root + random.normal(0, 0.02, 3)
        elif kind == "jumps":
            bends, root = random.uniform(-np.pi, np.pi, (NUM_JOINTS, 3)), random.uniform(-5, 5, 3)
        elif kind == "behind":
            bends = np.zeros((NUM_JOINTS, 3))
            bends[_SHOULDERS, 2] = random.uniform(0.5, 2.5) * np.array([1, -1])
            bends[_ELBOWS, 2] = random.uniform(-2.6, 2.6, 2)
        elif kind == "stretched":
            bends = np.where(random.random((NUM_JOINTS, 1)) < 0.5, 0.0, np.pi * random.integers(-1, 2, (NUM_JOINTS, 3)))
        elif kind == "other":
            person += 1
        yield _pose(bends, root, person, random if kind == "broken" else None)


def _pose(bends: np.ndarray, root: np.ndarray, person: int, broken: np.random.Generator | None) -> PersonPose:
    rotations, positions = joints(matrix_from_rotvec(bends), VIRTUAL_OFFSETS, root)
    if broken is not None:
        spoilt = rotations if broken.random() < 0.5 else positions
        spoilt[broken.integers(NUM_JOINTS)] = broken.choice([np.nan, np.inf, -np.inf])
    return PersonPose(rotations, positions, np.ones(NUM_JOINTS), person)

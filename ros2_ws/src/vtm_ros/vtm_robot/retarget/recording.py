"""A whole recording followed by a robot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import thread_time

import numpy as np

from vtm.body.rotations import continuous_quats
from vtm.errors import VtmError
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.retargeter import Command, Retargeter, State, bounds_of
from vtm_robot.retarget.root import Root

AT_END = 1e-3
"""rad from the end of its range; there a joint is at its limit."""


@dataclass(frozen=True, eq=False)
class Recording:
    """T commands of m degrees of freedom.

    Attributes:
        stamps: (T,) s.
        joint_names: m names.
        positions: (T, m) rad or m.
        velocities: (T, m) rad/s or m/s.
        followed: (m,) bool, those that the person moves.
        valid: (T,) bool, whether a person was followed with all that follows.
        root_position: (T, 3) m.
        root_quat: (T, 4) xyzw.
        segments: S names.
        direction_deg: (T, S) by how much each points elsewhere than the person's, NaN where it was not followed.
        limited: (T, m) bool, joints at the end of their range.
        hurried: (T, m) bool, joints that are as quick, or change their speed as hard, as they may.
        refused: (T,) bool, whether the solver's step was refused.
        clearance: (T,) m of the nearest capsules.
        step_ms: (T,) of processor time.
    """

    stamps: np.ndarray
    joint_names: tuple[str, ...]
    positions: np.ndarray
    velocities: np.ndarray
    followed: np.ndarray
    valid: np.ndarray
    root_position: np.ndarray
    root_quat: np.ndarray
    segments: tuple[str, ...]
    direction_deg: np.ndarray
    limited: np.ndarray
    hurried: np.ndarray
    refused: np.ndarray
    clearance: np.ndarray
    step_ms: np.ndarray

    @property
    def rate(self) -> float:
        """Commands per second."""
        return float((len(self.stamps) - 1) / (self.stamps[-1] - self.stamps[0])) if len(self.stamps) > 1 else 1.0


def follow(
    robot: RobotModel,
    stamps: np.ndarray,
    poses: Iterable[PersonPose | None],
    min_confidence: float = 0.0,
    first: PersonPose | None = None,
) -> Recording:
    """Let a robot follow a whole motion.

    Args:
        robot: The robot.
        stamps: (T,) s, evenly spaced.
        poses: T poses of the person, None where nobody is seen.
        min_confidence: Segments whose joints are less sure stand still.
        first: The pose in which the robot stands before; by default it comes up from rest.

    Raises:
        VtmError: There are less than two frames.
    """
    if len(stamps) < 2:
        raise VtmError("a motion of one frame cannot be followed; capture a longer one")
    rate = (len(stamps) - 1) / float(stamps[-1] - stamps[0])
    follower = Retargeter(robot, rate, min_confidence=min_confidence)
    if first is not None:
        follower.settle(first)
    root = Root(robot, follower.targets)
    commands, roots, errors, times = [], [], [], []
    place = np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0])
    for person in poses:
        start = thread_time()
        command = follower.step(person)
        times.append(1e3 * (thread_time() - start))
        commands.append(command)
        pose = robot.tree.pose(command.positions)
        if person is not None and command.state is not State.HOLD:
            place = root.place(person, pose)
            turns = follower.targets.turns(pose)
            error = np.linalg.norm(follower.targets.errors(turns, follower.targets.goal(person).turns)[:, 1:], axis=-1)
            held = np.isin(follower.targets.segments, command.held)
            errors.append(np.where(held, np.nan, np.degrees(error)))
        else:
            errors.append(np.full(len(follower.targets.segments), np.nan))
        roots.append(place)
    return _recording(robot, follower, stamps, commands, roots, errors, times)


def _recording(
    robot: RobotModel,
    follower: Retargeter,
    stamps: np.ndarray,
    commands: Sequence[Command],
    roots: Sequence[tuple[np.ndarray, np.ndarray]],
    errors: Sequence[np.ndarray],
    times: Sequence[float],
) -> Recording:
    positions = np.stack([command.positions for command in commands])
    lower, upper, _ = bounds_of(robot)
    limited = ((positions < lower + AT_END) | (positions > upper - AT_END)) & robot.follows
    hurried = np.zeros_like(limited)
    hurried[:, follower.columns] = [command.limited for command in commands]
    return Recording(
        stamps=np.asarray(stamps, float),
        joint_names=robot.tree.names,
        positions=positions,
        velocities=np.stack([command.velocities for command in commands]),
        followed=robot.follows,
        valid=np.array([command.state is not State.HOLD and not command.held for command in commands]),
        root_position=np.stack([place for place, _ in roots]),
        root_quat=continuous_quats(np.stack([quat for _, quat in roots])),
        segments=follower.targets.segments,
        direction_deg=np.stack(errors),
        limited=limited,
        hurried=hurried & ~limited,
        refused=np.array([command.refused for command in commands]),
        clearance=np.array([command.clearance for command in commands]),
        step_ms=np.array(times),
    )

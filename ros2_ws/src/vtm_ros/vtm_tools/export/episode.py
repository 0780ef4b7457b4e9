"""A robot's commands as an episode that policies learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vtm_robot.profile.segments import PERSON_INDEX
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.recording import Recording

ROOT_NAMES = ("root.x", "root.y", "root.z", "root.qx", "root.qy", "root.qz", "root.qw")


@dataclass(frozen=True, eq=False)
class Episode:
    """T steps of a robot with m degrees of freedom, from T + 1 instants to the next.

    Attributes:
        robot: Its name.
        task: What it does, in words.
        fps: Steps per second.
        joint_names: m names.
        positions: (T + 1, m) rad or m.
        root: (T + 1, 7) its base, m and quaternion xyzw.
        valid: (T,) bool, whether it follows the person with all that follows.
        confidence: (T,) in 0..1, of the least sure of the person's limbs that are followed; 0 where nobody is seen.
    """

    robot: str
    task: str
    fps: int
    joint_names: tuple[str, ...]
    positions: np.ndarray
    root: np.ndarray
    valid: np.ndarray
    confidence: np.ndarray

    @property
    def state(self) -> np.ndarray:
        """(T, m) rad or m, where it is if it follows exactly."""
        return self.positions[:-1]

    @property
    def action(self) -> np.ndarray:
        """(T, m) rad or m, where it is to be at the next instant."""
        return self.positions[1:]


def episode_of(recording: Recording, poses: Sequence[PersonPose | None], robot: str, task: str) -> Episode:
    """The steps from each command to the next.

    Args:
        recording: T + 1 commands.
        poses: The T + 1 poses of the person that they followed, None where nobody was seen.
        robot: The robot's name.
        task: What it does, in words.
    """
    joints = [PERSON_INDEX[segment] for segment in recording.segments]
    sure = np.array([0.0 if pose is None else pose.confidence[joints].min(initial=1.0) for pose in poses])
    root = np.concatenate([recording.root_position, recording.root_quat], 1)
    return Episode(
        robot, task, round(recording.rate), recording.joint_names, recording.positions, root,
        recording.valid[:-1] & recording.valid[1:], np.minimum(sure[:-1], sure[1:]),
    )  # fmt: skip

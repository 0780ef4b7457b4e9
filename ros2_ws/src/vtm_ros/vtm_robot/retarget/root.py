"""Where a robot's base goes while its person walks about."""

import numpy as np

from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, SOLE
from vtm_robot.model.tree import Pose
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.posture import turn_z
from vtm_robot.retarget.person import PersonPose
from vtm_robot.retarget.targets import Targets

_LEGS = [[JOINT_INDEX[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle")] for side in ("left", "right")]


class Root:
    """The pose of the base in a world with z up.

    The origin is on the ground below where the person was at first, and x points where the person looked then.
    Translations are scaled by the length of the robot's legs over the person's, and so is the height of the lower foot
    above the ground. A robot without legs stays. The sole of a foot is the lowest of the frames fixed to it.

    Args:
        robot: The robot.
        targets: Its segments, which hold the person's heading.
    """

    def __init__(self, robot: RobotModel, targets: Targets):
        self._targets, self._tree = targets, robot.tree
        self._legs = [limb for limb in robot.limbs if limb.kind == "leg"]
        pose = robot.tree.pose(robot.t_pose)
        self._length = float(np.mean([leg.length(pose) for leg in self._legs] or [0.0]))
        self._soles = [
            min(
                (frame for frame in robot.tree.links.values() if frame.body == leg.bodies[-1]),
                key=lambda frame: float(pose.frame(frame)[1][2]),
            )
            for leg in self._legs
        ]
        self._unfacing = turn_z(-robot.yaw)
        self._start: tuple[np.ndarray, np.ndarray] | None = None

    def place(self, person: PersonPose, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """Where the base is.

        Args:
            person: The person at this instant.
            pose: The bodies of the robot, base axes.

        Returns:
            Position (3,) m and quaternion (4,) xyzw in the world.
        """
        frame = self._targets.frame(person)
        if self._start is None:
            ahead = np.arctan2(frame[1, 0], frame[0, 0])
            self._start = turn_z(-float(ahead)), person.positions[0] * [1.0, 1.0, 0.0]
        level, origin = self._start
        turn = level @ frame @ self._unfacing
        if not self._legs:
            return np.zeros(3), quat_from_matrix(self._unfacing)
        lengths = [np.linalg.norm(np.diff(person.positions[leg], axis=0), axis=-1).sum() for leg in _LEGS]
        scale = self._length / max(float(np.mean(lengths)), 1e-3)
        place = scale * level @ (person.positions[0] - origin)
        lifted = max(0.0, float(min(person.positions[leg[-1], 2] for leg in _LEGS)) - SOLE)
        soles = [float((turn @ pose.frame(sole)[1])[2]) for sole in self._soles]
        place[2] = scale * lifted - min(soles)
        return place, quat_from_matrix(turn)

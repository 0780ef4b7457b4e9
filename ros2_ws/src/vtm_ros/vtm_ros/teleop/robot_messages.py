"""Pure builders: a robot's command as the messages that its controllers take."""

from array import array
from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import PoseStamped, TransformStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, Header
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from vtm.body.rotations import quat_from_matrix
from vtm_robot.model.tree import Pose, Tree
from vtm_robot.retarget.retargeter import Command


def joint_command(stamp: Time, names: Sequence[str], command: Command) -> JointState:
    """Build the message of every joint that moves by itself, with its speed."""
    return JointState(
        header=Header(stamp=stamp),
        name=list(names),
        position=_doubles(command.positions),
        velocity=_doubles(command.velocities),
    )


def trajectory(names: Sequence[str], positions: np.ndarray, after_s: float) -> JointTrajectory:
    """Build one point (J,) without a speed, due `after_s` after it comes, as joint_trajectory_controller wants it."""
    whole = int(after_s)
    point = JointTrajectoryPoint(
        positions=_doubles(positions), time_from_start=Duration(sec=whole, nanosec=round((after_s - whole) * 1e9))
    )
    return JointTrajectory(joint_names=list(names), points=[point])


def numbers(positions: np.ndarray) -> Float64MultiArray:
    """Build a message of positions (J,) alone, as forward_command_controller wants it."""
    return Float64MultiArray(data=_doubles(positions))


def _doubles(values: np.ndarray) -> array:
    """What messages hold, which would look at every number of a list."""
    return array("d", values.tobytes())


def link_target(stamp: Time, tree: Tree, pose: Pose, link: str, base: str) -> PoseStamped:
    """Tell where a link is in the robot's `base`, as moveit_servo wants it."""
    turn, place = pose.frame(tree.links[link])
    target = PoseStamped(header=Header(stamp=stamp, frame_id=base))
    at, orientation = target.pose.position, target.pose.orientation
    at.x, at.y, at.z = place.tolist()
    orientation.x, orientation.y, orientation.z, orientation.w = quat_from_matrix(turn).tolist()
    return target


class Ghost:
    """Every link of a robot as a frame of TF. The messages are made once: making them anew takes longer than a command.

    Args:
        tree: The robot.
        base: The frame on which its base lies.
        prefix: Of the frames, `prefix`/link.
    """

    def __init__(self, tree: Tree, base: str, prefix: str):
        root = f"{prefix}/{tree.base}"
        frames = {link: frame for link, frame in tree.links.items() if link != tree.base}
        self._bodies = np.array([frame.body for frame in frames.values()])
        self._turns = np.stack([frame.turn for frame in frames.values()])
        self._places = np.stack([frame.place for frame in frames.values()])
        names = [(base, root), *((root, f"{prefix}/{link}") for link in frames)]
        self._message = TFMessage(
            transforms=[
                TransformStamped(header=Header(frame_id=parent), child_frame_id=child) for parent, child in names
            ]
        )

    def message(self, stamp: Time, pose: Pose) -> TFMessage:
        """Build the frames of `pose`; the message is valid until the next."""
        turns = pose.turns[self._bodies]
        places = pose.places[self._bodies] + (turns @ self._places[..., None])[..., 0]
        quats = quat_from_matrix(turns @ self._turns).tolist()
        links = self._message.transforms[1:]
        self._message.transforms[0].header.stamp = stamp
        for transform, place, quat in zip(links, places.tolist(), quats, strict=True):
            transform.header.stamp = stamp
            at, turn = transform.transform.translation, transform.transform.rotation
            at.x, at.y, at.z = place
            turn.x, turn.y, turn.z, turn.w = quat
        return self._message

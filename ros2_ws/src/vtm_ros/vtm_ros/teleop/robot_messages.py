"""Pure builders: a robot's command as the messages that its controllers take."""

from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import PoseStamped, Transform, TransformStamped
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
        position=command.positions.tolist(),
        velocity=command.velocities.tolist(),
    )


def trajectory(names: Sequence[str], positions: np.ndarray, after_s: float) -> JointTrajectory:
    """Build one point without a speed, due `after_s` after it is received, as joint_trajectory_controller wants it."""
    whole = int(after_s)
    point = JointTrajectoryPoint(
        positions=positions.tolist(), time_from_start=Duration(sec=whole, nanosec=round((after_s - whole) * 1e9))
    )
    return JointTrajectory(joint_names=list(names), points=[point])


def numbers(positions: np.ndarray) -> Float64MultiArray:
    """Build a message of positions alone, as forward_command_controller wants it."""
    return Float64MultiArray(data=positions.tolist())


def link_target(stamp: Time, tree: Tree, pose: Pose, link: str, base: str) -> PoseStamped:
    """Tell where a link is in the robot's `base`, as moveit_servo wants it."""
    turn, place = pose.frame(tree.links[link])
    target = PoseStamped(header=Header(stamp=stamp, frame_id=base))
    at, orientation = target.pose.position, target.pose.orientation
    at.x, at.y, at.z = place.tolist()
    orientation.x, orientation.y, orientation.z, orientation.w = quat_from_matrix(turn).tolist()
    return target


def ghost(stamp: Time, tree: Tree, pose: Pose, base: str, prefix: str) -> TFMessage:
    """Build a frame `prefix`/link for every link; that of the base lies on the frame `base`."""
    frames = [(link, *pose.frame(frame)) for link, frame in tree.links.items()]
    quats = quat_from_matrix(np.stack([turn for _, turn, _ in frames])).tolist()
    root = f"{prefix}/{tree.base}"
    built = [_transform(stamp, base, root, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0])]
    for (link, _, place), quat in zip(frames, quats, strict=True):
        if link != tree.base:
            built.append(_transform(stamp, root, f"{prefix}/{link}", place.tolist(), quat))
    return TFMessage(transforms=built)


def _transform(stamp: Time, parent: str, child: str, place: list[float], quat: list[float]) -> TransformStamped:
    transform = Transform()
    at, turn = transform.translation, transform.rotation
    at.x, at.y, at.z = place
    turn.x, turn.y, turn.z, turn.w = quat
    return TransformStamped(header=Header(stamp=stamp, frame_id=parent), child_frame_id=child, transform=transform)

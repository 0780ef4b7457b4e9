"""What the robot is told, in the words of its controller, and its ghost for RViz."""

import time
from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory

from vtm_robot.profile.model import RobotModel
from vtm_robot.teleop.machine import Order
from vtm_ros.parameters import RetargetParameters
from vtm_ros.teleop import robot_messages as messages

EVERY = QoSProfile(depth=10)
"""No command is left out where a reader halts for a moment: from one to the next is a step, over two it is a jump."""
TF_DEPTH = QoSProfile(depth=100)
AHEAD = 1.5
"""Periods after which a point of a trajectory is due: it is replaced by the next one before."""
GHOST_PERIOD_S = 0.05


class RobotOutput:
    """Publishes commands.

    Args:
        node: Whose publishers they are.
        model: The robot.
        columns: Of the joints that the robot is told, in its controller's order.
        fingers: H arrays of the joints of hands; those that are not among `columns` have a topic of their own.
        settings: Of the node.
    """

    def __init__(
        self,
        node: Node,
        model: RobotModel,
        columns: np.ndarray,
        fingers: Sequence[np.ndarray],
        settings: RetargetParameters,
    ):
        self._node, self._model, self._columns, self._settings = node, model, columns, settings
        self._names = [model.tree.names[column] for column in columns]
        self._fingers = [np.setdiff1d(hand, columns) for hand in fingers]
        self._base = settings.base_frame or model.tree.base
        hands = {side: model.profile.links.get(f"{side}_hand") for side in ("left", "right")}
        self._hands = {side: link for side, link in hands.items() if link} if settings.output == "servo" else {}
        prefix = settings.ghost_prefix
        self._ghost = messages.Ghost(model.tree, self._base, prefix) if prefix else None
        self._ghost_at = 0.0
        create = node.create_publisher
        self._command = create(JointState, "~/command", EVERY)
        self._tf = create(TFMessage, "/tf", TF_DEPTH)
        self._trajectory = create(JointTrajectory, "~/joint_trajectory", EVERY)
        self._finger_trajectory = create(JointTrajectory, "~/finger_trajectory", EVERY)
        self._numbers = create(Float64MultiArray, "~/commands", EVERY)
        self._targets = {side: create(PoseStamped, f"~/{side}_hand_target", EVERY) for side in ("left", "right")}

    def tell(self, order: Order) -> None:
        """Tell the robot."""
        command = order.command
        if order.sent:
            if self._settings.output == "trajectory":
                told, after_s = command.positions[self._columns], AHEAD / self._settings.rate
                self._trajectory.publish(messages.trajectory(self._names, told, after_s))
                self._tell_fingers(order)
            elif self._settings.output == "commands":
                self._numbers.publish(messages.numbers(command.positions[self._columns]))
            elif self._hands:
                pose, stamp = self._model.tree.pose(command.positions), self._now()
                for side, link in self._hands.items():
                    target = messages.link_target(stamp, self._model.tree, pose, link, self._base)
                    self._targets[side].publish(target)
        self._command.publish(messages.joint_command(self._now(), self._model.tree.names, command))

    def show(self, order: Order) -> None:
        """Show the ghost, if it is time."""
        now = time.monotonic()
        if self._ghost and now - self._ghost_at >= GHOST_PERIOD_S:
            self._ghost_at = now
            self._tf.publish(self._ghost.message(self._now(), self._model.tree.pose(order.command.positions)))

    def _now(self) -> Time:
        return self._node.get_clock().now().to_msg()

    def _tell_fingers(self, order: Order) -> None:
        columns = [hand for hand, told in zip(self._fingers, order.fingers, strict=True) if told and len(hand)]
        if columns:
            every = np.concatenate(columns)
            names = [self._model.tree.names[column] for column in every]
            after_s = AHEAD / self._settings.rate
            self._finger_trajectory.publish(messages.trajectory(names, order.command.positions[every], after_s))

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (
            self._command, self._tf, self._trajectory, self._finger_trajectory, self._numbers, *self._targets.values(),
        ):  # fmt: skip
            self._node.destroy_publisher(publisher)

"""What the robot is told, in the words of its controller, and its ghost for RViz."""

import time

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory

from vtm_robot.model.tree import Pose
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
        settings: Of the node.
    """

    def __init__(self, node: Node, model: RobotModel, columns: np.ndarray, settings: RetargetParameters):
        self._node, self._model, self._columns, self._settings = node, model, columns, settings
        self._names = [model.tree.names[column] for column in columns]
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
        self._numbers = create(Float64MultiArray, "~/commands", EVERY)
        self._targets = {side: create(PoseStamped, f"~/{side}_hand_target", EVERY) for side in ("left", "right")}

    def publish(self, order: Order) -> None:
        """Tell robot and RViz."""
        command, stamp = order.command, self._node.get_clock().now().to_msg()
        if order.sent:
            told = command.positions[self._columns]
            if self._settings.output == "trajectory":
                self._trajectory.publish(messages.trajectory(self._names, told, AHEAD / self._settings.rate))
            elif self._settings.output == "commands":
                self._numbers.publish(messages.numbers(told))
        self._command.publish(messages.joint_command(stamp, self._model.tree.names, command))
        pose: Pose | None = None
        if self._hands and order.sent:
            pose = self._model.tree.pose(command.positions)
            for side, link in self._hands.items():
                target = messages.link_target(stamp, self._model.tree, pose, link, self._base)
                self._targets[side].publish(target)
        now = time.monotonic()
        if self._ghost and now - self._ghost_at >= GHOST_PERIOD_S:
            self._ghost_at = now
            pose = pose or self._model.tree.pose(command.positions)
            self._tf.publish(self._ghost.message(stamp, pose))

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (self._command, self._tf, self._trajectory, self._numbers, *self._targets.values()):
            self._node.destroy_publisher(publisher)

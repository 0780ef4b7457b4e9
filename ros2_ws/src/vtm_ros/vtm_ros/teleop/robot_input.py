"""The robot, as its drivers publish it."""

import time
from collections.abc import Callable, Sequence

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import String

STATES = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class RobotInput:
    """Hears joint states and description.

    Args:
        node: Whose subscriptions they are.
        measured: Called with the time joint states came, seconds, and names and positions of joints.
        described: Called with the robot's URDF; None where that is known.
    """

    def __init__(
        self,
        node: Node,
        measured: Callable[[float, Sequence[str], Sequence[float]], None],
        described: Callable[[str], None] | None,
    ):
        self._node = node
        self._subscriptions = [
            node.create_subscription(
                JointState,
                "robot/joint_states",
                lambda message: measured(time.monotonic(), message.name, message.position),
                STATES,
            )
        ]
        if described:
            self._subscriptions.append(
                node.create_subscription(
                    String, "robot/robot_description", lambda message: described(message.data), LATCHED
                )
            )

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

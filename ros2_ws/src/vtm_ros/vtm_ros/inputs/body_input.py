"""The body, as a capture node publishes it: the messages of one instant together."""

from collections.abc import Callable

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray, String

from vtm.body.skeleton import NUM_JOINTS
from vtm.errors import VtmError
from vtm_ros.conversions.person_from_messages import About, offsets_of

NEWEST = QoSProfile(depth=1)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
THROTTLE_S = 5.0
Take = Callable[[JointState, PoseWithCovarianceStamped, About], None]


class BodyInput:
    """Matches joint states and root pose of one stamp.

    Args:
        node: Whose subscriptions they are.
        take: Called with them, and with what is known of the person besides; a VtmError of it is logged.
        place: Before the names of the topics.

    Attributes:
        about: What is known of the person besides the pose.
    """

    def __init__(self, node: Node, take: Take, place: str = ""):
        self._node, self._take = node, take
        self.about = About()
        self._angles: JointState | None = None
        self._root: PoseWithCovarianceStamped | None = None
        self._subscriptions = [
            node.create_subscription(kind, f"{place}/{topic}" if place else topic, heard, qos)
            for kind, topic, heard, qos in (
                (JointState, "joint_states", self._on_angles, NEWEST),
                (PoseWithCovarianceStamped, "root_pose", self._on_root, NEWEST),
                (Float32MultiArray, "confidence", self._on_confidence, NEWEST),
                (String, "robot_description", self._on_description, LATCHED),
            )
        ]

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _on_angles(self, message: JointState) -> None:
        self._angles = message
        self._pair()

    def _on_root(self, message: PoseWithCovarianceStamped) -> None:
        self._root = message
        self._pair()

    def _on_confidence(self, message: Float32MultiArray) -> None:
        confidence = np.nan_to_num(np.array(message.data, float))
        if len(confidence) in (NUM_JOINTS, NUM_JOINTS + 2):
            body, hands = confidence[:NUM_JOINTS], confidence[NUM_JOINTS:]
            self.about = self.about._replace(confidence=body, hands=hands if len(hands) else np.zeros(2))

    def _on_description(self, message: String) -> None:
        try:
            self.about = self.about._replace(offsets=offsets_of(message.data))
        except VtmError as fault:
            self._node.get_logger().warning(str(fault), throttle_duration_sec=THROTTLE_S)

    def _pair(self) -> None:
        angles, root = self._angles, self._root
        if not (angles and root) or angles.header.stamp != root.header.stamp:
            return
        self._angles = self._root = None
        try:
            self._take(angles, root, self.about)
        except VtmError as fault:
            self._node.get_logger().warning(f"no pose: {fault}", throttle_duration_sec=THROTTLE_S)

"""The person, as a capture node publishes it."""

import math
import time
from collections.abc import Callable

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped, Vector3Stamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray, String

from vtm.body.skeleton import NUM_JOINTS
from vtm.errors import VtmError
from vtm_robot.teleop.person_watch import Quality, Seen
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.person_from_messages import About, offsets_of, person_of

NEWEST = QoSProfile(depth=1)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
THROTTLE_S = 5.0


class PersonInput:
    """Makes a pose of joint states and root pose of one stamp.

    Args:
        node: Whose subscriptions they are.
        take: Called with each pose.
        judge: Called with what the capture says of itself, and why.
    """

    def __init__(self, node: Node, take: Callable[[Seen], None], judge: Callable[[Quality, str], None]):
        self._node, self._take, self._judge = node, take, judge
        self._about = About()
        self._angles: JointState | None = None
        self._root: PoseWithCovarianceStamped | None = None
        self._up: Vector3Stamped | None = None
        self._subscriptions = [
            node.create_subscription(kind, topic, heard, qos)
            for kind, topic, heard, qos in (
                (JointState, "joint_states", self._on_angles, NEWEST),
                (PoseWithCovarianceStamped, "root_pose", self._on_root, NEWEST),
                (Vector3Stamped, "up", self._on_up, NEWEST),
                (Float32MultiArray, "confidence", self._on_confidence, NEWEST),
                (DiagnosticStatus, "quality", self._on_quality, LATCHED),
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

    def _on_up(self, message: Vector3Stamped) -> None:
        self._up = message

    def _on_confidence(self, message: Float32MultiArray) -> None:
        confidence = np.nan_to_num(np.array(message.data, float))
        if len(confidence) in (NUM_JOINTS, NUM_JOINTS + 2):
            body, hands = confidence[:NUM_JOINTS], confidence[NUM_JOINTS:]
            self._about = self._about._replace(confidence=body, hands=hands if len(hands) else np.zeros(2))

    def _on_quality(self, message: DiagnosticStatus) -> None:
        values = {pair.key: pair.value for pair in message.values}
        if values.get("person", "").isdigit():
            self._about = self._about._replace(person=int(values["person"]))
        reasons = "; ".join(value for key, value in values.items() if key.startswith("reason"))
        known = {quality.value: quality for quality in Quality}
        self._judge(known.get(message.message, Quality.UNKNOWN), reasons)

    def _on_description(self, message: String) -> None:
        try:
            self._about = self._about._replace(offsets=offsets_of(message.data))
        except VtmError as fault:
            self._node.get_logger().warning(str(fault), throttle_duration_sec=THROTTLE_S)

    def _pair(self) -> None:
        angles, root = self._angles, self._root
        if not (angles and root and self._up) or angles.header.stamp != root.header.stamp:
            return
        self._angles = self._root = None
        try:
            pose = person_of(angles, root, self._up, self._about)
        except VtmError as fault:
            self._node.get_logger().warning(f"no pose: {fault}", throttle_duration_sec=THROTTLE_S)
            return
        stamp_ns = ns_from_time(angles.header.stamp)
        late_s = (self._node.get_clock().now().nanoseconds - stamp_ns) * 1e-9
        self._take(Seen(pose, time.monotonic(), late_s if math.isfinite(late_s) else math.inf, stamp_ns))

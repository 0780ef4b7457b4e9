"""The person, as a capture node publishes it."""

import math
import time
from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped, Vector3Stamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from vtm_robot.teleop.person_watch import Quality, Seen
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.person_from_messages import About, person_of
from vtm_ros.inputs.body_input import LATCHED, NEWEST, BodyInput


class PersonInput(BodyInput):
    """Makes a pose of joint states and root pose of one stamp.

    Args:
        node: Whose subscriptions they are.
        take: Called with each pose.
        judge: Called with what the capture says of itself, and why.
    """

    def __init__(self, node: Node, take: Callable[[Seen], None], judge: Callable[[Quality, str], None]):
        self._tell, self._judge = take, judge
        self._up: Vector3Stamped | None = None
        super().__init__(node, self._on_pose)
        self._subscriptions += [
            node.create_subscription(Vector3Stamped, "up", self._on_up, NEWEST),
            node.create_subscription(DiagnosticStatus, "quality", self._on_quality, LATCHED),
        ]

    def _on_up(self, message: Vector3Stamped) -> None:
        self._up = message

    def _on_quality(self, message: DiagnosticStatus) -> None:
        values = {pair.key: pair.value for pair in message.values}
        if values.get("person", "").isdigit():
            self.about = self.about._replace(person=int(values["person"]))
        reasons = "; ".join(value for key, value in values.items() if key.startswith("reason"))
        known = {quality.value: quality for quality in Quality}
        self._judge(known.get(message.message, Quality.UNKNOWN), reasons)

    def _on_pose(self, angles: JointState, root: PoseWithCovarianceStamped, about: About) -> None:
        if self._up is None:
            return
        pose = person_of(angles, root, self._up, about)
        stamp_ns = ns_from_time(angles.header.stamp)
        late_s = (self._node.get_clock().now().nanoseconds - stamp_ns) * 1e-9
        self._tell(Seen(pose, time.monotonic(), late_s if math.isfinite(late_s) else math.inf, stamp_ns))

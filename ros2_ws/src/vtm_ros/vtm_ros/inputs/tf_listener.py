"""A node's own view of /tf and /tf_static, which any thread may ask; tf2_ros is not needed."""

import threading
import time

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from vtm.errors import VtmError
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.tf_tree import NoTransform, Pose, TfTree

MOVING = QoSProfile(depth=100)
STATIC = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
THROTTLE_S = 5.0


class TfListener:
    """Fills a TfTree from the node's executor; `lookup` is for another thread, as it waits for what is under way."""

    def __init__(self, node: Node):
        self._node = node
        self._tree = TfTree()
        self._changed = threading.Condition()
        self._subscriptions = [
            node.create_subscription(TFMessage, "/tf", lambda message: self._take(message, False), MOVING),
            node.create_subscription(TFMessage, "/tf_static", lambda message: self._take(message, True), STATIC),
        ]

    def lookup(self, target: str, source: str, stamp_ns: int, timeout_s: float) -> Pose:
        """The pose of a frame in another one.

        Args:
            target: The other frame.
            source: The frame.
            stamp_ns: Nanoseconds.
            timeout_s: Seconds to wait for it at most.

        Raises:
            NoTransform: They are not connected at that instant.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while True:
                try:
                    return self._tree.lookup(target, source, stamp_ns)
                except NoTransform:
                    if not self._changed.wait(deadline - time.monotonic()):
                        raise

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _take(self, message: TFMessage, static: bool) -> None:
        with self._changed:
            for item in message.transforms:
                place, turn = item.transform.translation, item.transform.rotation
                parent, child, stamp_ns = item.header.frame_id, item.child_frame_id, ns_from_time(item.header.stamp)
                try:
                    self._tree.add(
                        parent, child, stamp_ns, (place.x, place.y, place.z), (turn.x, turn.y, turn.z, turn.w), static
                    )
                except VtmError as fault:
                    self._node.get_logger().warning(str(fault), throttle_duration_sec=THROTTLE_S)
            self._changed.notify_all()

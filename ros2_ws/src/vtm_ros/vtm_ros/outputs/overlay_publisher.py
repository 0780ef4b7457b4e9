"""The topic `overlay`: what the camera saw with the people drawn over it. Costs nothing while nobody subscribes."""

import array
from collections import deque
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from vtm.types import Frame, Motion
from vtm_ros.conversions.messages import time_from_ns
from vtm_tools.draw.overlay import draw_overlay
from vtm_tools.draw.people import draw_people


class OverlayPublisher:
    """Draws each motion over the frame that it belongs to, which may be several frames old.

    Args:
        node: What publishes.
        numbered: Whether people have colours and numbers of their own.
    """

    def __init__(self, node: LifecycleNode, numbered: bool = False):
        self._node, self._numbered = node, numbered
        self._publisher = node.create_lifecycle_publisher(Image, "overlay", 1)
        self._waiting: deque[Frame] = deque()

    def publish(self, frame: Frame, motions: Sequence[Motion], lookahead: int, camera_frame: str) -> None:
        """Publish the frame that is due; frames without a person go out bare.

        Args:
            frame: The newest one.
            motions: What it brought forth.
            lookahead: Frames by which a motion is later than its frame.
            camera_frame: The frame of the image.
        """
        if not self._publisher.get_subscription_count():
            self._waiting.clear()
            return
        self._waiting.append(frame)
        while len(self._waiting) > lookahead:
            due = self._waiting.popleft()
            shown = [motion for motion in motions if motion.stamp_ns == due.stamp_ns]
            if self._numbered:
                picture = draw_people(due.image, shown)
            else:
                picture = draw_overlay(due.image, shown[0]) if shown else due.image
            height, width = picture.shape[:2]
            message = Image(width=width, height=height, encoding="bgr8", step=3 * width)
            message.header = Header(stamp=time_from_ns(due.stamp_ns), frame_id=camera_frame)
            message.data = array.array("B", picture.tobytes())
            self._publisher.publish(message)

    def clear(self) -> None:
        """Forget the frames that wait for their motion."""
        self._waiting.clear()

    def close(self) -> None:
        """Destroy the publisher."""
        self._node.destroy_lifecycle_publisher(self._publisher)

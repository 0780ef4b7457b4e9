"""The node `video_camera`: a video file, a camera device or a stream as an ordinary ROS camera."""

import array
import sys
import time
from typing import Any

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.task import Future
from sensor_msgs.msg import CameraInfo, Image

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm_ros.conversions.camera_info import camera_info
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.nodes.run import run_nodes
from vtm_ros.parameters import Parameters, VideoCameraParameters
from vtm_trt.sources.video import Video

FEW = QoSProfile(depth=4)
ACKNOWLEDGED_WITHIN_S = 2.0
INFO_WAIT_S = 0.5
"""How long the first frame waits for a subscriber of camera_info once somebody subscribes to the images."""


class VideoCamera(Node):
    """Publishes `image` (bgr8) and `camera_info` at the video's rate, stamped with the node's clock.

    Their QoS can be overridden by parameters as ROS defines them (`qos_overrides./image.publisher.depth`).

    Args:
        done: Completed when a file that does not loop has ended and its last frame has been acknowledged.
        **node_options: Of rclpy's node.

    Raises:
        VtmError: The video or the camera file cannot be used.
    """

    def __init__(self, done: Future | None = None, **node_options: Any) -> None:
        super().__init__("video_camera", **node_options)
        settings = self._settings = Parameters(self, VideoCameraParameters).values
        if not settings.video:
            raise VtmError("no video is given; set the parameter video to a file, a device or a stream")
        choice = QoSOverridingOptions.with_default_policies()
        self._images = self.create_publisher(Image, "image", FEW, qos_overriding_options=choice)
        self._infos = self.create_publisher(CameraInfo, "camera_info", FEW, qos_overriding_options=choice)
        intrinsics = load_intrinsics(settings.camera_info_file) if settings.camera_info_file else None
        self.done = done or Future()
        self._video = Video(settings.video)
        self._info = camera_info(intrinsics, self._video.width, self._video.height)
        self._last_ns = 0
        self._image_wanted_since: float | None = None
        self._started = self._video.live or not settings.wait_for_subscriber
        rate = settings.rate or self._video.fps
        self.create_timer(1.0 / rate, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.get_logger().info(f"{self._video.width}x{self._video.height} at {rate:.2f} Hz from {settings.video}")

    def _tick(self) -> None:
        self._started = self._started or self._is_wanted()
        if not self._started or self.done.done():
            return
        picture = self._video.read()
        if picture is None and self._settings.loop and not self._video.live:
            self._video.rewind()
            picture = self._video.read()
        if picture is not None:
            self._send(picture)
        elif self._video.ended:
            self._end()

    def _is_wanted(self) -> bool:
        if not self._images.get_subscription_count():
            return False
        now = time.monotonic()
        self._image_wanted_since = self._image_wanted_since or now
        return bool(self._infos.get_subscription_count()) or now - self._image_wanted_since > INFO_WAIT_S

    def _send(self, picture: np.ndarray) -> None:
        self._last_ns = max(self.get_clock().now().nanoseconds, self._last_ns + 1)
        height, width = picture.shape[:2]
        message = Image(width=width, height=height, encoding="bgr8", step=3 * width)
        message.header.stamp = self._info.header.stamp = time_from_ns(self._last_ns)
        message.header.frame_id = self._info.header.frame_id = self._settings.frame_id
        message.data = array.array("B")
        message.data.frombytes(np.ascontiguousarray(picture).data)
        self._infos.publish(self._info)
        self._images.publish(message)

    def _end(self) -> None:
        if self._video.live:
            raise VtmError(f"{self._video.source} gives no more images; check the camera's cable and start again")
        for publisher in (self._infos, self._images):
            publisher.wait_for_all_acked(Duration(seconds=ACKNOWLEDGED_WITHIN_S))
        self.get_logger().info("the video has ended")
        self.done.set_result(None)


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `video_camera`."""
    done = Future()

    return run_nodes(lambda: [VideoCamera(done)], args, done)


if __name__ == "__main__":
    sys.exit(main())

"""The rotation of a camera that carries an inertial measurement unit, from the topic `imu`."""

import threading

import numpy as np
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Imu

from vtm.types import CameraPose
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.tf_tree import NoTransform
from vtm_ros.inputs.tf_listener import TfListener
from vtm_trt.postprocess.imu import ImuFilter

THROTTLE_S = 30.0


class ImuAlignment:
    """Filters the measurements in the executor's thread; the worker's asks. The place of the camera stays unknown.

    TF tells how the unit sits on the camera; where it does not, their axes are taken to be the same.
    """

    def __init__(self, node: Node):
        self._node = node
        self._mounts = TfListener(node)
        self._filter = ImuFilter()
        self._frame = ""
        self._lock = threading.Lock()
        self._measurements = node.create_subscription(Imu, "imu", self._take, qos_profile_sensor_data)

    def camera(self, camera_frame: str, stamp_ns: int) -> CameraPose | None:
        """The pose of a camera, of unknown place.

        Args:
            camera_frame: Its optical axes.
            stamp_ns: Nanoseconds.

        Returns:
            None where no measurement fits that time.
        """
        with self._lock:
            rotation, frame = self._filter.rotation(stamp_ns), self._frame
        if rotation is None:
            self._node.get_logger().warning(
                "no measurement of the IMU fits the image; check the topic `imu` and that both have the same clock",
                throttle_duration_sec=THROTTLE_S,
            )
            return None
        return CameraPose(rotation @ self._mount(frame, camera_frame, stamp_ns), np.zeros(3), source="imu")

    def close(self) -> None:
        """Unsubscribe."""
        self._mounts.close()
        self._node.destroy_subscription(self._measurements)

    def _mount(self, frame: str, camera_frame: str, stamp_ns: int) -> np.ndarray:
        try:
            return self._mounts.lookup(frame, camera_frame, stamp_ns, 0.0).rotation
        except NoTransform as fault:
            self._node.get_logger().warning(
                f"the axes of the IMU '{frame}' are taken for those of the camera '{camera_frame}': {fault}",
                throttle_duration_sec=THROTTLE_S,
            )
            return np.eye(3)

    def _take(self, message: Imu) -> None:
        rate, push = message.angular_velocity, message.linear_acceleration
        with self._lock:
            self._frame = message.header.frame_id
            self._filter.add(
                ns_from_time(message.header.stamp),
                np.array([rate.x, rate.y, rate.z]),
                np.array([push.x, push.y, push.z]),
            )

"""The node `viewer`: what the camera sees and what the node `capture` says, in the Rerun viewer."""

import re
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Float32MultiArray
from tf2_msgs.msg import TFMessage

from vtm.body.skeleton import NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_ros.conversions.camera_info import image_intrinsics
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.motion_from_messages import motion_of, root_frame
from vtm_ros.conversions.tf_tree import NoTransform
from vtm_ros.inputs.image_decoder import decode_image
from vtm_ros.inputs.tf_listener import TfListener
from vtm_ros.nodes.run import run_nodes
from vtm_ros.parameters import Parameters, ViewerParameters
from vtm_tools.cli.outputs import check_outputs

NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
TF_DEPTH = QoSProfile(depth=100)
SLOT = re.compile(r"(person_(\d+))/")
"""Frames of one of several people."""
LOOK_S = 0.5
THROTTLE_S = 5.0


class ViewerNode(Node):
    """Shows image, body, contacts and the time they took. Images are the newest, as they come.

    Args:
        done: Completed when the viewer's window is closed.
        **node_options: Of rclpy's node.

    Raises:
        VtmError: Rerun is missing or cannot open a window, or the recording cannot be written.
    """

    def __init__(self, done: Future | None = None, **node_options: Any) -> None:
        super().__init__("viewer", **node_options)
        if find_spec("rerun") is None:
            raise VtmError("the viewer Rerun is not installed; run: pip install rerun-sdk")
        from vtm_tools.view.recording import saved, shown

        self._settings = Parameters(self, ViewerParameters).values
        self.done = done or Future()
        self._resources = ExitStack()
        self._viewer = None
        if self._settings.save:
            path = Path(self._settings.save).expanduser()
            check_outputs({".rrd": path}, [])
            self._scene = self._resources.enter_context(saved(path, hands=True))
        else:
            self._scene, self._viewer = self._resources.enter_context(shown(self._settings.web, hands=True))
            if self._viewer.page:
                self.get_logger().info(f"open {self._viewer.page}")
        self._info: CameraInfo | None = None
        self._lens: Intrinsics | None = None
        self._camera_frame = ""
        self._pose_ns: int | None = None
        self._confidence: np.ndarray = np.ones(NUM_JOINTS, np.float32)
        self._contacts: np.ndarray = np.zeros(4, np.float32)
        self._poses = TfListener(self)
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, NEWEST)
        self.create_subscription(Image, "image", self._on_image, NEWEST)
        self.create_subscription(TFMessage, "/tf", self._on_tf, TF_DEPTH)
        self.create_subscription(Float32MultiArray, "contacts", self._on_contacts, 10)
        self.create_subscription(Float32MultiArray, "confidence", self._on_confidence, 10)
        self.create_timer(LOOK_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def destroy_node(self) -> None:
        """Close the viewer or the file."""
        self._resources.close()
        super().destroy_node()

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._info = message

    def _on_contacts(self, message: Float32MultiArray) -> None:
        if len(message.data) == len(self._contacts):
            self._contacts = np.array(message.data, np.float32)

    def _on_confidence(self, message: Float32MultiArray) -> None:
        if len(message.data) >= NUM_JOINTS:  # those of hands may follow
            self._confidence = np.array(message.data, np.float32)

    def _on_image(self, message: Image) -> None:
        stamp_ns = ns_from_time(message.header.stamp)
        try:
            picture = decode_image(message)
        except VtmError as fault:
            self.get_logger().warning(str(fault), throttle_duration_sec=THROTTLE_S)
            return
        self._lens = image_intrinsics(self._info, message.width, message.height, self._settings.fov)[0]
        self._camera_frame = message.header.frame_id
        self._scene.show_image(picture, stamp_ns, self._lens)
        since_ns = stamp_ns - round(self._settings.timeout * 1e9)
        self._scene.leave_out_others(stamp_ns, since_ns)
        if self._pose_ns is not None and stamp_ns - self._pose_ns > self._settings.timeout * 1e9:
            self._scene.show_nobody(stamp_ns)
            self._pose_ns = None

    def _on_tf(self, message: TFMessage) -> None:
        """The operator's transforms, or those of a slot."""
        slot = SLOT.match(message.transforms[0].child_frame_id) if message.transforms else None
        prefix = slot[1] if slot else self._settings.tf_prefix
        frame = root_frame(message, prefix)
        if frame is None or self._lens is None:
            return
        stamp_ns = ns_from_time(message.transforms[0].header.stamp)
        camera = None
        if frame != self._camera_frame:
            try:
                camera = self._poses.lookup(frame, self._camera_frame, stamp_ns, 0.0)
            except NoTransform as fault:
                self.get_logger().warning(f"no pose shown: {fault}", throttle_duration_sec=THROTTLE_S)
                return
        seen = motion_of(message, prefix, self._lens, camera, self._confidence, self._contacts)
        if slot:
            self._scene.show_other(int(slot[2]), seen)
            return
        self._scene.show_motion(seen)
        late_ms = (self.get_clock().now().nanoseconds - stamp_ns) * 1e-6
        self._scene.show_times(stamp_ns, {"from_stamp_to_viewer": late_ms})
        self._pose_ns = stamp_ns

    def _look(self) -> None:
        if self._viewer and not self._viewer.is_open() and not self.done.done():
            self.get_logger().info("the viewer was closed")
            self.done.set_result(None)


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `viewer`."""
    done = Future()
    return run_nodes(lambda: [ViewerNode(done)], args, done)


if __name__ == "__main__":
    sys.exit(main())

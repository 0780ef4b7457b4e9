"""A ROS 2 subscriber that knows only the published topics, and what it heard."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from lifecycle_msgs.srv import ChangeState
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, JointState
from std_msgs.msg import Float32MultiArray, String
from tf2_msgs.msg import TFMessage

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS, VIRTUAL_OFFSETS, bone_lengths
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm.types import Motion, Observation
from vtm_ros.conversions.camera_info import image_intrinsics

EVERYTHING = QoSProfile(depth=1000)
LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
USUAL_FOV = 60.0
MOTION_TOPICS = ("joint_states", "/tf", "robot_description", "root_pose", "contacts")


def ns(header) -> int:
    return header.stamp.sec * 1_000_000_000 + header.stamp.nanosec


@dataclass
class Heard:
    """Messages in the order in which they came; joint states and descriptions with the time (ns) when they came."""

    camera_infos: list = field(default_factory=list)
    joint_states: list = field(default_factory=list)
    joint_states_at: list = field(default_factory=list)
    transforms: list = field(default_factory=list)
    root_poses: list = field(default_factory=list)
    contacts: list = field(default_factory=list)
    descriptions: list = field(default_factory=list)
    descriptions_at: list = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def motion_clip(self, fps: float) -> MotionClip:
        """The motion as the messages tell it. Keypoints and confidences are not published: they stay NaN."""
        info = self.camera_infos[0]
        intrinsics, _ = image_intrinsics(info, info.width, info.height, USUAL_FOV)
        unknown = np.full((NUM_KEYPOINTS, 2), np.nan, np.float32), np.full(NUM_KEYPOINTS, np.nan, np.float32)
        motions = []
        for message, contacts in zip(self.transforms, self.contacts, strict=True):
            by_name = {one.child_frame_id.split("/")[-1]: one for one in message.transforms}
            transforms = [by_name[name].transform for name in JOINT_NAMES]
            offsets = np.array([[t.translation.x, t.translation.y, t.translation.z] for t in transforms])
            rotations = [[t.rotation.x, t.rotation.y, t.rotation.z, t.rotation.w] for t in transforms]
            stamp_ns = ns(message.transforms[0].header)
            motions.append(Motion(
                stamp_ns=stamp_ns,
                quat_local=np.array(rotations, np.float32),
                root_cam=offsets[0].astype(np.float32),
                bone_ratio=(bone_lengths(offsets) / bone_lengths(VIRTUAL_OFFSETS)).astype(np.float32),
                confidence=np.full(NUM_JOINTS, np.nan, np.float32),
                contacts=np.array(contacts.data, np.float32),
                observation=Observation(stamp_ns, intrinsics, *unknown),
            ))  # fmt: skip
        return assemble(motions, [ns(one.header) for one in self.camera_infos], fps, intrinsics)

    def figures(self) -> dict[str, str]:
        """The table: frames, rates, latency from the image's stamp to the arrival of its joint state."""
        stamps = [ns(one.header) for one in self.joint_states]
        latency = np.percentile(np.subtract(self.joint_states_at, stamps) / 1e6, [50, 95])
        handled = self.counts["received"] - self.counts["dropped"]
        return {
            "frames sent": f"{len(self.camera_infos)}",
            "frames received": f"{self.counts['received']}",
            "  replaced by a newer one": f"{self.counts['dropped']}",
            "poses received": f"{len(stamps)}",
            "person tracked": f"{100 * len(stamps) / handled:.1f} % of the frames handled",
            "camera": f"{rate([ns(one.header) for one in self.camera_infos]):.1f} fps",
            "poses": f"{rate(self.joint_states_at):.1f} fps",
            "latency p50": f"{latency[0]:.1f} ms",
            "latency p95": f"{latency[1]:.1f} ms",
        }


def rate(times_ns: list[int]) -> float:
    return (len(times_ns) - 1) * 1e9 / (times_ns[-1] - times_ns[0])


class Listener(Node):
    """Subscribes to everything the demo looks at."""

    def __init__(self):
        super().__init__("demo_listener")
        heard = self.heard = Heard()
        self._counted_ns = 0
        for kind, topic, keep in (
            (CameraInfo, "camera_info", heard.camera_infos.append),
            (JointState, "joint_states", self._on_joint_state),
            (TFMessage, "/tf", heard.transforms.append),
            (PoseWithCovarianceStamped, "root_pose", heard.root_poses.append),
            (Float32MultiArray, "contacts", heard.contacts.append),
            (DiagnosticArray, "/diagnostics", self._on_diagnostics),
        ):
            self.create_subscription(kind, topic, keep, EVERYTHING)
        self.create_subscription(String, "robot_description", self._on_description, LATCHED)
        self._change_state = self.create_client(ChangeState, "capture/change_state")

    def hears_capture(self) -> bool:
        """Whether the capture node is there and messages come from it."""
        return self._counted_ns > 0 and self._change_state.service_is_ready()

    def hears_camera(self) -> bool:
        """Whether the camera node publishes."""
        return self.count_publishers("camera_info") > 0

    def hears_motion(self) -> bool:
        """Whether the capture node publishes every topic that the demo looks at."""
        return all(self.count_publishers(topic) for topic in MOTION_TOPICS)

    def change_state(self, transition: int) -> Callable[[], bool]:
        """Ask the capture node for a lifecycle transition; the result says, when called, whether it has succeeded."""
        request = ChangeState.Request()
        request.transition.id = transition
        answer = self._change_state.call_async(request)
        return lambda: answer.done() and answer.result().success

    def counted_after(self, time_ns: int) -> bool:
        """Whether the capture node has reported its counts since `time_ns`."""
        return self._counted_ns > time_ns

    def _on_joint_state(self, message: JointState) -> None:
        self.heard.joint_states_at.append(time.time_ns())
        self.heard.joint_states.append(message)

    def _on_description(self, message: String) -> None:
        self.heard.descriptions_at.append(time.time_ns())
        self.heard.descriptions.append(message.data)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {one.key: one.value for one in status.values}
            if "images received" in values:
                self.heard.counts = {name: int(values[f"images {name}"]) for name in ("received", "dropped")}
                self._counted_ns = ns(message.header)

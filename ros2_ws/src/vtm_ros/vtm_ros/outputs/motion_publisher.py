"""Everything the capture node publishes about the person."""

import math
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseArray, PoseWithCovarianceStamped, Vector3Stamped
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray, String
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from vtm.body.urdf import urdf
from vtm.types import Motion
from vtm_ros.conversions import hand_messages, messages
from vtm_ros.conversions.root_pose import RootPose, root_in_camera, root_in_world
from vtm_ros.conversions.tf_tree import Pose
from vtm_ros.outputs.published_body import PublishedBody
from vtm_ros.parameters import BodyParameters
from vtm_ros.recording.recorder import Recorder

DEPTH = QoSProfile(depth=10)
TF_DEPTH = QoSProfile(depth=100)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class MotionPublisher:
    """The lifecycle publishers of a capture node and the body they agree on.

    Args:
        node: What publishes.
        world_frame: The frame of TF that the cameras of the motions are in, and the person is placed in; empty for the
            camera's own.
        recorder: What is published goes there, too.
        hands: Whether somebody looks at the hands, so that there are fingers.
        hand_points: Whether they have topics, too, of what is seen of them.
        place: Before the names of the topics; with it, it is the prefix of the frames of TF as well.
        colour: Of the markers, #rrggbb; left blue and right orange without.
    """

    def __init__(
        self,
        node: LifecycleNode,
        world_frame: str = "",
        recorder: Recorder | None = None,
        hands: bool = False,
        place: str = "",
        colour: str = "",
        hand_points: bool = True,
    ):
        self._node = node
        self._body = PublishedBody()
        self._recorder = recorder
        self._world_frame = world_frame
        self._place, self._colour, self._fingers = place, colour, hands

        def create(kind: type, topic: str, qos: QoSProfile) -> LifecyclePublisher:
            return node.create_lifecycle_publisher(kind, f"{place}/{topic}" if place else topic, qos)

        self._description = create(String, "robot_description", LATCHED)
        self._joint_states = create(JointState, "joint_states", DEPTH)
        self._tf = node.create_lifecycle_publisher(TFMessage, "/tf", TF_DEPTH)
        self._root_pose = create(PoseWithCovarianceStamped, "root_pose", DEPTH)
        self._up = create(Vector3Stamped, "up", DEPTH)
        self._skeleton = create(MarkerArray, "skeleton", DEPTH)
        self._contacts = create(Float32MultiArray, "contacts", DEPTH)
        self._confidence = create(Float32MultiArray, "confidence", DEPTH)
        shown = hands and hand_points
        self._hands = [create(PoseArray, f"{side}_hand/points", DEPTH) for side in ("left", "right") if shown]

    @property
    def offsets(self) -> np.ndarray:
        """(22, 3) metres, of the published description."""
        return self._body.offsets

    def publish(
        self, motion: Motion, camera_frame: str, parameters: BodyParameters, covariance: np.ndarray | None = None
    ) -> RootPose:
        """Publish one motion; a new description goes out before the first sample that uses it.

        Args:
            motion: The motion.
            camera_frame: Its camera's optical axes.
            parameters: Of the node.
            covariance: (6, 6) of the pelvis in these axes; without, as one camera guesses.

        Returns:
            Where the pelvis is.
        """
        root = self._root(motion, camera_frame, covariance)
        prefix = self._place or parameters.tf_prefix
        name = prefix or "person"
        if self._body.update(motion):
            self._send(self._description, String(data=urdf(self._body.offsets, name, hands=self._fingers)))
        offsets = self._body.offsets
        motion, angles = self._body.posed(motion, parameters.max_joint_velocity, parameters.max_joint_acceleration)
        self._send(self._up, messages.up(motion, root, bool(self._world_frame)))
        state = messages.joint_state(motion.stamp_ns, angles)
        if motion.hands:
            hand_messages.add_fingers(state, motion.hands)
        self._send(self._confidence, messages.confidence(motion))
        self._send(self._joint_states, state)
        self._send(self._root_pose, messages.root_pose(motion.stamp_ns, root))  # who follows has all now; TF takes time
        if parameters.publish_tf:
            frames = messages.transforms(motion, root, offsets, prefix)
            if motion.hands:
                frames.transforms += hand_messages.finger_transforms(motion.stamp_ns, motion.hands, offsets, prefix)
            self._send(self._tf, frames)
            if parameters.publish_link_frames:
                between = messages.links_between(motion.stamp_ns, angles, offsets, prefix)
                if motion.hands:
                    told = motion.stamp_ns, motion.hands, offsets, prefix
                    between.transforms += hand_messages.finger_links_between(*told)
                self._send(self._tf, between)
        self._send(self._contacts, messages.contacts(motion))
        for publisher, hand in zip(self._hands, motion.observation.hands or (), strict=False):
            if hand is not None:
                self._send(publisher, hand_messages.hand_points(motion.stamp_ns, hand, camera_frame))
        if parameters.publish_markers and self._skeleton.get_subscription_count():
            markers = messages.skeleton_markers(motion, root, offsets, name, parameters.timeout, self._colour)
            self._send(self._skeleton, markers)
        return root

    def another_person(self) -> None:
        """What comes next is somebody else's motion: their description goes out first."""
        self._body = PublishedBody()

    def _send(self, publisher: LifecyclePublisher, message: Any) -> None:
        publisher.publish(self._recorder.message(publisher, message) if self._recorder else message)

    def _root(self, motion: Motion, camera_frame: str, covariance: np.ndarray | None) -> RootPose:
        root = root_in_camera(motion, camera_frame, covariance)
        if not self._world_frame:
            return root
        assert motion.camera is not None, "with world_frame, only motions are published whose camera TF knows"
        return root_in_world(root, Pose(motion.camera.rotation, motion.camera.position), self._world_frame)

    def is_wanted(self) -> bool:
        """Whether somebody subscribes to the joint states or to TF."""
        return bool(self._joint_states.get_subscription_count() or self._tf.get_subscription_count())

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (
            self._description, self._joint_states, self._tf, self._root_pose, self._skeleton, self._contacts,
            self._confidence, self._up, *self._hands,
        ):  # fmt: skip
            self._node.destroy_lifecycle_publisher(publisher)


def is_sound(motion: Motion) -> bool:
    """Whether every number is finite, no quaternion is near zero, every bone has a length."""
    arrays = (motion.quat_local, motion.root_cam, motion.bone_ratio, motion.confidence, motion.contacts)
    return (
        all(math.isfinite(float(np.sum(array))) for array in arrays)
        and bool(np.linalg.norm(motion.quat_local, axis=-1).min() > 0.5)
        and bool(motion.bone_ratio.min() > 0)
    )

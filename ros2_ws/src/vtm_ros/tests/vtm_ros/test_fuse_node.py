"""The node `fuse` over real DDS: two capture nodes that tell one body, each as its camera has it."""

from itertools import count

import numpy as np
import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray, String
from tf2_msgs.msg import TFMessage

from tests.vtm_ros.support import FRAME_NS, LATCHED, NEVER_S, START_NS, Listener, in_executor, ros, wait_until
from tests.vtm_trt.fusion.rig import CAMERAS, LENS, joints, person
from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import angles_from_quats
from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import scaled_offsets
from vtm.body.urdf import urdf
from vtm.types import CameraPose, HandPoses, Motion, Observation
from vtm_ros.conversions import messages
from vtm_ros.conversions.hand_messages import add_fingers
from vtm_ros.conversions.person_from_messages import About, body_of, offsets_of
from vtm_ros.conversions.root_pose import root_in_camera
from vtm_ros.nodes.fuse_node import FuseNode
from vtm_ros.nodes.spinning import spinning

TRUE = person(40)
PLACES = joints(TRUE)
LOOP = [*range(40), *range(38, 0, -1)]
"""There and back."""


class Eye(Node):
    """What a capture node says of the body, which its camera takes for larger and further away than it is."""

    def __init__(self, name: str, pose: CameraPose, size: float, hands: HandPoses):
        super().__init__("capture", namespace=f"/{name}")
        self.name, self.pose, self.size, self.hands, self.tells = name, pose, size, hands, True
        self._angles = self.create_publisher(JointState, "joint_states", 10)
        self._root = self.create_publisher(PoseWithCovarianceStamped, "root_pose", 10)
        self._sure = self.create_publisher(Float32MultiArray, "confidence", 10)
        self._body = self.create_publisher(String, "robot_description", LATCHED)
        self._body.publish(String(data=urdf(scaled_offsets(TRUE.bone_ratio * size))))

    def place(self) -> TransformStamped:
        """Where the camera is."""
        turn, at = quat_from_matrix(self.pose.rotation), self.pose.position
        message = TransformStamped(child_frame_id=f"{self.name}_optical")
        message.header.frame_id = "room"
        for axis, value in zip("xyz", at.tolist(), strict=True):
            setattr(message.transform.translation, axis, value)
        for axis, value in zip("xyzw", turn.tolist(), strict=True):
            setattr(message.transform.rotation, axis, value)
        return message

    def babble(self) -> None:
        """Say what no capture node says."""
        stamp = messages.time_from_ns(START_NS)
        root = PoseWithCovarianceStamped()
        root.header.stamp, root.header.frame_id = stamp, f"{self.name}_optical"
        for position in ([], [float("nan")] * 63, [1e300] * 63):
            for names in ([], list(messages.joint_state(0, np.zeros(63)).name)):
                state = JointState(name=names, position=position)
                state.header.stamp = stamp
                self._sure.publish(Float32MultiArray(data=[float("nan")] * 22))
                self._angles.publish(state)
                self._root.publish(root)

    def tell(self, frame: int) -> None:
        """Say what there is of a frame."""
        if not self.tells:
            return
        motion = self._motion(LOOP[frame % len(LOOP)], START_NS + frame * FRAME_NS)
        self._sure.publish(messages.confidence(motion))
        state = messages.joint_state(motion.stamp_ns, angles_from_quats(motion.quat_local))
        add_fingers(state, self.hands)
        self._angles.publish(state)
        self._root.publish(messages.root_pose(motion.stamp_ns, root_in_camera(motion, f"{self.name}_optical")))

    def _motion(self, row: int, stamp_ns: int) -> Motion:
        local = TRUE.local[row].copy()
        local[0] = self.pose.rotation.T @ local[0]
        root = self.size * (TRUE.root[row] - self.pose.position) @ self.pose.rotation
        nothing = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
        return Motion(
            stamp_ns, quat_from_matrix(local).astype(np.float32), root.astype(np.float32), TRUE.bone_ratio * self.size,
            np.full(22, 0.6, np.float32), np.zeros(4, np.float32), Observation(stamp_ns, LENS, *nothing),
            hands=self.hands,
        )  # fmt: skip


class Room(Listener):
    """Lets the eyes see one frame after the other, and hears what the node says."""

    def __init__(self, *eyes: Eye) -> None:
        super().__init__()
        self._eyes, self._frames = eyes, count(1)
        self._places = self.create_publisher(TFMessage, "/tf_static", LATCHED)
        self.create_timer(FRAME_NS * 1e-9, self._tick)
        self.listen(PoseWithCovarianceStamped, "root_pose")
        self.listen(Float32MultiArray, "confidence")

    def place(self) -> None:
        """Tell TF where the cameras are."""
        self._places.publish(TFMessage(transforms=[eye.place() for eye in self._eyes]))

    def _tick(self) -> None:
        frame = next(self._frames)
        for eye in self._eyes:
            eye.tell(frame)

    def says(self, *words: str) -> bool:
        """Whether the last diagnostics have all of them in their message."""
        return all(word in self.status().get("message", "") for word in words)

    def poses(self) -> list[int]:
        """Stamps of which all is there."""
        return [stamp for stamp in self.stamps() if self.stamped("root_pose", stamp)]

    def lately_off_m(self) -> float:
        """The median of the last poses; where the machine is busy one camera alone may have told those before."""
        return float(np.median([self.off_m(stamp) for stamp in self.poses()[-10:]]))

    def has_the_surest_hands(self) -> bool:
        """Whether the left hand of the left camera and the right one of the right came, with their confidences."""
        sure = any(np.allclose(message.data[22:], [0.9, 0.8]) for message in list(self.received["confidence"]))
        states = [dict(zip(state.name, state.position, strict=True)) for state in list(self.received["joint_states"])]
        bent = [[state[name] for name in HAND_ANGLE_NAMES] for state in states]
        return sure and any(np.allclose(angles, [0.1] * 21 + [0.2] * 21) for angles in bent)

    def off_m(self, stamp_ns: int) -> float:
        """Mean distance of the joints from the true ones."""
        state, root = self.joint_state(stamp_ns), self.stamped("root_pose", stamp_ns)
        assert state and root.header.frame_id == "room"
        local, at, _ = body_of(state, root, About())
        description = self.received["robot_description"]
        if not description:
            return float("inf")  # it comes a moment later
        offsets = offsets_of(description[-1].data)
        true = PLACES[LOOP[(stamp_ns - START_NS) // FRAME_NS % len(LOOP)]]
        return float(np.linalg.norm(forward_kinematics(local, offsets, at)[1] - true, axis=-1).mean())


def fingers(angle: float, *sure: float) -> HandPoses:
    return HandPoses(np.full((2, 21), angle, np.float32), np.array(sure, np.float32))


def fusing(**parameters) -> FuseNode:
    parameters = {"world_frame": "room", "autostart": False, "stale_after": 0.5, "tf_timeout": 10.0, **parameters}
    return FuseNode(parameter_overrides=[Parameter(name, value=value) for name, value in parameters.items()])


def test_two_cameras_measure_a_body_and_one_goes_on_alone():
    with ros():
        left = Eye("left", CAMERAS[0], 1.06, fingers(0.1, 0.9, 0.2))
        right = Eye("right", CAMERAS[1], 0.97, fingers(0.2, 0.3, 0.8))
        node, room = fusing(timeout=NEVER_S, fingers=True), Room(left, right)
        with spinning(node, room, left, right):
            assert in_executor(node.trigger_configure) == TransitionCallbackReturn.SUCCESS
            in_executor(node.trigger_activate)
            left.babble()
            remedy = "TF has no frame 'room'; publish the camera's pose"
            wait_until(lambda: room.says(f"left: {remedy}", f"right: {remedy}"), lambda: f"{room.status()}")
            assert not room.stamps()

            room.place()
            wait_until(lambda: room.poses() and room.off_m(room.poses()[-1]) < 0.003, "the body")
            known = len(room.poses())
            both = wait_until(lambda: room.says("2 of 2 cameras tell") and room.status(), lambda: f"{room.status()}")
            assert both["cameras seen"] == "2 of 2: left, right" and float(both["rays' distance [mm]"]) < 5
            wait_until(lambda: len(room.poses()) > known + 10 and room.lately_off_m() < 0.003, "motion")
            assert min(wait_until(lambda: room.received["confidence"], "confidence")[-1].data[:22]) > 0.5
            wait_until(room.has_the_surest_hands, "fingers")

            right.tells = False
            alone = wait_until(
                lambda: room.says("1 of 2 cameras tell; right: silent") and room.status(), lambda: f"{room.status()}"
            )
            assert alone["quality"].startswith("DEGRADED: one camera alone")
            known = len(room.poses())
            wait_until(lambda: len(room.poses()) > known + 2, "motion of one camera")
            assert room.off_m(room.poses()[-1]) < 0.1


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"cameras": ["left"]}, "two capture nodes or more"),
        ({"cameras": ["left", "left/"]}, "each once"),
        ({"cameras": ["left", "the right"]}, "no namespace"),
        ({"camera_frames": ["left_optical"]}, "one frame for each"),
        ({"world_frame": ""}, "world_frame"),
    ],
)
def test_what_cannot_be_configured_says_why(wrong, remedy):
    with ros():
        node = fusing(**wrong)
        assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert remedy in node._fault
        node.destroy_node()

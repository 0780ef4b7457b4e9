"""A person, a robot and an operator over real DDS, for the tests of the node `retarget`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from geometry_msgs.msg import PoseWithCovarianceStamped, Vector3Stamped
from lifecycle_msgs.msg import State
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float32MultiArray
from std_srvs.srv import SetBool, Trigger
from trajectory_msgs.msg import JointTrajectory

from tests.vtm_ros.support import LATCHED, NEVER_S, in_executor, motion, ros, wait_until
from vtm.body.joint_angles import angles_from_quats
from vtm.body.skeleton import JOINT_INDEX
from vtm.types import HandPoses, Motion
from vtm_robot.model.tree import Tree
from vtm_ros.conversions import messages
from vtm_ros.conversions.hand_messages import add_fingers
from vtm_ros.conversions.root_pose import RootPose
from vtm_ros.nodes.retarget_node import RetargetNode
from vtm_ros.nodes.spinning import spinning

DOWN = {"left_shoulder": (-70.0, 0.0, 0.0), "right_shoulder": (70.0, 0.0, 0.0)}
SIDEWAYS = {"left_shoulder": (-15.0, 0.0, 0.0), "right_shoulder": (15.0, 0.0, 0.0)}
UP = {"left_shoulder": (60.0, 0.0, 0.0), "right_shoulder": (-60.0, 0.0, 0.0)}
PATIENT = {
    "stale_after": NEVER_S, "robot_stale_after": NEVER_S, "deadman_timeout": NEVER_S, "blend_time": 0.2,
    "start_within": 180.0, "max_lag": 10.0, "output": "trajectory",
}  # fmt: skip
"""Nothing expires while a test looks; each test takes back what it is about."""


def bent(stamp_ns: int, bends: dict[str, tuple[float, float, float]]) -> Motion:
    """A person who stands in the T-pose but for these joints, degrees about x forward, y left and z up."""
    quats = np.tile([0.0, 0.0, 0.0, 1.0], (22, 1))
    for joint, degrees in bends.items():
        quats[JOINT_INDEX[joint]] = Rotation.from_rotvec(degrees, degrees=True).as_quat()
    one = motion(stamp_ns, bone_ratio=np.ones(21, np.float32))
    return Motion(
        stamp_ns, quats.astype(np.float32), one.root_cam, one.bone_ratio, np.ones(22), one.contacts, one.observation
    )


class Person(Node):
    """Publishes as the node `capture` does, 15 times a second, who stands in the pose `bends`; None for nobody.

    hands: their fingers, None where the capture does not look at them.
    """

    def __init__(self) -> None:
        super().__init__("person")
        self.bends: dict | None = DOWN
        self.hands: HandPoses | None = None
        self._out = {
            topic: self.create_publisher(kind, topic, QoSProfile(depth=10))
            for kind, topic in (
                (JointState, "joint_states"), (PoseWithCovarianceStamped, "root_pose"), (Vector3Stamped, "up"),
                (Float32MultiArray, "confidence"),
            )
        }  # fmt: skip
        self._quality = self.create_publisher(DiagnosticStatus, "quality", LATCHED)
        self.create_timer(1 / 15, self._publish)
        self.judged("GOOD")

    def judged(self, quality: str, person: int = 1, reason: str = "") -> None:
        values = [KeyValue(key="reason 1", value=reason), KeyValue(key="person", value=str(person))]
        self._quality.publish(DiagnosticStatus(message=quality, values=values))

    def _publish(self) -> None:
        if self.bends is None:
            return
        one = replace(bent(time.time_ns(), self.bends), hands=self.hands)
        root = RootPose("map", np.array([3.0, 0.0, 1.0]), np.array([0.0, 0.0, 0.0, 1.0]), np.eye(6))
        self._out["up"].publish(messages.up(one, root, True))
        self._out["confidence"].publish(messages.confidence(one))
        state = messages.joint_state(one.stamp_ns, angles_from_quats(one.quat_local))
        if one.hands:
            add_fingers(state, one.hands)
        self._out["joint_states"].publish(state)
        self._out["root_pose"].publish(messages.root_pose(one.stamp_ns, root))


class Robot(Node):
    """Tells its joints 20 times a second, and goes where its controller is told to.

    told, fingers: every command.  tells, follows: whether it does.
    """

    def __init__(self, tree: Tree, q: np.ndarray) -> None:
        super().__init__("robot")
        self.tree, self.names, self.q = tree, tree.names, q.copy()
        self.tells, self.follows = True, True
        self.told: list[JointTrajectory] = []
        self.fingers: list[JointTrajectory] = []
        self._out = self.create_publisher(JointState, "robot/joint_states", 10)
        for topic, told in (("joint_trajectory", self.told), ("finger_trajectory", self.fingers)):
            self.create_subscription(JointTrajectory, f"retarget/{topic}", partial(self._on_told, told), 50)
        self.create_timer(1 / 20, self._publish)

    def _on_told(self, told: list[JointTrajectory], message: JointTrajectory) -> None:
        told.append(message)
        if self.follows:
            q = self.q.copy()
            q[[self.names.index(name) for name in message.joint_names]] = message.points[0].positions
            self.q = q

    def _publish(self) -> None:
        if self.tells:
            self._out.publish(JointState(name=list(self.names), position=self.q.tolist()))


class Operator(Node):
    """Holds the dead-man's switch, releases it, or is silent (held: None), and calls services."""

    def __init__(self) -> None:
        super().__init__("operator")
        self.held: bool | None = None
        self.said: list[DiagnosticStatus] = []
        self._switch = self.create_publisher(Bool, "retarget/deadman", 10)
        self.create_subscription(DiagnosticStatus, "retarget/status", self.said.append, LATCHED)
        self._engage = self.create_client(SetBool, "retarget/engage")
        self._triggers = {
            name: self.create_client(Trigger, f"retarget/{name}") for name in ("stop", "release", "calibrate")
        }
        self.create_timer(1 / 10, self._publish)

    def engage(self, wanted: bool = True) -> None:
        """Again and again until it is done: before the robot's description has come it is refused."""

        def done() -> bool:
            answer = self._engage.call_async(SetBool.Request(data=wanted))
            wait_until(answer.done, "an answer of ~/engage")
            return answer.result().success

        wait_until(self._engage.service_is_ready, "~/engage")
        wait_until(done, "~/engage")

    def call(self, name: str) -> None:
        assert self.ask(name).success

    def ask(self, name: str) -> Trigger.Response:
        answer = self._triggers[name].call_async(Trigger.Request())
        wait_until(answer.done, f"an answer of ~/{name}")
        return answer.result()

    def hears(self, state: str, reason: str = "") -> None:
        """Wait until the last status is this."""

        def agrees() -> bool:
            last = self.said[-1] if self.said else None
            return bool(last and last.message == state and reason in last.values[0].value)

        last = lambda: (self.said[-1].message, self.said[-1].values[0].value) if self.said else None  # noqa: E731
        wait_until(agrees, lambda: f"{state} because of {reason!r}, last {last()}")

    def _publish(self) -> None:
        if self.held is not None:
            self._switch.publish(Bool(data=self.held))


class Cell:
    """A running node `retarget` with all that it needs."""

    def __init__(self, node: RetargetNode, person: Person, robot: Robot, operator: Operator):
        self.node, self.person, self.robot, self.operator = node, person, robot, operator

    def hold(self) -> None:
        """Engage and hold the switch, once the robot has told its joints: before, it would have to be held anew."""
        self.operator.engage()
        wait_until(lambda: self.node._teleop.robot.unknown(time.monotonic()) is None, "the robot's joint states")
        self.operator.held = True

    def follow(self) -> None:
        """Engage and wait until it follows."""
        self.hold()
        self.operator.hears("FOLLOW")

    def press_anew(self) -> None:
        """Release the switch, be seen to have done so, and hold it again."""
        self.operator.held = False
        wait_until(lambda: not self.node._teleop.intent.held(time.monotonic()), "a released switch")
        self.operator.held = True

    def falls_silent(self) -> int:
        """Wait until no more commands come; returns how many came."""
        wait_until(lambda: not self.node._teleop.driving, "the last command")
        sent = self.node._statistics.counts["sent"]
        wait_until(lambda: len(self.robot.told) >= sent, "its arrival")
        return sent


@contextmanager
def cell(profile: Path, tree: Tree, q: np.ndarray, **parameters: Any) -> Iterator[Cell]:
    """The node, active, and a world round it."""
    values = PATIENT | {"robot_profile": str(profile), "autostart": False} | parameters
    with ros():
        node = RetargetNode(parameter_overrides=[Parameter(name, value=value) for name, value in values.items()])
        person, robot, operator = Person(), Robot(tree, q), Operator()
        with spinning(node, person, robot, operator):
            in_executor(node.trigger_configure)
            in_executor(node.trigger_activate)
            assert node._state_machine.current_state[0] == State.PRIMARY_STATE_ACTIVE
            wait_until(lambda: node.count_subscribers("retarget/joint_trajectory"), "discovery of the robot")
            yield Cell(node, person, robot, operator)

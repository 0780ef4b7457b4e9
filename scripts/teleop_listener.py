"""Who operates and watches the demo of teleoperation: holds the dead-man's switch, and keeps all that is said."""

import time
from dataclasses import dataclass, field

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, JointState
from std_msgs.msg import Bool
from std_srvs.srv import SetBool

from vtm_robot.model.tree import Tree
from vtm_robot.teleop.person_watch import Quality, Seen
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.teleop.person_input import PersonInput

EVERYTHING = QoSProfile(depth=1000)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
HOLDS_S = 0.05


@dataclass
class Watched:
    """What came, with the time (monotonic, s) when it did.

    images: stamps of the camera's images.  people: poses.  measured, commanded: (m,) of the robot's joints.
    states: what the node `retarget` did, and why.  diagnostics: its last ones.
    """

    images: list[tuple[float, int]] = field(default_factory=list)
    people: list[Seen] = field(default_factory=list)
    measured: list[tuple[float, np.ndarray]] = field(default_factory=list)
    torques: list[float] = field(default_factory=list)
    commanded: list[tuple[float, np.ndarray]] = field(default_factory=list)
    states: list[tuple[float, str, str]] = field(default_factory=list)
    diagnostics: dict[str, str] = field(default_factory=dict)


class Operator(Node):
    """In the namespace of the person; engages as soon as the node is ready.

    Args:
        tree: The robot's, in whose order joints are kept.
    """

    def __init__(self, tree: Tree):
        super().__init__("operator", namespace="person")
        self.watched = Watched()
        self._names = tree.names
        self._switch = self.create_publisher(Bool, "retarget/deadman", 10)
        self._engage = self.create_client(SetBool, "retarget/engage")
        self._engaged = False
        self._person = PersonInput(self, self.watched.people.append, self._ignore)
        for kind, topic, heard, qos in (
            (CameraInfo, "camera_info", self._on_camera_info, EVERYTHING),
            (JointState, "/joint_states", self._on_measured, EVERYTHING),
            (JointState, "retarget/command", self._on_commanded, EVERYTHING),
            (DiagnosticStatus, "retarget/status", self._on_status, LATCHED),
            (DiagnosticArray, "/diagnostics", self._on_diagnostics, EVERYTHING),
        ):
            self.create_subscription(kind, topic, heard, qos)
        self.create_timer(HOLDS_S, self._hold)

    def hears_robot(self) -> bool:
        """Whether robot and retarget are there."""
        return bool(self.watched.measured and self.watched.states)

    def hears_camera_node(self) -> bool:
        """Whether the node `capture` is ready for images."""
        return self.count_subscribers("image") > 0

    @property
    def state(self) -> tuple[str, str]:
        """What the node `retarget` does, and why not more."""
        return self.watched.states[-1][1:] if self.watched.states else ("", "")

    def _hold(self) -> None:
        self._switch.publish(Bool(data=True))
        if not self._engaged and self.state[0] == "READY":
            self._engaged = True
            self._engage.call_async(SetBool.Request(data=True))

    def _ignore(self, _quality: Quality, _reasons: str) -> None:
        """The node `retarget` heeds it."""

    def _on_camera_info(self, message: CameraInfo) -> None:
        self.watched.images.append((time.monotonic(), ns_from_time(message.header.stamp)))

    def _on_measured(self, message: JointState) -> None:
        self.watched.measured.append((time.monotonic(), self._in_order(message)))
        self.watched.torques.append(float(np.abs(message.effort).max(initial=0.0)))

    def _on_commanded(self, message: JointState) -> None:
        self.watched.commanded.append((time.monotonic(), self._in_order(message)))

    def _on_status(self, message: DiagnosticStatus) -> None:
        self.watched.states.append((time.monotonic(), message.message, message.values[0].value))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith("teleoperation"):
                self.watched.diagnostics = {pair.key: pair.value for pair in status.values}

    def _in_order(self, message: JointState) -> np.ndarray:
        told = dict(zip(message.name, message.position, strict=True))
        return np.array([told[name] for name in self._names])

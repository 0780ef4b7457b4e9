#!/usr/bin/env python3
"""How late the node `retarget` is: from a pose's arrival at its topics to the command at the robot's, over DDS.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/teleop.py
    .venv/bin/python benchmarks/teleop.py --busy 2 --hands                 # beside two processes that compute
    .venv/bin/python benchmarks/teleop.py --against ../another/checkout    # its node in turn with ours, in one run

The node is a process of its own; this program is a person who swings the arms, a robot that does as it is told, and the
controller that notes when the first command after each pose comes. Its stamps are of the moment of publication, so that
what the capture takes is not in it: that is what `make latency` measures.
"""

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped, Vector3Stamped
from program import keep, start
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rich.console import Console
from rich.table import Table
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray
from std_srvs.srv import SetBool
from trajectory_msgs.msg import JointTrajectory

from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import ANGLE_NAMES
from vtm.errors import VtmError
from vtm_robot.profile.model import draft_robot
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.nodes.programs import node_command, running
from vtm_tools.bench.machine import machine, today, versions

ROOT = Path(__file__).resolve().parent.parent
ROBOT = Path(sys.prefix) / "share/vtm/robots/jvrc1.urdf"
RESULT = Path(__file__).parent / "results/teleop.json"
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ROBOT_HZ = 100.0
WARM_UP_S, START_WITHIN_S = 3.0, 60.0
PARAMETERS: dict[str, Any] = {
    "output": "trajectory", "require_deadman": False, "min_quality": "any", "start_within": 180.0, "stale_after": 1.0,
    "robot_stale_after": 2.0, "max_lag": 10.0, "blend_time": 0.3,
}  # fmt: skip


class World(Node):
    """Person, robot and controller.

    late_ms: of the first command after each pose.  said: the last diagnostics.
    """

    def __init__(self, names: tuple[str, ...], camera_hz: float, hands: bool):
        super().__init__("world", namespace="person")
        self._q, self._hands = dict.fromkeys(names, 0.0), hands
        self._sent_ns, self._answered, self._began = 0, True, time.monotonic()
        self.late_ms: list[float] = []
        self.said: dict[str, str] = {}
        self._out = {
            topic: self.create_publisher(kind, topic, 10)
            for kind, topic in (
                (Vector3Stamped, "up"), (Float32MultiArray, "confidence"), (JointState, "joint_states"),
                (PoseWithCovarianceStamped, "root_pose"), (JointState, "robot/joint_states"),
            )
        }  # fmt: skip
        self._quality = self.create_publisher(DiagnosticStatus, "quality", LATCHED)
        self._quality.publish(DiagnosticStatus(message="GOOD"))
        self._engage = self.create_client(SetBool, "retarget/engage")
        self.create_subscription(JointTrajectory, "retarget/joint_trajectory", self._on_command, 50)
        self.create_subscription(JointTrajectory, "retarget/finger_trajectory", self._on_fingers, 50)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self.create_timer(1 / camera_hz, self._pose)
        self.create_timer(1 / ROBOT_HZ, self._tell)

    def ready(self) -> bool:
        """Whether it follows."""
        if self._engage.service_is_ready() and self.said.get("reason") == "not engaged":
            self._engage.call_async(SetBool.Request(data=True))
        return self.said.get("state") == "FOLLOW"

    def _pose(self) -> None:
        """A person who swings both arms by 40 degrees, once in two seconds, and makes fists."""
        swing = np.sin(np.pi * (time.monotonic() - self._began))
        angles = dict.fromkeys(ANGLE_NAMES, 0.0)
        for side, sign in (("left", -1.0), ("right", 1.0)):
            angles[next(n for n in ANGLE_NAMES if n.startswith(f"{side}_shoulder"))] = float(sign * (0.6 + 0.7 * swing))
        if self._hands:
            angles |= {n: float(0.7 + 0.6 * swing) * n.endswith(("fe", "pip")) for n in HAND_ANGLE_NAMES}
        self._sent_ns, self._answered = time.time_ns(), False
        stamp = time_from_ns(self._sent_ns)
        root, up, state = PoseWithCovarianceStamped(), Vector3Stamped(), JointState()
        root.header.stamp = up.header.stamp = state.header.stamp = stamp
        root.header.frame_id = up.header.frame_id = "map"
        root.pose.pose.position.z = up.vector.z = 1.0
        state.name, state.position = list(angles), list(angles.values())
        self._out["up"].publish(up)
        self._out["confidence"].publish(Float32MultiArray(data=[0.9] * (24 if self._hands else 22)))
        self._out["joint_states"].publish(state)
        self._out["root_pose"].publish(root)

    def _tell(self) -> None:
        state = JointState(name=list(self._q), position=list(self._q.values()))
        state.header.stamp = self.get_clock().now().to_msg()
        self._out["robot/joint_states"].publish(state)

    def _on_command(self, message: JointTrajectory) -> None:
        if not self._answered:
            self._answered = True
            self.late_ms.append((time.time_ns() - self._sent_ns) * 1e-6)
        self._on_fingers(message)

    def _on_fingers(self, message: JointTrajectory) -> None:
        self._q.update(zip(message.joint_names, message.points[0].positions, strict=True))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith("retarget: teleoperation"):
                self.said = {pair.key: pair.value for pair in status.values}


def measure(options: argparse.Namespace, checkout: Path, names: tuple[str, ...]) -> dict[str, float]:
    """One round with the node of `checkout`."""
    with ExitStack() as stack:
        for _ in range(options.busy):
            stack.enter_context(running([sys.executable, "-c", "while True: pass"]))
        values = PARAMETERS | {"robot_profile": str(options.robot), "rate": options.rate}
        command = node_command("retarget_node", values, "-r", "__ns:=/person")
        path = os.pathsep.join(filter(None, [str(checkout / "ros2_ws/src/vtm_ros"), os.environ.get("PYTHONPATH", "")]))
        quiet = running(command, env=os.environ | {"PYTHONPATH": path}, stderr=subprocess.DEVNULL)
        node = stack.enter_context(quiet)
        rclpy.init()
        stack.callback(rclpy.try_shutdown)
        world = World(names, options.camera, options.hands)
        stack.callback(world.destroy_node)
        deadline = time.monotonic() + START_WITHIN_S
        while not world.ready():
            if time.monotonic() > deadline or node.poll() is not None:
                raise VtmError(f"the node does not follow (last: {world.said}); look at its output")
            rclpy.spin_once(world, timeout_sec=0.1)
        _spin(world, WARM_UP_S)
        world.late_ms.clear()
        before, began = _cpu_s(node.pid), time.monotonic()
        _spin(world, options.seconds)
        cpu = (_cpu_s(node.pid) - before) / (time.monotonic() - began)
        late = np.percentile(world.late_ms, (50, 95, 99)).round(2).tolist()
    told = {f"command p{share} [ms]": float(world.said[f"command p{share} [ms]"]) for share in (50, 99)}
    named = {f"pose to command p{share} [ms]": value for share, value in zip((50, 95, 99), late, strict=True)}
    return {**named, **told, "cores": round(cpu, 3), "poses": len(world.late_ms)}


def _spin(node: Node, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        rclpy.spin_once(node, timeout_sec=left)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robot", type=Path, default=ROBOT, help="its URDF (%(default)s)")
    parser.add_argument("--rate", type=float, default=30.0, help="commands per second")
    parser.add_argument("--camera", type=float, default=30.0, help="poses per second")
    parser.add_argument("--hands", action="store_true", help="the person has hands, too")
    parser.add_argument("--busy", type=int, default=0, help="processes beside that compute all the time")
    parser.add_argument("--seconds", type=float, default=15.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--against", type=Path, help="another checkout, whose node is measured in turn")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file to write (%(default)s)")
    options = parser.parse_args()
    names = draft_robot(options.robot)[0].tree.names
    checkouts = {"ours": ROOT} | ({"against": options.against.resolve()} if options.against else {})
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    for _ in range(options.rounds):
        for name, checkout in reversed(checkouts.items()):
            rounds[name].append(measure(options, checkout, names))
    found = {
        name: {key: float(np.median([one[key] for one in ours])) for key in ours[0]} for name, ours in rounds.items()
    }
    asked = {name: getattr(options, name) for name in ("rate", "camera", "hands", "busy", "seconds", "rounds")}
    keep({"date": today(), "machine": machine(2), "versions": versions("numpy", "daqp"), **asked, **found}, options.out)
    table = Table("", *found, title=f"{options.robot.stem}, {options.busy} processes beside; medians of the rounds")
    for key in found["ours"]:
        table.add_row(key, *(f"{one[key]:g}" for one in found.values()))
    Console().print(table)


if __name__ == "__main__":
    start(main)

"""What the node `retarget` says of itself: its state whenever that changes, and once a second how it fares."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Header

from vtm_robot.teleop.machine import Order, State, Teleop

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LEVELS = {State.STOP: DiagnosticStatus.ERROR, State.HOLD: DiagnosticStatus.WARN}
COVERED = 500
"""How many of the last commands the percentiles cover."""
WORDY_S = 0.2
"""Reasons alone, whose numbers change all the time, are told so often at most."""


class StatusPublisher:
    """Publishes the latched topic `~/status`: its message is the state, its value `reason` why."""

    def __init__(self, node: Node):
        self._publisher = node.create_publisher(DiagnosticStatus, "~/status", LATCHED)
        self._name = node.get_fully_qualified_name().strip("/")
        self._said, self._said_at = ("", ""), 0.0

    def say(self, state: State, reason: str) -> None:
        """Publish the state if it, or after a while its reason, is another one than before."""
        now, saying = time.monotonic(), (state.value, reason)
        if saying == self._said or (state.value == self._said[0] and now - self._said_at < WORDY_S):
            return
        self._said, self._said_at = saying, now
        level = LEVELS.get(state, DiagnosticStatus.OK)
        values = [KeyValue(key="reason", value=reason)]
        self._publisher.publish(DiagnosticStatus(level=level, name=self._name, message=state.value, values=values))


@dataclass
class TeleopStatistics:
    """Counters and times of commands.

    Attributes:
        counts: `sent`, and `slowed for what was near`.
        latencies_ms: From the image's stamp to the first command after its pose.
        steps_ms: How long commands took.
    """

    counts: Counter = field(default_factory=Counter)
    latencies_ms: deque = field(default_factory=lambda: deque(maxlen=COVERED))
    steps_ms: deque = field(default_factory=lambda: deque(maxlen=COVERED))
    _stamp_ns: int = 0

    def ordered(self, order: Order, now_ns: int, step_s: float) -> None:
        """Count an order that went out at the ROS time `now_ns`, and took `step_s`."""
        self.counts["sent"] += order.sent
        self.counts["slowed for what was near"] += order.command.refused
        self.steps_ms.append(1e3 * step_s)
        if order.stamp_ns and order.stamp_ns != self._stamp_ns:
            self._stamp_ns = order.stamp_ns
            self.latencies_ms.append((now_ns - order.stamp_ns) * 1e-6)


def diagnostics(
    stamp: Time,
    name: str,
    lifecycle: str,
    fault: str,
    teleop: Teleop | None,
    last: Order | None,
    statistics: TeleopStatistics,
) -> DiagnosticArray:
    """Build the status of the node.

    Args:
        stamp: Of the message.
        name: Of the status.
        lifecycle: State of the lifecycle.
        fault: Why a transition failed, empty where none did.
        teleop: What drives the robot, None while there is none.
        last: The last order, None before one.
        statistics: What was counted.

    Returns:
        An array of one status.
    """
    state = last.state if last else State.PREVIEW
    level, message = (
        LEVELS.get(state, DiagnosticStatus.OK),
        f"{state.value}: {last.reason}" if last and last.reason else state.value,
    )
    if fault:
        level, message = DiagnosticStatus.ERROR, fault
    elif lifecycle != "active":
        level, message = DiagnosticStatus.WARN, f"{lifecycle}: configure and activate the node"
    elif teleop is None:
        level, message = DiagnosticStatus.WARN, "no `robot/robot_description` has come, and no robot_profile is given"
    values = {
        "lifecycle": lifecycle,
        "state": state.value,
        "reason": last.reason if last else "",
        "robot": teleop.model.tree.name if teleop else "",
        "commands sent": str(statistics.counts["sent"]),
        "commands slowed for what was near": str(statistics.counts["slowed for what was near"]),
        "poses refused": str(teleop.person.refused if teleop else 0),
        "jumps of the person": str(teleop.person.jumps if teleop else 0),
        "quality": teleop.person.quality.value if teleop else "",
        "hands that follow": _hands(teleop),
        "clearance [m]": f"{last.command.clearance:.3f}" if last else "",
        **_percentiles("latency", statistics.latencies_ms, (50, 95)),
        **_percentiles("command", statistics.steps_ms, (50, 99)),
    }
    status = DiagnosticStatus(
        level=level,
        name=name,
        message=message,
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    return DiagnosticArray(header=Header(stamp=stamp), status=[status])


def _hands(teleop: Teleop | None) -> str:
    """The sides of the robot's hands whose fingers follow."""
    if teleop is None:
        return ""
    stays = {*teleop.hands.held(), *teleop.hands.lost()}
    sides = zip(teleop.hands.sides, teleop.hands.joined, strict=True)
    return ", ".join(side for side, joined in sides if joined and f"{side} fingers" not in stays)


def _percentiles(what: str, times_ms: deque, shares: tuple[int, ...]) -> dict[str, str]:
    found = np.percentile(list(times_ms) or [np.nan], shares)
    return {f"{what} p{share} [ms]": f"{value:.1f}" for share, value in zip(shares, found, strict=True)}

"""The lifecycle node `retarget`: a captured person in, a robot that follows out."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from vtm.errors import VtmError
from vtm_robot.model.urdf import parse_urdf
from vtm_robot.profile.model import RobotModel, draft_of, load_robot, robot_model
from vtm_robot.profile.profile import Profile
from vtm_robot.profile.segments import GROUPS
from vtm_robot.teleop.machine import MOVING, Order, Teleop
from vtm_robot.teleop.pace import Pace
from vtm_robot.teleop.person_watch import Quality, Seen
from vtm_ros.nodes.managed_node import ManagedNode, recoverable
from vtm_ros.nodes.run import run_nodes
from vtm_ros.parameters import Parameters, RetargetParameters
from vtm_ros.teleop.operator_input import OperatorInput
from vtm_ros.teleop.person_input import PersonInput
from vtm_ros.teleop.robot_input import RobotInput
from vtm_ros.teleop.robot_output import RobotOutput
from vtm_ros.teleop.teleop_status import StatusPublisher, TeleopStatistics, diagnostics

DIAGNOSTICS_PERIOD_S = 1.0
LOOKS = 2
"""How often in a period after a command it is looked whether the next one is due, besides when a pose comes."""


class RetargetNode(ManagedNode):
    """Configuring reads the robot, activating follows, deactivating brakes first.

    Args:
        **node_options: Of rclpy's node.

    Raises:
        VtmError: A start parameter is not valid.
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__("retarget", **node_options)
        self._teleop: Teleop | None = None
        self._profile: Profile | None = None
        self._output: RobotOutput | None = None
        self._inputs: list = []
        self._timer: Any = None
        self._last: Order | None = None
        self._settings = Parameters(self, RetargetParameters)  # where it refuses them, what is above is freed
        self._pace = Pace(self._settings.values.rate)
        self._fault = ""
        self._quality = Quality.UNKNOWN, ""
        self._statistics = TeleopStatistics()
        self._status = StatusPublisher(self)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(DIAGNOSTICS_PERIOD_S, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the robot, where a file tells it."""
        self._fault = ""
        try:
            self._read_robot()
        except Exception as fault:
            self.report_fault(fault)
            self._free()
            return TransitionCallbackReturn.FAILURE
        return super().on_configure(state)

    @recoverable
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to person, robot and operator, and follow when they all agree."""
        described = None if self._teleop else self._on_description
        self._inputs = [
            PersonInput(self, self._on_person, self._on_quality),
            RobotInput(self, self._on_measured, described),
            OperatorInput(self, lambda: self._teleop, self._settings.values.joy_button),
        ]
        self._timer = self.create_timer(1.0 / (LOOKS * self._settings.values.rate), self._look)
        return super().on_activate(state)

    @recoverable
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brake, and listen to nobody."""
        self._stop()
        return super().on_deactivate(state)

    def _read_robot(self) -> None:
        """What robot_profile names; a profile that names no URDF waits for `robot/robot_description`."""
        settings = self._settings.values
        unknown = [group for group in settings.groups.split() if group not in GROUPS]
        if unknown:
            raise VtmError(f"there is no group {', '.join(unknown)}; `groups` takes some of: {', '.join(GROUPS)}")
        if not settings.robot_profile:
            return
        path = Path(settings.robot_profile).expanduser()
        if path.suffix.lower() in (".yaml", ".yml"):
            self._profile = Profile.load(path)
            if not self._profile.urdf:
                return
        self._know(load_robot(path))

    def _know(self, model: RobotModel) -> None:
        settings = self._settings.values
        if settings.groups:
            model = robot_model(model.tree, replace(model.profile, groups=tuple(settings.groups.split())))
        names = settings.joints.split() or [model.tree.names[column] for column in np.flatnonzero(model.follows)]
        strange = [name for name in names if name not in model.tree.names]
        if strange:
            raise VtmError(f"{model.tree.name} has no joint {', '.join(strange)}; correct the parameter `joints`")
        columns = np.array([model.tree.names.index(name) for name in names])
        needed = np.zeros(len(model.tree.names), bool)
        needed[columns] = True
        self._teleop = Teleop(model, settings.teleop, needed)
        self._output = RobotOutput(self, model, columns, self._teleop.hands.columns, settings)
        self._teleop.person.judge(*self._quality)
        hands = f", and {len(self._teleop.hands.names)} fingers" if self._teleop.hands.names else ""
        self.get_logger().info(
            f"{model.tree.name}: {int(model.follows.sum())} joints follow{hands}; output: {settings.output}"
        )

    def _on_description(self, text: str) -> None:
        if self._teleop:
            return
        try:
            tree = parse_urdf(text)
            self._know(robot_model(tree, self._profile) if self._profile else draft_of(tree)[0])
        except VtmError as fault:
            self._fault = str(fault)
            self.get_logger().error(f"cannot follow: {fault}")

    def _on_person(self, seen: Seen) -> None:
        if self._teleop:
            self._teleop.person.take(seen)
            if self._teleop.person.newest is seen:
                self._pace.posed(seen.stamp_ns, seen.came)
            self._look()

    def _on_quality(self, quality: Quality, reasons: str) -> None:
        self._quality = quality, reasons
        if self._teleop:
            self._teleop.person.judge(quality, reasons)

    def _on_measured(self, now: float, names, positions) -> None:
        if self._teleop:
            self._teleop.robot.take(now, names, positions)

    def _look(self) -> None:
        """Give the next command if it is due."""
        if self._teleop and self._pace.due(time.monotonic(), self._teleop.state in MOVING):
            self._tick()

    def _tick(self) -> None:
        """Give the next command: the robot hears it first, all else after."""
        if self._teleop is None or self._output is None:
            return
        now = time.monotonic()
        self._pace.ticked(now)
        self._last = order = self._teleop.step(now)
        self._output.tell(order)
        self._statistics.ordered(order, self.get_clock().now().nanoseconds, time.monotonic() - now)
        self._output.show(order)
        self._status.say(order.state, order.reason)
        if self._timer:
            self._timer.reset()

    def _diagnose(self) -> None:
        name = f"{self.get_fully_qualified_name().strip('/')}: teleoperation"
        lifecycle, stamp = self._state_machine.current_state[1], self.get_clock().now().to_msg()
        self._diagnostics.publish(
            diagnostics(stamp, name, lifecycle, self._fault, self._teleop, self._last, self._statistics)
        )

    def _stop(self) -> None:
        """Brake, then hear nothing more."""
        if self._timer:
            self.destroy_timer(self._timer)
            self._timer = None
            self._brake()
        while self._inputs:
            self._inputs.pop().close()

    def _brake(self) -> None:
        if self._teleop is None:
            return
        self._teleop.stop("the node was deactivated")
        while self._teleop.driving and self.context.ok():
            time.sleep(self._pace.rest(time.monotonic()))
            self._tick()
        self._teleop.release()

    def _free(self) -> None:
        """Brake first."""
        self._stop()
        if self._output:
            self._output.close()
        self._output = self._teleop = self._profile = self._last = None


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `retarget`."""

    def make():
        node = RetargetNode()
        yield node
        node.autostart()

    return run_nodes(make, args)


if __name__ == "__main__":
    sys.exit(main())

"""What the operator says: engage, stop, and a dead-man's switch that is held."""

import math
import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Joy
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from vtm.errors import VtmError
from vtm_robot.teleop.machine import Teleop

NEWEST = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


class OperatorInput:
    """Services and switches of the node `retarget`.

    Args:
        node: Whose they are.
        teleop: Gives what drives the robot, None while there is none.
        joy_button: The switch on `joy`, -1 for none.
    """

    def __init__(self, node: Node, teleop: Callable[[], Teleop | None], joy_button: int):
        self._node, self._teleop, self._button = node, teleop, joy_button
        self._services = [
            node.create_service(SetBool, "~/engage", self._on_engage),
            node.create_service(Trigger, "~/stop", self._on_stop),
            node.create_service(Trigger, "~/release", self._on_release),
            node.create_service(Trigger, "~/calibrate", self._on_calibrate),
        ]
        self._subscriptions = [node.create_subscription(Bool, "~/deadman", self._on_deadman, NEWEST)]
        if joy_button >= 0:
            self._subscriptions.append(node.create_subscription(Joy, "joy", self._on_joy, NEWEST))

    def close(self) -> None:
        """Unsubscribe, and serve no more."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        for service in self._services:
            self._node.destroy_service(service)

    def _on_deadman(self, message: Bool) -> None:
        self._held(message.data)

    def _on_joy(self, message: Joy) -> None:
        self._held(self._button < len(message.buttons) and bool(message.buttons[self._button]))

    def _held(self, held: bool) -> None:
        teleop = self._teleop()
        if teleop:
            teleop.intent.deadman(time.monotonic(), held)

    def _on_engage(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        def engage(teleop: Teleop) -> str:
            teleop.intent.engage(request.data)
            return "engaged" if request.data else "disengaged"

        return self._answered(response, engage)

    def _on_stop(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        def stop(teleop: Teleop) -> str:
            teleop.stop("stopped by ~/stop")
            return "it stops, until ~/release"

        return self._answered(response, stop)

    def _on_release(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        def release(teleop: Teleop) -> str:
            teleop.release()
            return "released; engage anew"

        return self._answered(response, release)

    def _on_calibrate(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        def calibrate(teleop: Teleop) -> str:
            off = math.degrees(teleop.calibrate(time.monotonic()))
            return f"T-pose taken; the capture was up to {off:.0f} degrees off it"

        return self._answered(response, calibrate)

    def _answered(self, response: Any, do: Callable[[Teleop], str]) -> Any:
        teleop = self._teleop()
        try:
            response.message = do(teleop) if teleop else "the node is not active, or knows no robot yet"
            response.success = teleop is not None
        except VtmError as fault:
            response.message = str(fault)
        return response

"""The lifecycle node `fuse`: what several capture nodes tell of one person in, one measured motion out."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import InvalidNamespaceException
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.validate_namespace import validate_namespace

from vtm.errors import VtmError
from vtm.types import CameraPose, Motion
from vtm_ros.fuse.camera import Camera
from vtm_ros.fuse.fuse_status import FuseStatus
from vtm_ros.fuse.seen_body import LENS
from vtm_ros.fuse.together import Together
from vtm_ros.inputs.tf_listener import THROTTLE_S, TfListener
from vtm_ros.nodes.managed_node import ManagedNode, recoverable
from vtm_ros.nodes.run import run_nodes
from vtm_ros.outputs.motion_publisher import MotionPublisher, is_sound
from vtm_ros.outputs.quality_publisher import QualityPublisher
from vtm_ros.parameters import FuseParameters, Parameters
from vtm_trt.fusion.fusion import Seat
from vtm_trt.fusion.live import LiveFusion

DIAGNOSTICS_PERIOD_S = 1.0
LOOK_S = 0.05
"""Seconds between looks whether an instant has waited long enough, and whether the person is lost."""
WORLD = Seat(CameraPose(np.eye(3), np.zeros(3)), LENS)
"""The motion is told from the axes of world_frame themselves."""


class FuseNode(ManagedNode):
    """Configuring reads the parameters, activating listens and publishes.

    Args:
        **node_options: Of rclpy's node.

    Raises:
        VtmError: A start parameter is not valid.
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__("fuse", **node_options)
        self._cameras: list[Camera] = []
        self._fusion = LiveFusion(WORLD)
        self._fused_ns: int | None = None
        self._fault = ""
        self._publisher: MotionPublisher | None = None
        self._poses: TfListener | None = None
        self._together: Together | None = None
        self._timer: Any = None
        self._settings = Parameters(self, FuseParameters)  # where it refuses them, what is above is freed
        self._status = self._new_status()
        self._quality = QualityPublisher(self, f"{self._name()}: quality")
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(DIAGNOSTICS_PERIOD_S, self._diagnose, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Create the publishers."""
        self._fault = ""
        try:
            self._check()
        except VtmError as fault:
            self.report_fault(fault)
            return TransitionCallbackReturn.FAILURE
        settings = self._settings.values
        self._publisher = MotionPublisher(self, settings.world_frame, hands=settings.fingers, hand_points=False)
        self._poses = TfListener(self)
        return super().on_configure(state)

    @recoverable
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to the cameras."""
        activated = super().on_activate(state)
        settings = self._settings.values
        self._fusion.reset()
        self._fused_ns, self._status = None, self._new_status()
        frames = settings.camera_frames if any(settings.camera_frames) else [""] * len(settings.cameras)
        assert self._poses is not None
        self._cameras = []
        self._together = Together(self._cameras, settings.stale_after, settings.tf_timeout, self._fuse)
        for name, frame in zip(settings.cameras, frames, strict=True):
            self._cameras.append(
                Camera(self, name.strip("/"), frame, settings.world_frame, self._poses, self._together.told)
            )
        self._timer = self.create_timer(LOOK_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        return activated

    @recoverable
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Listen to nobody."""
        self._stop()
        return super().on_deactivate(state)

    def _check(self) -> None:
        settings = self._settings.values
        names, frames = [name.strip("/") for name in settings.cameras], settings.camera_frames
        if len(names) < 2 or len(set(names)) < len(names):
            raise VtmError("`cameras` names the namespaces of two capture nodes or more, each once")
        for name in names:
            try:
                validate_namespace(f"/{name}")
            except InvalidNamespaceException as fault:
                raise VtmError(f"`cameras` has {name!r}, which is no namespace; give that of a capture node") from fault
        if any(frames) and len(frames) != len(names):
            raise VtmError("`camera_frames` names one frame for each of `cameras`, in their order, or none")
        if not settings.world_frame:
            raise VtmError("`world_frame` is empty; name the frame of TF in which the cameras' poses are known")

    def _fuse(self, stamp_ns: int, cameras: list[Camera], motions: list[Motion]) -> None:
        """Publish what cameras have of an instant."""
        assert self._publisher is not None
        settings = self._settings.values
        if self._fused_ns is not None and not 0 < stamp_ns - self._fused_ns < settings.timeout * 1e9:
            self._fusion.reset()
        self._fused_ns = stamp_ns
        try:
            fused = self._fusion(motions, stamp_ns, [camera.name for camera in cameras])
        except (VtmError, np.linalg.LinAlgError) as fault:
            self._refuse(str(fault))
            return
        motion = fused.motion if settings.fingers else replace(fused.motion, hands=None)
        if not is_sound(motion):
            self._refuse("what the cameras tell makes no body")
            return
        self._publisher.publish(motion, settings.world_frame, settings, fused.covariance)
        late_s = (self.get_clock().now().nanoseconds - stamp_ns) * 1e-9
        self._status.fused(fused, [camera.name for camera in cameras], late_s)
        self._say_quality()

    def _refuse(self, why: str) -> None:
        self._fusion.reset()
        self.get_logger().warning(f"no pose: {why}", throttle_duration_sec=THROTTLE_S)

    def _look(self) -> None:
        if self._together:
            self._together.look()
            self._together.live()
            self._say_quality()

    def _say_quality(self) -> None:
        self._quality.say(self._status.quality(self._troubles()), 0)

    def _troubles(self) -> dict[str, str]:
        return {camera.name: camera.trouble for camera in self._cameras}

    def _diagnose(self) -> None:
        name, lifecycle = f"{self._name()}: fusion", self._state_machine.current_state[1]
        stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(self._status.diagnostics(stamp, name, lifecycle, self._fault, self._troubles()))

    def _name(self) -> str:
        return self.get_fully_qualified_name().strip("/")

    def _new_status(self) -> FuseStatus:
        settings = self._settings.values
        return FuseStatus([name.strip("/") for name in settings.cameras], settings.timeout)

    def _stop(self) -> None:
        if self._timer:
            self.destroy_timer(self._timer)
            self._timer = None
        while self._cameras:
            self._cameras.pop().close()
        self._together = None

    def _free(self) -> None:
        self._stop()
        for part in (self._publisher, self._poses):
            if part:
                part.close()
        self._publisher = self._poses = None


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `fuse`."""

    def make():
        node = FuseNode()
        yield node
        node.autostart()

    return run_nodes(make, args)


if __name__ == "__main__":
    sys.exit(main())

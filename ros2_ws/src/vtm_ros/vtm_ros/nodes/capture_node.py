"""The lifecycle node `capture`: camera images in, one person's motion out."""

import sys
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_srvs.srv import Trigger

from vtm.errors import VtmError
from vtm_ros.capture.pipeline import Arrival, Pipeline
from vtm_ros.capture.worker import NewestWorker
from vtm_ros.inputs.keypoint_decoder import message_type
from vtm_ros.inputs.world_alignment import WorldAlignment, world_alignment_of
from vtm_ros.nodes.managed_node import ManagedNode, recoverable
from vtm_ros.nodes.run import run_nodes
from vtm_ros.outputs.diagnostics import CaptureState, diagnostics
from vtm_ros.outputs.heartbeat import heartbeat
from vtm_ros.outputs.hri_view import HriView
from vtm_ros.outputs.motion_publisher import MotionPublisher
from vtm_ros.outputs.overlay_publisher import OverlayPublisher
from vtm_ros.outputs.people_publisher import PeoplePublisher
from vtm_ros.outputs.quality_publisher import QualityPublisher
from vtm_ros.outputs.statistics import CaptureStatistics
from vtm_ros.parameters import CaptureParameters, Parameters
from vtm_ros.recording.recorder import Recorder
from vtm_trt.postprocess.quality import Level, Quality

NEWEST = QoSProfile(depth=1, history=HistoryPolicy.KEEP_LAST, reliability=ReliabilityPolicy.BEST_EFFORT)
DIAGNOSTICS_PERIOD_S, QUALITY_PERIOD_S = 1.0, 0.1


class CaptureNode(ManagedNode):
    """Configuring loads the networks, activating subscribes, deactivating unsubscribes, cleaning up frees.

    A configuration that fails leaves the node unconfigured, with the remedy in the log and in /diagnostics; configuring
    again is possible.

    Raises:
        VtmError: A start parameter is not valid.
    """

    def __init__(self, **node_options: Any) -> None:
        super().__init__("capture", **node_options)
        self._publisher: MotionPublisher | None = None
        self._overlay: OverlayPublisher | None = None
        self._hri: HriView | None = None
        self._slots: PeoplePublisher | None = None
        self._world_alignment: WorldAlignment | None = None
        self._pipeline: Pipeline | None = None
        self._worker: NewestWorker[Arrival] | None = None
        self._subscriptions_in: list = []
        self._info: CameraInfo | None = None
        self._fault = self._progress = ""
        self._dropped = 0
        self._statistics = CaptureStatistics()
        self._recorder = Recorder(self)
        self._settings = Parameters(self, CaptureParameters)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._quality = QualityPublisher(self, self._status_name)
        for period_s, look in ((DIAGNOSTICS_PERIOD_S, self._diagnose), (QUALITY_PERIOD_S, self._publish_quality)):
            self.create_timer(period_s, look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.create_service(Trigger, "~/reset", self._on_reset)
        self.create_service(Trigger, "~/calibrate", self._on_calibrate)
        self.create_service(Trigger, "~/forget_floor", self._on_forget_floor)
        self.create_service(Trigger, "~/next_person", self._on_next_person)

    @recoverable
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the networks and create the publishers."""
        start = time.monotonic()
        try:
            with heartbeat(self._tell_progress, DIAGNOSTICS_PERIOD_S):
                settings = self._settings.values
                self._image_topic()
                most, shared = settings.max_people, (settings.world_frame, self._recorder, settings.hands != "off")
                self._publisher = MotionPublisher(self, *shared)
                self._world_alignment = world_alignment_of(self, settings)
                self._overlay = OverlayPublisher(self, numbered=most > 1)
                self._hri = HriView(self, settings.timeout, most) if settings.hri else None
                if most > 1:
                    self._slots = PeoplePublisher(self, most, self._status_name, *shared, hri=self._hri)
                self._pipeline = Pipeline(
                    self,
                    self._settings,
                    self._publisher,
                    self._overlay,
                    self._recorder,
                    self._statistics,
                    self._world_alignment,
                    self._hri,
                    self._slots,
                    self._publish_quality,
                )
        except Exception as fault:
            self.report_fault(fault)
            self._free()
            return TransitionCallbackReturn.FAILURE
        finally:
            self._progress = ""
        self._fault = ""
        self.get_logger().info(
            f"networks ready in {time.monotonic() - start:.1f} s: {self._pipeline.capture.describe()}"
        )
        return super().on_configure(state)

    @recoverable
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe to the camera."""
        pipeline = self._pipeline
        assert pipeline is not None, "only a configured node is activated"
        worker = self._worker = NewestWorker(pipeline.handle, pipeline.failed)
        self._recorder.open(self._settings.values.record_directory)

        def on_image(message: Any) -> None:
            self._statistics.image_came()
            worker.put(Arrival(message, self._info))

        self._subscriptions_in = [
            self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, NEWEST),
            self.create_subscription(*self._image_topic(), on_image, NEWEST),
        ]
        return super().on_activate(state)

    @recoverable
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe; the motion starts anew afterwards."""
        self._stop()
        if self._pipeline:
            self._pipeline.restart()
        return super().on_deactivate(state)

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until every image that came has been handled; False when that takes longer than `timeout_s`."""
        return self._worker is None or self._worker.wait_idle(timeout_s)

    def _image_topic(self) -> tuple[type, str]:
        """As image_transport does: the compressed topic lies beneath the name that `image` was remapped to."""
        if self._settings.values.keypoints != "network":
            return message_type(self._settings.values.keypoints), "keypoints"
        if self._settings.values.image_transport == "compressed":
            return CompressedImage, f"{self.resolve_topic_name('image')}/compressed"
        return Image, "image"

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._info = message

    def _on_reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._pipeline is not None
        response.message = "the motion starts anew" if response.success else "the node is not configured"
        if self._pipeline:
            self._pipeline.release_bones()
            self._pipeline.restart()
        return response

    def _on_forget_floor(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._pipeline is not None
        response.message = "the ground is learned anew" if response.success else "the node is not configured"
        if self._pipeline:
            self._pipeline.forget_floor()
        return response

    def _on_next_person(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            if self._pipeline is None:
                raise VtmError("the node is not configured")
            response.message = self._pipeline.capture.next_person()
            response.success = True
        except VtmError as fault:
            response.message = str(fault)
        return response

    def _on_calibrate(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            if self._pipeline is None or self._worker is None:
                raise VtmError("the node is not active; configure and activate it")
            response.message = self._pipeline.calibrate().describe()
            response.success = True
            self.get_logger().info(f"bones fixed until ~/reset: {response.message}")
        except VtmError as fault:
            response.message = str(fault)
        return response

    def _tell_progress(self, last_message: str) -> None:
        self._progress = last_message or "loading the networks"
        try:
            if self.context.ok():
                self._diagnose()
        except RuntimeError:
            if self.context.ok():  # else rclpy was shut down meanwhile
                raise

    @property
    def _status_name(self) -> str:
        return f"{self.get_fully_qualified_name().strip('/')}: motion"

    def _judged(self) -> Quality:
        lost = self._statistics.lost(self._settings.values.timeout) if self._worker else "the node is not active"
        pipeline = self._pipeline
        if pipeline is None:
            return Quality(Level.LOST, (lost,))
        images_come = self._worker and self._statistics.silent_s <= self._settings.values.timeout
        if lost and images_come and pipeline.camera_pose:
            lost = "the camera's pose is not known"
        return pipeline.quality.assess(lost, self._statistics.latency_s)

    def _publish_quality(self) -> None:
        self._quality.say(self._judged(), self._pipeline.person if self._pipeline else 0)
        if self._slots:
            silent = "no image comes" if self._statistics.silent_s > self._settings.values.timeout else ""
            lost = silent if self._worker else "the node is not active"
            self._slots.say_quality(self._settings.values.timeout, self._statistics.latency_s, lost)

    def _diagnose(self) -> None:
        pipeline, parameters = self._pipeline, self._settings.values
        state = CaptureState(
            lifecycle=self._state_machine.current_state[1],
            fault=self._fault,
            progress=self._progress,
            backend=parameters.backend,
            engine=pipeline.capture.describe() if pipeline else "",
            people=pipeline.capture.describe_people() if pipeline else "",
            hands=pipeline.describe_hands() if pipeline else "",
            calibration=pipeline.calibration if pipeline else "",
            bones=pipeline.describe_bones() if pipeline else "",
            world_alignment=pipeline.describe_world_alignment() if pipeline else "",
            quality=str(self._judged()),
            smoothing_lag_ms=1000 * pipeline.postprocessor.lag_s if pipeline else 0.0,
            prediction_ms=parameters.prediction_ms,
            camera_pose=pipeline.camera_pose if pipeline else "",
            last_refusal=pipeline.last_refusal if pipeline else "",
            tracking=bool(pipeline and pipeline.capture.tracking),
            lookahead=parameters.lookahead,
            timeout_s=parameters.timeout,
            dropped=self._dropped + (self._worker.dropped if self._worker else 0),
            timings=dict(pipeline.capture.whole.timings) if pipeline else {},
            **(pipeline.describe_gate() if pipeline else {}),
            recording=self._recorder.state,
            recording_fault=self._recorder.fault,
            hri_residual_deg=self._hri.residual_deg if self._hri else None,
        )
        frame = pipeline.camera_frame if pipeline else ""
        stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(diagnostics(stamp, self._status_name, frame, state, self._statistics.report()))

    def _stop(self) -> None:
        while self._subscriptions_in:
            self.destroy_subscription(self._subscriptions_in.pop())
        self._info = None
        if self._worker:
            self._worker.stop()
            self._dropped += self._worker.dropped
            self._worker = None
        self._recorder.close()

    def _free(self) -> None:
        self._stop()
        for part in (self._publisher, self._overlay, self._slots, self._hri, self._world_alignment):
            if part:
                part.close()
        self._publisher = self._overlay = self._slots = self._hri = self._world_alignment = self._pipeline = None


def main(args: list[str] | None = None) -> int:
    """Entry point of the program `capture`."""

    def make():
        node = CaptureNode()
        yield node
        node.autostart()

    return run_nodes(make, args)


if __name__ == "__main__":
    sys.exit(main())

"""From an arrived image to published motion: the part of the capture node that runs in its worker thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from vtm.body.hand import SIDES
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import CameraPose, Frame, HandPoses, Motion, Observation
from vtm_ros.capture.calibration import BodyCalibration, Calibration
from vtm_ros.capture.capture_stream import CaptureStream
from vtm_ros.conversions.camera_info import image_intrinsics, picture_size
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.tf_tree import NoTransform
from vtm_ros.inputs.compressed_image import decode_compressed
from vtm_ros.inputs.image_decoder import decode_image
from vtm_ros.inputs.keypoint_decoder import decode_keypoints
from vtm_ros.inputs.world_alignment import WorldAlignment
from vtm_ros.outputs.hri_view import HriView
from vtm_ros.outputs.motion_publisher import MotionPublisher, is_sound
from vtm_ros.outputs.overlay_publisher import OverlayPublisher
from vtm_ros.outputs.people_publisher import PeoplePublisher
from vtm_ros.outputs.statistics import CaptureStatistics
from vtm_ros.parameters import CaptureParameters, Parameters
from vtm_ros.recording.recorder import Recorder
from vtm_trt.postprocess.postprocess import Postprocessor
from vtm_trt.postprocess.quality import QualityMonitor
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.track_gate import Step

THROTTLE_S = 5.0
NAMELESS_CAMERA = "camera_optical_frame"
"""Frame of images whose driver leaves frame_id empty."""


@dataclass(frozen=True)
class Arrival:
    """An image, or the keypoints of one, and the latest calibration that came with it.

    Attributes:
        image: Raw or compressed; or PoseArray or Skeleton2D.
        info: None before the first calibration.
    """

    image: Any
    info: CameraInfo | None


class Pipeline:
    """Turns images into published motion; `handle` takes one at a time.

    Args:
        node: For its log, its clock and its context.
        parameters: Of the node.
        publisher: Of the motion.
        overlay: Of the pictures with the person over them.
        recorder: Records the frames.
        statistics: What is counted.
        world_alignment: What tells the camera's pose; None where the person's feet must tell which way is up.
        hri: Of the REP-155 body, None for none.
        slots: Of several people, None where one alone is followed.
        tell_person: Called when `person` has changed, before that person's first motion is published.

    Attributes:
        calibration: The last warning of a calibration, empty when all is well.
        last_refusal: Why the last refused image was refused, empty before one.
        camera_pose: The last warning of the camera's pose, empty when all is well.
        person: A number of whom the last motion of the operator belongs to.
        capture: Turns images into motions.

    Raises:
        VtmError: The networks cannot be loaded.
    """

    def __init__(
        self,
        node: LifecycleNode,
        parameters: Parameters,
        publisher: MotionPublisher,
        overlay: OverlayPublisher,
        recorder: Recorder,
        statistics: CaptureStatistics,
        world_alignment: WorldAlignment | None = None,
        hri: HriView | None = None,
        slots: PeoplePublisher | None = None,
        tell_person: Callable[[], None] = lambda: None,
    ):
        self._node, self._parameters = node, parameters
        self._publisher, self._overlay, self._recorder = publisher, overlay, recorder
        self._statistics, self._world_alignment, self._hri, self._slots = statistics, world_alignment, hri, slots
        self._tell_person = tell_person
        self._applied: CaptureParameters = parameters.values
        self._body = BodyCalibration()
        self.capture = CaptureStream(self._applied, self._body)
        self.quality = QualityMonitor()
        self._restart = self._forget_floor = False
        self._hands: HandPoses | None = None
        self.person = 0
        self.calibration = self.last_refusal = self.camera_pose = self.camera_frame = ""

    @property
    def stream(self) -> MotionStream:
        """The operator's."""
        return self.capture.main

    def restart(self) -> None:
        """Start the motion anew with the next image; may be called from any thread."""
        self._restart = True

    def forget_floor(self) -> None:
        """Learn anew which way is up and where the ground is, from the next image on; from any thread."""
        self._forget_floor = True

    def calibrate(self) -> Calibration:
        """Fix the bones as seen over the last second; from any thread.

        Raises:
            VtmError: That cannot be done.
        """
        if not self.capture.tracking or self._statistics.silent_s > self._applied.timeout:
            raise VtmError("nobody is tracked; stand in front of the camera in T- or I-pose and call again")
        return self._body.fix()

    def release_bones(self) -> None:
        """Back to the bones that the network estimates; from any thread."""
        self._body.release()

    def handle(self, arrival: Arrival) -> None:
        """Decode an image or keypoints, estimate the motion and publish it.

        Args:
            arrival: The image, or its keypoints.

        Raises:
            VtmError: It is refused.
        """
        parameters = self._parameters.values
        self._apply(parameters)
        frame = self._seen(arrival, parameters)
        if self._restart:
            self._reset()
        if self._forget_floor:
            self._forget_floor = False
            (self.capture.people or self.postprocessor).forget_floor()
        motions = self.capture.step(frame, self._camera)
        gate = self.capture.whole.gate
        if gate.arrived.step is Step.DROP:
            self._statistics.counts["repeated"] += 1
            return
        if gate.arrived.step is Step.NEW_WINDOW:
            self._statistics.counts["resets"] += 1
            self._overlay.clear()
        self.quality.doubt(frame.stamp_ns, self.stream.gate.faults)
        if not self.capture.tracking:
            self.camera_pose = ""
        if not all(map(is_sound, motions)):
            self._statistics.counts["non-finite"] += 1
            self._reset()
            return
        # Before it is published: who has seen a pose finds its frame in the recording.
        self._recorder.frame(frame, self.capture.of_operator(motions), motions if self.capture.people else ())
        if parameters.world_frame and any(motion.observation.camera is None for motion in motions):
            # Nothing rather than something in another frame: TF knows one parent for the pelvis.
            self._statistics.counts["without camera pose"] += 1
        else:
            self._publish(motions, parameters)
        if isinstance(frame, Frame):
            self._overlay.publish(frame, motions, parameters.lookahead, self.camera_frame)

    def _publish(self, motions: list[Motion], parameters: CaptureParameters) -> None:
        motion, people = self.capture.of_operator(motions), self.capture.people
        if motion:
            self.quality.see(motion)
            self._hands = motion.hands
            if motion.person_id != self.person:
                self._welcome(motion.person_id)
            root = self._publisher.publish(motion, self.camera_frame, parameters)
            if self._hri and not people:
                person = self.stream.person
                self._hri.publish(motion, root, self._publisher.offsets, person, parameters.publish_tf)
            self._statistics.pose_published(self._node.get_clock().now().nanoseconds - motion.stamp_ns)
        if self._slots and people:
            self._slots.publish(motions, people.streams, self.camera_frame, parameters)

    def _welcome(self, person: int) -> None:
        """Tell of another person before their motion: a robot is to stop, not to follow it for a moment."""
        if self.capture.people and self.person:
            self._body.release()
            self._body.forget()
        self.person = person
        self._tell_person()

    def failed(self, fault: Exception) -> None:
        """Count and report, at most every few seconds, an image that could not be handled; the next one may be good."""
        if not self._node.context.ok():
            return
        if isinstance(fault, VtmError):
            self._statistics.counts["refused"] += 1
            self.last_refusal = str(fault)
            self._node.get_logger().warning(f"image refused: {fault}", throttle_duration_sec=THROTTLE_S)
        else:
            self._statistics.counts["failed"] += 1
            self.restart()
            self._node.get_logger().error(
                f"an image could not be handled: {type(fault).__name__}: {fault}", throttle_duration_sec=THROTTLE_S
            )

    def _camera(self, stamp_ns: int) -> CameraPose | None:
        if self._world_alignment is None:
            return None
        try:
            camera = self._world_alignment.camera(self.camera_frame, stamp_ns)
        except NoTransform as fault:
            self.camera_pose = str(fault)
            self._node.get_logger().warning(f"no pose published: {fault}", throttle_duration_sec=THROTTLE_S)
            return None
        self.camera_pose = ""
        return camera

    def _seen(self, arrival: Arrival, parameters: CaptureParameters) -> Frame | Observation:
        message = arrival.image
        image = None
        if isinstance(message, CompressedImage):
            image = decode_compressed(message)
        elif isinstance(message, Image):
            image = decode_image(message)
        if image is None:
            lens, warning = self._lens(arrival, *picture_size(arrival.info), parameters)
            seen = decode_keypoints(message, lens, parameters.keypoint_convention)
        else:
            lens, warning = self._lens(arrival, image.shape[1], image.shape[0], parameters)
        if warning and warning != self.calibration:
            self._node.get_logger().warning(warning)
        self.calibration, self.last_refusal = warning, ""
        self.camera_frame = parameters.camera_frame or message.header.frame_id or NAMELESS_CAMERA
        if image is None:
            return replace(seen, camera_id=self.camera_frame)
        return Frame(image, ns_from_time(message.header.stamp), lens, camera_id=self.camera_frame)

    @staticmethod
    def _lens(arrival: Arrival, width: int, height: int, parameters: CaptureParameters) -> tuple[Intrinsics, str]:
        return image_intrinsics(arrival.info, width, height, parameters.fov, parameters.rectified)

    def _apply(self, parameters: CaptureParameters) -> None:
        before, self._applied = self._applied, parameters
        self.capture.apply(parameters)
        if parameters.lookahead != before.lookahead:
            self._overlay.clear()
        if parameters.subject_height != before.subject_height:
            self._overlay.clear()
            self._body.release()

    @property
    def postprocessor(self) -> Postprocessor:
        """What makes better motion of the network's."""
        assert self.stream.postprocessor is not None, "every stream of the node has one"
        return self.stream.postprocessor

    def _reset(self) -> None:
        self._restart = False
        self._statistics.counts["resets"] += 1
        self.capture.whole.reset()
        self._overlay.clear()

    def describe_world_alignment(self) -> str:
        """What tells which way is up: tf, imu or contacts, these with how far they have come; empty before a motion."""
        source = self.postprocessor.source
        if source != "contacts":
            return source
        return f"contacts, {'settled' if self.postprocessor.floor.settled else 'not settled yet'}"

    def describe_hands(self) -> str:
        """How sure it is of the hands in the operator's last motion; empty where nobody looks at them."""
        hands = self._hands if self.capture.tracking else None
        return (
            ", ".join(f"{side} {sure:.2f}" for side, sure in zip(SIDES, hands.confidence, strict=True)) if hands else ""
        )

    def describe_gate(self) -> dict[str, Any]:
        """What the gate has counted, by the names of `CaptureState`."""
        gate = self.stream.gate
        last = gate.decisions[-1].reason if gate.decisions else ""
        return {
            "faults": {kind.value: count for kind, count in dict(gate.plausibility.counts).items()},
            "restarts": dict(gate.counts),
            "last_restart": last,
            "exchanged": gate.exchanged,
        }

    def describe_bones(self) -> str:
        """One line: where the bone lengths come from."""
        fixed = self._body.fixed
        return fixed.describe() if fixed else "estimated"

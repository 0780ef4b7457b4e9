"""Several people, each in a slot with topics of its own: person_1/joint_states, person_2/joint_states, ..."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rclpy.lifecycle import LifecycleNode

from vtm.types import Motion
from vtm_ros.outputs.hri_view import HriView
from vtm_ros.outputs.motion_publisher import MotionPublisher
from vtm_ros.outputs.quality_publisher import QualityPublisher
from vtm_ros.parameters import BodyParameters
from vtm_ros.recording.recorder import Recorder
from vtm_tools.draw.people import person_colour
from vtm_trt.postprocess.quality import Level, Quality, QualityMonitor
from vtm_trt.stream.person_stream import MotionStream


@dataclass
class _Slot:
    """Topics, and who has them.

    Attributes:
        person: The number of whom the motion belongs to, 0 before one.
        seen: When, on the monotonic clock, the last motion came.
    """

    publisher: MotionPublisher
    quality: QualityPublisher
    monitor: QualityMonitor = field(default_factory=QualityMonitor)
    person: int = 0
    seen: float = float("-inf")


class PeoplePublisher:
    """Gives everybody a slot, the same as long as they are seen, and publishes their motions there.

    Somebody new takes the slot whose person was seen longest ago: of those that are free the first one.

    Args:
        node: What publishes.
        most: Slots.
        status_name: Of the status in `quality`.
        world_frame: As of `MotionPublisher`.
        recorder: As of `MotionPublisher`.
        hands: As of `MotionPublisher`.
        hri: Has everybody as well, None for none.
    """

    def __init__(
        self,
        node: LifecycleNode,
        most: int,
        status_name: str,
        world_frame: str = "",
        recorder: Recorder | None = None,
        hands: bool = False,
        hri: HriView | None = None,
    ):
        self._hri = hri
        self._slots = [
            _Slot(
                MotionPublisher(node, world_frame, recorder, hands, place, person_colour(number)),
                QualityPublisher(node, f"{status_name} of {place}", f"{place}/quality"),
            )
            for number, place in ((number, f"person_{number}") for number in range(1, most + 1))
        ]

    def publish(
        self,
        motions: Sequence[Motion],
        streams: Mapping[int, MotionStream],
        camera_frame: str,
        parameters: BodyParameters,
    ) -> None:
        """Publish the motions of one image.

        Args:
            motions: Each of another person.
            streams: They came from, by the people's numbers.
            camera_frame: The camera's optical axes.
            parameters: Of the node.
        """
        now = time.monotonic()
        for motion in motions:
            slot = self._slot_of(motion.person_id)
            slot.seen = now
            if motion.person_id in streams:
                slot.monitor.doubt(motion.stamp_ns, streams[motion.person_id].gate.faults)
            slot.monitor.see(motion)
            root = slot.publisher.publish(motion, camera_frame, parameters)
            if self._hri:
                self._hri.publish(motion, root, slot.publisher.offsets, motion.person_id, parameters.publish_tf)

    def say_quality(self, timeout_s: float, latency_s: float, lost: str) -> None:
        """Publish the quality of each slot, where it has changed.

        Args:
            timeout_s: Seconds without a motion after which a person is lost.
            latency_s: From the last image to its motions.
            lost: Why there is no motion of anybody, empty when there may be.
        """
        now = time.monotonic()
        for slot in self._slots:
            gone = lost or ("nobody is seen" if now - slot.seen > timeout_s else "")
            known = Quality(Level.LOST, (gone,)) if gone else slot.monitor.assess("", latency_s)
            slot.quality.say(known, slot.person)

    def close(self) -> None:
        """Destroy the publishers."""
        for slot in self._slots:
            slot.publisher.close()
            slot.quality.close()

    def _slot_of(self, person: int) -> _Slot:
        for slot in self._slots:
            if slot.person == person:
                return slot
        slot = min(self._slots, key=lambda slot: slot.seen)
        slot.person, slot.monitor = person, QualityMonitor()
        slot.publisher.another_person()
        return slot

"""The service `~/record` of the capture node: what is published goes into a file as well."""

import os
import threading
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy
from rclpy.task import Future
from std_srvs.srv import SetBool

from vtm.errors import VtmError
from vtm.types import Frame, Motion, Observation
from vtm_ros.recording.cdr import serialized
from vtm_ros.recording.recorded_topic import recorded_topic
from vtm_trt.session_log import captured_frame
from vtm_trt.session_log.topic import Topic
from vtm_trt.session_log.writer import RecordingWriter


def new_recording(directory: str, name: str) -> Path:
    """A path for a new recording: date and time, and a number where that is taken.

    Args:
        directory: Created if missing; empty for vtm in ROS_HOME, which is ~/.ros unless set, as for ROS 2's own logs.
        name: Of the node.

    Raises:
        VtmError: The folder cannot be created.
    """
    home = Path(os.environ.get("ROS_HOME") or "~/.ros")
    folder = Path(directory or home / "vtm").expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = {path.stem for path in folder.iterdir()}
    except OSError as fault:
        raise VtmError(f"cannot record into {folder}: {fault.strerror}; choose another record_directory") from fault
    stem = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{name.strip('/').replace('/', '_')}"
    names = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return folder / f"{next(free for free in names if free not in taken)}.mcap"


class Recorder:
    """Starts and ends recordings, one at a time, while the node is active.

    The node's messages reach it already serialised: what is recorded is byte for byte what is published.
    """

    def __init__(self, node: LifecycleNode):
        self._node, self._directory = node, ""
        self._writer: RecordingWriter | None = None
        self._finished: Future = Future()
        self._topics: dict[str, Topic] = {}
        self._latched: dict[Topic, bytes] = {}
        self._latching = threading.Lock()
        self._frames = Topic(
            f"{node.get_fully_qualified_name()}/frames", captured_frame.TYPE, captured_frame.definition()
        )
        self._closed = True
        self._service = node.create_service(SetBool, "~/record", self._on_record)

    @property
    def fault(self) -> str:
        """Why the last recording was cut off, empty when it was not."""
        return self._writer.fault if self._writer else ""

    @property
    def state(self) -> str:
        """The file that is being written, and what a slow disk cost it."""
        if self._writer is None or not self._writer.running:
            return ""
        dropped = self._writer.dropped
        return f"{self._writer.path}{f', {dropped} messages dropped' if dropped else ''}"

    def open(self, directory: str) -> None:
        """The node is active: recordings into `directory` may start."""
        self._closed, self._directory = False, directory

    def close(self) -> None:
        """End the recording, if any, and wait until its files are written; none may start until `open`."""
        self._closed = True
        if self._writer is not None:
            self._writer.end()
            self._writer.join()

    def message(self, publisher: Publisher, message: Any) -> Any:
        """What a publisher shall publish: the message itself, while recording in the form that is recorded.

        Args:
            publisher: The publisher.
            message: The message.
        """
        latched = publisher.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
        writer = self._writer if self._writer and self._writer.running else None
        if not (latched or writer):
            return message
        name = publisher.topic_name
        topic = self._topics.get(name) or self._topics.setdefault(name, recorded_topic(publisher))
        data = serialized(message)
        if latched:
            with self._latching:
                self._latched[topic] = data
                if self._writer:
                    self._writer.put(topic, self._now(), data)
        elif writer:
            writer.put(topic, self._now(), data)
        return data

    def frame(self, frame: Frame | Observation, motion: Motion | None, people: Sequence[Motion] = ()) -> None:
        """A frame, or its keypoints, has been captured.

        Args:
            frame: The frame.
            motion: What became of it, or of an earlier one, if anything; of several people the operator's.
            people: That of each of several people, the operator too.
        """
        if not (self._writer and self._writer.running):
            return
        if motion is None or motion.stamp_ns != frame.stamp_ns:
            self._writer.put(self._frames, self._now(), captured_frame.encode(frame.stamp_ns, frame.intrinsics, None))
        if motion is not None:
            seen = captured_frame.encode(motion.stamp_ns, motion.observation.intrinsics, motion)
            self._writer.put(self._frames, self._now(), seen)
        for one in people:
            own = self._frames._replace(name=f"{self._frames.name}/person_{one.person_id}")
            self._writer.put(own, self._now(), captured_frame.encode(one.stamp_ns, one.observation.intrinsics, one))

    def _now(self) -> int:
        return self._node.get_clock().now().nanoseconds

    async def _on_record(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        try:
            response.message = self._start() if request.data else await self._end()
            response.success = True
        except VtmError as fault:
            response.message = str(fault)
        return response

    def _start(self) -> str:
        if self._closed:
            raise VtmError("the node is not active; activate it, then record")
        if self._writer and not self._finished.done():
            raise VtmError(f"{self._writer.path} is still being written; end that recording first")
        path = new_recording(self._directory, self._node.get_fully_qualified_name())
        self._finished = Future()
        with self._latching:
            self._writer = writer = RecordingWriter(path, self._on_end)
            for topic, data in self._latched.items():
                writer.put(topic, self._now(), data)
        self._node.get_logger().info(f"recording {path}")
        return f"recording {path}"

    async def _end(self) -> str:
        writer = self._writer
        if writer is None or not writer.running:
            raise VtmError(self.fault or "nothing is being recorded")
        writer.end()
        await self._finished
        if writer.fault:
            raise VtmError(writer.fault)
        return ", ".join(map(str, writer.files))

    def _on_end(self, writer: RecordingWriter) -> None:
        if writer.fault:
            self._node.get_logger().error(writer.fault)
        else:
            self._node.get_logger().info(f"recorded {', '.join(map(str, writer.files))}")
        self._finished.set_result(None)
        if self._node.executor:
            self._node.executor.wake()

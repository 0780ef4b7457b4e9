"""The nodes `video_camera` and `capture` as processes of their own, and a third participant that listens to them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, JointState

from vtm.errors import VtmError
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.nodes.programs import node_command, running
from vtm_ros.nodes.run import use_shared_memory_profile
from vtm_ros.nodes.spinning import spinning

CLIP = Path(sys.prefix) / "share/vtm/clips/sports2d/demo.mp4"
"""A woman who walks across the picture, 1768 x 994 pixels."""
WHOLE = range(75, 165)
"""Frames of CLIP in all of which she is whole and found."""
WIDTH, HEIGHT = 1280, 720
START_WITHIN_S = 60.0
EVERYTHING = QoSProfile(depth=1000)
COUNTS = ("received", "published", "dropped", "refused", "repeated", "resets", "non-finite", "failed")


def make_clip(folder: Path) -> Path:
    """CLIP at 720p, there and back, so that it may be played in a loop without a jump. Raises VtmError."""
    if not CLIP.is_file():
        raise VtmError(f"the sample clip {CLIP} is missing; fetch it (make setup)")
    capture = cv2.VideoCapture(str(CLIP))
    pictures = [capture.read()[1] for _ in range(WHOLE.stop)][WHOLE.start :]
    path = folder / "walk720p.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30.0, (WIDTH, HEIGHT))
    for picture in pictures + pictures[-2:0:-1]:
        writer.write(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    writer.release()
    return path


@dataclass
class Heard:
    """What has come so far.

    sent: stamp in ns of every frame the camera sent.  came: stamp -> nanoseconds from stamp to arrival of its joint
    state.  status: the last diagnostics of `capture` as key -> value.
    """

    sent: list[int] = field(default_factory=list)
    came: dict[int, int] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """The capture node's own counts of images."""
        return {name: int(self.status.get(f"images {name}", 0)) for name in COUNTS}


class Listener(Node):
    """An ordinary subscriber; the camera's calibration messages tell which frames were sent."""

    def __init__(self) -> None:
        super().__init__("benchmark")
        self.heard = Heard()
        self.create_subscription(JointState, "joint_states", self._on_joint_state, EVERYTHING)
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, EVERYTHING)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _on_joint_state(self, message: JointState) -> None:
        now = time.time_ns()
        stamp = ns_from_time(message.header.stamp)
        self.heard.came[stamp] = now - stamp

    def _on_camera_info(self, message: CameraInfo) -> None:
        self.heard.sent.append(ns_from_time(message.header.stamp))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            if "images received" in values:
                self.heard.status = values


@contextmanager
def live_capture(clip: Path, rate_hz: float, parameters: dict[str, object]) -> Iterator[tuple[Listener, int]]:
    """Camera and capture run, and motion comes: the listener and the process number of `capture`.

    rate_hz: of the camera.  parameters: of the node `capture`.
    Raises VtmError when no motion comes.
    """
    use_shared_memory_profile()
    rclpy.init(args=[])
    listener = Listener()
    with ExitStack() as stack:
        stack.callback(rclpy.try_shutdown)
        stack.enter_context(spinning(listener))
        capture = stack.enter_context(_program("capture_node", parameters))
        camera = {"video": clip, "rate": float(rate_hz), "loop": "true"}
        stack.enter_context(_program("video_camera", camera))
        deadline = time.monotonic() + START_WITHIN_S
        while not (listener.heard.came and listener.heard.status):
            if capture.poll() is not None or time.monotonic() > deadline:
                raise VtmError("no motion comes; see what the nodes say above")
            time.sleep(0.1)
        yield listener, capture.pid


def _program(module: str, parameters: dict[str, object]) -> AbstractContextManager[subprocess.Popen]:
    return running(node_command(module, parameters, "--log-level", "warn"))

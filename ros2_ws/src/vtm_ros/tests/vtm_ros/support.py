"""A camera, a listener and programs for the tests of the nodes."""

import array
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from vtm.body.skeleton import NUM_JOINTS
from vtm.camera import Intrinsics
from vtm.types import Motion, Observation
from vtm_ros.conversions.camera_info import camera_info
from vtm_ros.conversions.messages import ns_from_time, time_from_ns
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.run import use_shared_memory_profile

PATIENCE_S = 60.0
"""What a test waits for at most: only a failure takes so long."""
RESEND_S = 10.0
"""An image that has no pose by then was lost on the way."""
NEVER_S = 60.0
"""For the parameter `timeout` of a node whose state shall not expire while a test looks at it."""
FRAME_NS = 33_333_333
START_NS = 1_700_000_000_123_456_789
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@contextmanager
def ros(args: list[str] | None = None) -> Iterator[None]:
    """rclpy, initialised as our programs do it."""
    use_shared_memory_profile()
    rclpy.init(args=["test", "--ros-args", *(args or [])])
    try:
        yield
    finally:
        rclpy.try_shutdown()


def in_executor(method: Callable[[], Any]) -> Any:
    """What `method` of a spinning node returns, called where its services are.

    rclpy's executor breaks at times where another thread destroys a publisher.
    """
    task = method.__self__.executor.create_task(method)  # type: ignore[attr-defined]
    wait_until(task.done, method.__name__)
    return task.result()


def soon(condition: Callable[[], Any], seconds: float) -> Any:
    """The first true value of `condition`, looked at every 10 ms; None where there is none for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    return None


def wait_until(condition: Callable[[], Any], what: str | Callable[[], str]) -> Any:
    """The first true value of `condition`; fails after PATIENCE_S, and says then what was."""
    return soon(condition, PATIENCE_S) or pytest.fail(
        f"{what() if callable(what) else what}: not within {PATIENCE_S:g} s"
    )


class Listener(Node):
    """An ordinary subscriber to everything the capture node says."""

    def __init__(self, namespace: str = "") -> None:
        super().__init__("listener", namespace=namespace)
        self.received: dict[str, list] = defaultdict(list)
        self.listen(JointState, "joint_states")
        self.listen(TFMessage, "/tf", QoSProfile(depth=100))
        self.listen(String, "robot_description", LATCHED)
        self.listen(DiagnosticArray, "/diagnostics")

    def listen(self, kind: type, topic: str, qos: QoSProfile | None = None) -> None:
        self.create_subscription(kind, topic, self.received[topic].append, qos or QoSProfile(depth=50))

    def joint_state(self, stamp_ns: int) -> JointState | None:
        return self.stamped("joint_states", stamp_ns)

    def stamped(self, topic: str, stamp_ns: int) -> Any:
        """The message of that stamp, None before it comes: those of other topics may come earlier or later."""
        return next((m for m in list(self.received[topic]) if ns_from_time(m.header.stamp) == stamp_ns), None)

    def transforms(self, stamp_ns: int) -> TFMessage | None:
        messages = list(self.received["/tf"])
        return next((m for m in messages if ns_from_time(m.transforms[0].header.stamp) == stamp_ns), None)

    def stamps(self) -> list[int]:
        return [ns_from_time(message.header.stamp) for message in list(self.received["joint_states"])]

    def status(self, since_ns: int = 0) -> dict[str, str]:
        """The last diagnostics as key -> value, with `level` and `message`; empty where none were made since then."""
        last = self.received["/diagnostics"][-1:]
        if not last or ns_from_time(last[0].header.stamp) < since_ns:
            return {}
        status = last[0].status[0]
        return {"level": status.level, "message": status.message, **{pair.key: pair.value for pair in status.values}}

    def wait_status(self, **expected: Any) -> dict[str, str]:
        """The first diagnostics made from now on with these values; `_` in a key stands for a blank.

        They come once a second: what is expected must last until then.
        """
        asked_ns = time.time_ns()
        wanted = {key.replace("_", " "): value for key, value in expected.items()}

        def agrees() -> dict[str, str] | None:
            status = self.status(asked_ns)
            return status if status and all(status.get(key) == value for key, value in wanted.items()) else None

        return wait_until(agrees, lambda: f"diagnostics with {expected}, last {self.status()}")


class Camera(Node):
    """A camera whose stamps, calibration and faults the test chooses."""

    def __init__(self, namespace: str = "") -> None:
        super().__init__("camera", namespace=namespace)
        self.images = self.create_publisher(Image, "image", 10)
        self.infos = self.create_publisher(CameraInfo, "camera_info", 10)
        self.next_ns = START_NS

    def send(self, picture: np.ndarray, stamp_ns: int, calibrated: bool = True, **changes: Any) -> None:
        """Publish a BGR picture; `changes` overwrite fields of the message."""
        height, width = picture.shape[:2]
        info = camera_info(Intrinsics.from_fov(width, height, 55.0) if calibrated else None, width, height)
        message = Image(width=width, height=height, encoding="bgr8", step=3 * width)
        message.data = array.array("B", picture.tobytes())
        for name, value in changes.items():
            setattr(message, name, value)
        for header in (message.header, info.header):
            header.stamp, header.frame_id = time_from_ns(stamp_ns), "test_camera_optical"
        self.infos.publish(info)
        self.images.publish(message)

    def send_next(self, picture: np.ndarray, **changes: Any) -> int:
        """Publish with a stamp one frame after the last; returns the stamp."""
        self.next_ns += FRAME_NS
        self.send(picture, self.next_ns, **changes)
        return self.next_ns

    def film(self, pictures: list[np.ndarray], listener: Listener, **changes: Any) -> list[int]:
        """Publish one picture after the other, each when the last one's pose has come; returns the stamps.

        Images may get lost, as best effort has it: one without a pose is followed by the same picture again.
        """

        def answered(picture: np.ndarray) -> int | None:
            stamp = self.send_next(picture, **changes)
            return stamp if soon(lambda: listener.joint_state(stamp), RESEND_S) else None

        return [wait_until(lambda picture=picture: answered(picture), "a pose") for picture in pictures]

    def film_until(
        self, condition: Callable[[], Any], what: str, pictures: list[np.ndarray], listener: Listener, **changes: Any
    ) -> Any:
        """Film the pictures again and again until `condition` is true; returns its value."""

        def look() -> Any:
            self.film(pictures, listener, **changes)
            return condition()

        return wait_until(look, what)

    def show(self, picture: np.ndarray, node: CaptureNode, **changes: Any) -> int:
        """Publish a picture and wait until `node`, of this process, has handled it; returns the stamp."""
        received = node._statistics.counts
        before = received["received"]
        stamp = self.send_next(picture, **changes)
        wait_until(lambda: received["received"] > before and node.wait_idle(1.0), "the image to be handled")
        return stamp

    def connect(self, listener: Listener, picture: np.ndarray, **changes: Any) -> int:
        """Publish `picture` until discovery has settled and its pose comes back; returns that stamp."""
        wait_until(lambda: self.images.get_subscription_count() and self.infos.get_subscription_count(), "discovery")

        def answered() -> int | None:
            stamp = self.send_next(picture, **changes)
            return stamp if soon(lambda: listener.joint_state(stamp) and listener.transforms(stamp), 1.0) else None

        return wait_until(answered, "the first pose")


def clip_pictures(count: int, size: tuple[int, int] = (360, 640)) -> list[np.ndarray]:
    """The first frames of a man in front of a camera, (H, W, 3) BGR of `size` (width, height)."""
    path = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam01.mp4"
    if not path.is_file():
        pytest.skip(f"{path} is missing; `make setup` fetches it")
    capture = cv2.VideoCapture(str(path))
    pictures = [cv2.resize(picture, size) for found, picture in (capture.read() for _ in range(count)) if found]
    assert len(pictures) == count
    return pictures


def write_clip(path: Path, pictures: list[np.ndarray], fps: float = 30.0) -> Path:
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


@contextmanager
def program(module: str, *args: str) -> Iterator[subprocess.Popen]:
    """A program of vtm_ros as a process of its own, killed if the test leaves it running."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"vtm_ros.nodes.{module}", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        print(f"{module} said:", *process.communicate())


def motion(stamp_ns: int = START_NS, seed: int = 0, bone_ratio: np.ndarray | None = None) -> Motion:
    """A motion with random rotations, 3 m in front of the camera."""
    random = np.random.default_rng(seed)
    quats = random.normal(size=(NUM_JOINTS, 4)).astype(np.float32)
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    ratio = random.uniform(0.8, 1.2, NUM_JOINTS - 1).astype(np.float32) if bone_ratio is None else bone_ratio
    blank = Observation(
        stamp_ns, Intrinsics.from_fov(640, 480), np.zeros((23, 2), np.float32), np.zeros(23, np.float32)
    )
    return Motion(
        stamp_ns, quats, np.array([0.1, -0.2, 3.0], np.float32), ratio,
        random.uniform(0.1, 1.0, NUM_JOINTS).astype(np.float32), random.uniform(size=4).astype(np.float32), blank,
    )  # fmt: skip

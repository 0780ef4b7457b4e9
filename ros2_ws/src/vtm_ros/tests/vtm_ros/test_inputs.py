"""The capture node fed with compressed images, and with every kind of nonsense."""

import array
import random

import cv2
import numpy as np
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import FRAME_NS, Camera, Listener, clip_pictures, in_executor, ros, wait_until
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.inputs.image_decoder import ENCODINGS
from vtm_ros.nodes.spinning import spinning
from vtm_trt.pose2d.crop import LARGEST

JPEG = "bgr8; jpeg compressed bgr8"


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(8)


class CompressedCamera(Camera):
    """Sends what `send` is given as JPEG or as any other bytes."""

    def __init__(self, topic: str = "image/compressed") -> None:
        super().__init__()
        self.destroy_publisher(self.images)
        self.images = self.create_publisher(CompressedImage, topic, 10)

    def send(self, picture, stamp_ns, calibrated=True, data: bytes | None = None, form=JPEG):
        data = cv2.imencode(".jpg", picture)[1].tobytes() if data is None else data
        header = Header(stamp=time_from_ns(stamp_ns), frame_id="test_camera_optical")
        self.images.publish(CompressedImage(header=header, format=form, data=array.array("B", data)))


def test_compressed_images_from_beneath_the_remapped_topic(pictures):
    from rclpy.parameter import Parameter

    from vtm_ros.nodes.capture_node import CaptureNode

    with ros(["-r", "image:=/eye/image_raw"]):
        node = CaptureNode(parameter_overrides=[Parameter("image_transport", value="compressed")])
        camera, listener = CompressedCamera("/eye/image_raw/compressed"), Listener()
        with spinning(node, camera, listener):
            in_executor(node.autostart)
            wait_until(camera.images.get_subscription_count, "discovery")
            assert node.count_subscribers("/eye/image_raw") == 0
            good = camera.connect(listener, pictures[0])
            whole = cv2.imencode(".jpg", pictures[1])[1].tobytes()
            refused = [camera.send_next(pictures[1], data=data) for data in (whole[:-500], b"", b"no picture")]
            # One by one they would each be refused; the newest wins.
            wait_until(lambda: int(listener.status().get("images refused", 0)) >= 1, "a refusal")
            assert "image_transport" in listener.status()["last refusal"]
            stamps = camera.film(pictures[1:4], listener)
            assert not set(refused) & set(listener.stamps()) and {good, *stamps} <= set(listener.stamps())
            large = camera.send_next(cv2.resize(pictures[4], (4320, 7680)))
            wait_until(lambda: listener.joint_state(large), "the pose in a picture of 8K")
            camera.send_next(np.zeros((4, LARGEST + 2, 3), np.uint8))
            camera.film(pictures[5:7], listener)
            assert listener.wait_status(last_refusal="")["images failed"] == "0"


def nonsense(generator: random.Random) -> Image:
    message = Image(
        width=generator.choice([0, 1, 7, 640, 2**32 - 1]), height=generator.choice([0, 1, 5, 480, 2**32 - 1]),
        step=generator.choice([0, 1, 3, 21, 1920, 2**32 - 1]),
        encoding=generator.choice([*ENCODINGS, "", "32FC1", "mono16", "jpeg", "☃"]),
        is_bigendian=generator.choice([0, 1]),
    )  # fmt: skip
    message.data = array.array("B", generator.randbytes(generator.choice([0, 1, 105, 4000])))
    message.header.frame_id = generator.choice(["", "test_camera_optical", "☃" * 50])
    message.header.stamp = time_from_ns(generator.choice([0, 1, 2**31 * 10**9 - 1, generator.randrange(2**60)]))
    return message


def nonsense_info(generator: random.Random) -> CameraInfo:
    numbers = (0.0, 1.0, -1.0, 500.0, 1e300, float("nan"), float("inf"))
    info = CameraInfo(width=generator.choice([0, 1, 360]), height=generator.choice([0, 1, 640]))
    info.k = [generator.choice(numbers) for _ in range(9)]
    info.d = [generator.choice(numbers) for _ in range(generator.choice([0, 2, 4, 5, 8, 14]))]
    info.distortion_model = generator.choice(["plumb_bob", "rational_polynomial", "equidistant", "", "☃"])
    info.binning_x = generator.choice([0, 1, 2**32 - 1])
    info.roi.width, info.roi.x_offset = generator.choice([0, 2**32 - 1]), generator.choice([0, 2**32 - 1])
    return info


def test_hundreds_of_malformed_messages_give_no_pose_and_do_no_harm(pictures):
    """Reliable and one at a time, so that every single one arrives and is handled."""
    generator = random.Random(0)
    with capturing() as (node, camera, listener):
        camera.connect(listener, pictures[0])
        before = set(listener.stamps())
        reliable = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
        images = camera.create_publisher(Image, "image", reliable)
        received = node._statistics.counts
        for _ in range(300):
            count = received["received"]
            camera.infos.publish(nonsense_info(generator))
            images.publish(nonsense(generator))
            wait_until(lambda seen=count: received["received"] > seen and node.wait_idle(1.0), "the message")
        assert set(listener.stamps()) == before
        camera.next_ns += 100 * FRAME_NS
        camera.film(pictures[1:4], listener)
        status = listener.wait_status(last_refusal="", calibration="camera_info")
        assert status["images failed"] == "0", status
        assert int(status["images refused"]) > 200

"""Postprocessor in the node: a camera that turns, told by TF or by an IMU; quality, limits, changes at run time."""

import time

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import Imu
from std_msgs.msg import Float32MultiArray
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from tests.vtm_ros.capturing import capturing, described_places, set_by_service, transformed_places
from tests.vtm_ros.support import FRAME_NS, LATCHED, PATIENCE_S, Listener, clip_pictures, wait_until
from vtm.body.skeleton import JOINT_NAMES
from vtm.camera import Intrinsics
from vtm_ros.conversions.messages import ns_from_time, time_from_ns

TF_LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LEVEL = Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
"""Optical axes of a level camera in the axes of the world."""
IMU_HZ = 200


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(30)


class Pan:
    """A camera that pans by 6 degrees to and fro from the time `start_ns` on, tilted down by 10 degrees."""

    def __init__(self, start_ns: int):
        self.start_ns = start_ns

    def turn(self, stamp_ns: int) -> Rotation:
        """Of the optical axes at that time, relative to those at the start."""
        return Rotation.from_euler("y", 6 * np.sin(2 * np.pi * 0.8 * (stamp_ns - self.start_ns) * 1e-9), degrees=True)

    def rotation(self, stamp_ns: int) -> Rotation:
        """Of the optical axes in the world."""
        return LEVEL * Rotation.from_euler("x", -10, degrees=True) * self.turn(stamp_ns)

    def sees(self, picture: np.ndarray, stamp_ns: int) -> np.ndarray:
        """What a picture taken at the start looks like then: turning a camera moves no parallax."""
        height, width = picture.shape[:2]
        matrix = Intrinsics.from_fov(width, height, 55.0).matrix
        warp = matrix @ self.turn(stamp_ns).as_matrix().T @ np.linalg.inv(matrix)
        return cv2.warpPerspective(picture, warp, (width, height), borderMode=cv2.BORDER_REPLICATE)


class Carrier(Node):
    """Tells where the camera is: by TF, or by an IMU that is mounted upside down on it."""

    MOUNT = Rotation.from_euler("z", 180, degrees=True)

    def __init__(self) -> None:
        super().__init__("carrier")
        self.moving = self.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        self.static = self.create_publisher(TFMessage, "/tf_static", TF_LATCHED)
        self.imu = self.create_publisher(Imu, "imu", QoSProfile(depth=100))
        self.send(self.static, 0, "test_camera_optical", "imu_link", self.MOUNT)

    def send(self, publisher, stamp_ns: int, parent: str, child: str, turn: Rotation) -> None:
        item = TransformStamped(child_frame_id=child)
        item.header.frame_id, item.header.stamp = parent, time_from_ns(stamp_ns)
        rotation = item.transform.rotation
        rotation.x, rotation.y, rotation.z, rotation.w = turn.as_quat().tolist()
        publisher.publish(TFMessage(transforms=[item]))

    def measure(self, pan: Pan, first_ns: int, last_ns: int) -> None:
        """All measurements after the first and up to the last time."""
        step = 10**9 // IMU_HZ
        for stamp in range(first_ns + step, last_ns + 1, step):
            turn, before = (pan.rotation(at) * self.MOUNT for at in (stamp, stamp - step))
            message = Imu()
            message.header.stamp, message.header.frame_id = time_from_ns(stamp), "imu_link"
            rate = (before.inv() * turn).as_rotvec() * IMU_HZ
            push = turn.inv().apply([0, 0, 9.81])
            for name, vector in (("angular_velocity", rate), ("linear_acceleration", push)):
                target = getattr(message, name)
                target.x, target.y, target.z = vector.tolist()
            self.imu.publish(message)


def pelvis(listener: Listener, stamp_ns: int) -> tuple[str, np.ndarray] | None:
    """The frame that the pelvis is in, and its place there; None where it does not come within some seconds."""
    deadline = time.monotonic() + 3.0
    while time.monotonic() < deadline:
        everything = [item for message in list(listener.received["/tf"]) for item in message.transforms]
        for item in everything:
            if item.child_frame_id == "person/pelvis" and ns_from_time(item.header.stamp) == stamp_ns:
                place = item.transform.translation
                return item.header.frame_id, np.array([place.x, place.y, place.z])
        time.sleep(0.01)
    return None


def call(listener: Listener, service: str) -> Trigger.Response:
    client = listener.create_client(Trigger, service)
    assert client.wait_for_service(PATIENCE_S)
    answer = client.call_async(Trigger.Request())
    wait_until(answer.done, "an answer")
    return answer.result()


def carried(listener: Listener, executor) -> Carrier:
    carrier = Carrier()
    executor.add_node(carrier)
    return carrier


def test_a_person_stays_in_the_world_while_the_camera_turns(pictures):
    with capturing(world_frame="odom", pose_model="lite", tf_timeout=1.0) as (node, camera, listener):
        carrier = carried(listener, node.executor)
        wait_until(lambda: camera.images.get_subscription_count() and carrier.moving.get_subscription_count(), "up")
        pan = Pan(camera.next_ns)
        in_world, in_camera = [], []
        for picture in [*pictures[:1] * 5, *pictures]:
            stamp = camera.next_ns + FRAME_NS
            carrier.send(carrier.moving, stamp, "odom", "test_camera_optical", pan.rotation(stamp))
            camera.send_next(pan.sees(picture, stamp))
            found = pelvis(listener, stamp)
            if found:
                assert found[0] == "odom"
                in_world.append(found[1])
                in_camera.append(pan.rotation(stamp).inv().apply(found[1]))
        assert len(in_world) > 20
        across = np.ptp(np.array(in_camera)[8:, 0]), np.ptp(np.array(in_world)[8:, 1])
        assert across[1] < 0.35 * across[0], (
            f"the person moves {across[1]} m while the camera's view of it moves {across[0]} m"
        )
        assert listener.wait_status(world_alignment="tf", camera_pose="")["quality"]
        node.executor.remove_node(carrier)
        carrier.destroy_node()


def test_an_imu_tells_which_way_is_up(pictures):
    with capturing(imu=True, pose_model="lite") as (node, camera, listener):
        carrier = carried(listener, node.executor)
        wait_until(lambda: camera.images.get_subscription_count() and carrier.imu.get_subscription_count(), "up")
        start = camera.next_ns
        pan = Pan(start)
        frames = set()
        for picture in pictures:
            stamp = camera.next_ns + FRAME_NS
            carrier.measure(pan, camera.next_ns, stamp)
            camera.send_next(pan.sees(picture, stamp))
            found = pelvis(listener, stamp)
            frames |= {found[0]} if found else set()
        assert frames == {"test_camera_optical"}
        listener.wait_status(world_alignment="imu")
        found = node._pipeline._world_alignment.camera("test_camera_optical", stamp)
        up, true = found.rotation[2], pan.rotation(stamp).inv().apply([0, 0, 1])
        assert found.source == "imu" and np.degrees(np.arccos(up @ true)) < 1.0
        node.executor.remove_node(carrier)
        carrier.destroy_node()


def test_without_measurements_the_feet_tell_and_the_floor_is_forgotten_on_demand(pictures):
    with capturing(imu=True, pose_model="lite") as (node, camera, listener):
        camera.connect(listener, pictures[0])
        camera.film(pictures[:10], listener)
        listener.wait_status(world_alignment="contacts, not settled yet")
        assert call(listener, "/capture/forget_floor").success
        floor = node._pipeline.postprocessor.floor
        camera.film(pictures[10:11], listener)
        assert floor._frames <= 1


def test_quality_and_confidence(pictures):
    with capturing(pose_model="lite", timeout=0.3) as (_, camera, listener):
        listener.listen(DiagnosticStatus, "quality", LATCHED)
        listener.listen(Float32MultiArray, "confidence")
        said = listener.received["quality"]
        wait_until(lambda: said and said[-1].message == "LOST", "LOST before the first image")
        camera.connect(listener, pictures[0])

        camera.film_until(lambda: said[-1].message in ("GOOD", "DEGRADED"), "a person", pictures[:1], listener)
        confidence = wait_until(lambda: listener.received["confidence"], "the confidence")[-1]
        assert confidence.layout.dim[0].label.split(",") == list(JOINT_NAMES)
        assert len(confidence.data) == 22 and all(0 <= value <= 1 for value in confidence.data)
        wait_until(
            lambda: said[-1].message == "LOST" and said[-1].values[0].value == "no image comes", "LOST in the end"
        )
        assert said[-1].level == DiagnosticStatus.STALE


def test_limited_joints_are_slow_and_tf_agrees_with_them(pictures):
    with capturing(pose_model="lite", max_joint_velocity=0.5) as (_, camera, listener):
        first = camera.connect(listener, pictures[0])
        camera.next_ns = max(listener.stamps())
        stamps = [first, *camera.film([picture[:, ::-1].copy() for picture in pictures[:8]], listener)]
        states = [np.array(listener.joint_state(stamp).position) for stamp in stamps]
        seconds = np.diff(stamps)[1:] * 1e-9
        fastest = (np.abs(np.diff(states, axis=0)[1:]).max(1) / seconds).max()
        assert 0.4 < fastest < 0.5 * 1.001
        transforms = wait_until(lambda: listener.transforms(stamps[-1]), "transforms")
        wanted, state = transformed_places(transforms), listener.joint_state(stamps[-1])
        wait_until(lambda: listener.received["robot_description"], "a description")

        def agrees() -> bool:
            description = listener.received["robot_description"][-1].data
            return np.allclose(described_places(description, state), wanted, atol=1e-3)

        wait_until(agrees, "a description that agrees with TF")


def test_the_refinement_follows_its_parameters(pictures):
    with capturing(pose_model="lite") as (node, camera, listener):
        camera.connect(listener, pictures[0])
        for name, value in (("smoothing", "recording"), ("prediction_ms", 100), ("feet", False), ("trajectory", False)):
            assert set_by_service(listener, name, value).successful
        assert "off, teleop, balanced, recording" in set_by_service(listener, "smoothing", "glue").reason
        assert not set_by_service(listener, "prediction_ms", 251).successful
        camera.film(pictures[:6], listener)
        status = listener.wait_status(**{"prediction [ms]": "100"})
        wait_until(lambda: float(listener.status()["smoothing lag [ms]"]) > 0, "a lag")
        assert float(status["stage postprocess [ms]"]) >= 0
        assert node._pipeline.stream.postprocess.smoothing == "recording"

"""The person in a frame of the world, seen by a camera that moves."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped, TransformStamped
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from scipy.spatial.transform import Rotation
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from tests.vtm_ros.support import (
    FRAME_NS,
    NEVER_S,
    START_NS,
    Camera,
    Listener,
    clip_pictures,
    in_executor,
    ros,
    wait_until,
)
from tests.vtm_ros.test_messages import chained
from vtm_ros.conversions.messages import time_from_ns
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.spinning import spinning

LATCHED_TF = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
OPTICAL = Rotation.from_matrix([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
"""The optical axes in the axes of a camera's body (REP-103)."""


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(12)


class Robot(Node):
    """Carries the camera at a height of 1.2 m and drives forwards at 1 m/s."""

    def __init__(self) -> None:
        super().__init__("robot")
        self.moving = self.create_publisher(TFMessage, "/tf", QoSProfile(depth=100))
        self.static = self.create_publisher(TFMessage, "/tf_static", LATCHED_TF)
        self.send(self.static, 0, "base", "test_camera_optical", (0.0, 0.0, 1.2), OPTICAL)

    def send(self, publisher, stamp_ns, parent, child, place, turn) -> None:
        item = TransformStamped(child_frame_id=child)
        item.header.frame_id, item.header.stamp = parent, time_from_ns(stamp_ns)
        target = item.transform
        target.translation.x, target.translation.y, target.translation.z = place
        target.rotation.x, target.rotation.y, target.rotation.z, target.rotation.w = turn.as_quat().tolist()
        publisher.publish(TFMessage(transforms=[item]))

    def drive(self, stamp_ns: int) -> None:
        """Its pose at `stamp_ns`."""
        place = ((stamp_ns - START_NS) / 1e9, 0.0, 0.0)
        self.send(self.moving, stamp_ns, "odom", "base", place, Rotation.identity())


def test_the_person_is_placed_in_the_world_and_nothing_is_published_without_the_cameras_pose(pictures):
    with ros():
        overrides = [Parameter("world_frame", value="odom"), Parameter("tf_timeout", value=2.0)]
        overrides += [Parameter("pose_model", value="lite"), Parameter("timeout", value=NEVER_S)]
        node, camera, listener, robot = CaptureNode(parameter_overrides=overrides), Camera(), Listener(), Robot()
        listener.listen(MarkerArray, "skeleton")
        listener.listen(PoseWithCovarianceStamped, "root_pose")
        with spinning(node, camera, listener, robot):
            in_executor(node.autostart)
            wait_until(lambda: camera.images.get_subscription_count() and robot.moving.get_subscription_count(), "up")

            def warned() -> dict | None:
                camera.show(pictures[0], node)
                status = listener.status()
                counted = int(status.get("images without camera pose", 0)) > 0
                return status if counted and "odom" in status["message"] else None

            status = wait_until(warned, "a warning")
            assert status["level"] == DiagnosticStatus.WARN and "world_frame" in status["message"]
            assert not listener.stamps() and not listener.received["root_pose"]

            robot.drive(camera.next_ns)
            sent = []
            for picture in pictures:
                sent.append(camera.send_next(picture))
                robot.drive(sent[-1] + FRAME_NS // 2)  # the pose at the image's stamp lies between two transforms
                wait_until(lambda: listener.joint_state(sent[-1]), "a pose")
            message = wait_until(lambda: listener.transforms(sent[-1]), "transforms")
            assert [t.header.frame_id for t in message.transforms[:2]] == ["odom", "person/pelvis"]
            places = chained(message)
            driven = (sent[-1] - START_NS) / 1e9
            x, y, z = places["person/pelvis"]
            assert 1.0 < x - driven < 30 and abs(y) < 3 and -1 < z < 3
            assert places["person/head"][2] - places["person/left_ankle"][2] > 1.0, "upright in the world, z up"

            pose = wait_until(lambda: listener.stamped("root_pose", sent[-1]), "the root pose")
            assert pose.header.frame_id == "odom"
            deviation = np.sqrt(np.diag(np.reshape(pose.pose.covariance, (6, 6))))
            assert deviation[0] > 2 * deviation[1], "the depth is forwards now"
            bones, _ = wait_until(lambda: listener.received["skeleton"], "markers")[-1].markers
            assert bones.header.frame_id == "odom"
            assert listener.wait_status(camera_pose="")["level"] != DiagnosticStatus.ERROR


def test_two_captures_in_two_namespaces_do_not_collide(pictures):
    with ros():
        lite = [Parameter("pose_model", value="lite")]
        people = ("anna", "ben")
        nodes = [
            CaptureNode(namespace=name, parameter_overrides=[*lite, Parameter("tf_prefix", value=name)])
            for name in people
        ]
        cameras = [Camera(namespace=name) for name in people]
        listeners = [Listener(namespace=name) for name in people]
        with spinning(*nodes, *cameras, *listeners):
            for node in nodes:
                in_executor(node.autostart)
            stamps = [
                camera.connect(listener, pictures[0]) for camera, listener in zip(cameras, listeners, strict=True)
            ]
            for name, listener, camera in zip(people, listeners, cameras, strict=True):
                stamps = camera.film(pictures[1:4], listener)
                assert (
                    f'name="{name}"' in wait_until(lambda at=listener: at.received["robot_description"], "URDF")[0].data
                )
                assert listener.joint_state(stamps[-1])
            heard = listeners[0].received  # /tf and /diagnostics are everybody's
            frames = set()

            def everybody() -> bool:
                for message in list(heard["/tf"]):
                    frames.update((t.child_frame_id, t.header.frame_id) for t in message.transforms)
                return {child.split("/")[0] for child, _ in frames} == set(people)

            wait_until(everybody, "the frames of both")
            assert len(frames) == len(dict(frames)) == 44, "every frame has one parent"
            statuses = {f"{name}/capture: motion" for name in people}
            wait_until(lambda: {m.status[0].name for m in list(heard["/diagnostics"])} == statuses, "two statuses")

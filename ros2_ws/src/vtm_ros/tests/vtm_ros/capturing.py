"""The capture node beside a camera and a subscriber, and what is heard of it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import yourdfpy
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from visualization_msgs.msg import MarkerArray

from tests.vtm_ros.support import (
    PATIENCE_S,
    Camera,
    Listener,
    in_executor,
    ros,
    wait_until,
)
from tests.vtm_ros.test_messages import chained
from vtm.body.skeleton import JOINT_NAMES
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.spinning import spinning


@contextmanager
def capturing(**parameters) -> Iterator[tuple[CaptureNode, Camera, Listener]]:
    with ros():
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        node, camera, listener = CaptureNode(parameter_overrides=overrides), Camera(), Listener()
        listener.listen(MarkerArray, "skeleton")
        with spinning(node, camera, listener):
            in_executor(node.autostart)
            yield node, camera, listener


def set_by_service(listener: Listener, name: str, value) -> SetParametersResult:
    """As `ros2 param set /capture NAME VALUE` does."""
    client = listener.create_client(SetParameters, "/capture/set_parameters")
    assert client.wait_for_service(PATIENCE_S)
    change = Parameter(name, value=value).to_parameter_msg()
    answer = client.call_async(SetParameters.Request(parameters=[change]))
    wait_until(answer.done, "an answer")
    return answer.result().results[0]


def described_places(description: str, state) -> np.ndarray:
    """Forward kinematics by a public URDF library, relative to the pelvis."""
    robot = yourdfpy.URDF.load(io.StringIO(description), load_meshes=False, build_collision_scene_graph=False)
    robot.update_cfg(dict(zip(state.name, state.position, strict=True)))
    return np.array([robot.get_transform(name, "pelvis")[:3, 3] for name in JOINT_NAMES])


def transformed_places(message) -> np.ndarray:
    """The same from TF alone: the pelvis' own transform taken as the origin."""
    pelvis = message.transforms[0].transform
    pelvis.translation.x = pelvis.translation.y = pelvis.translation.z = 0.0
    pelvis.rotation.x = pelvis.rotation.y = pelvis.rotation.z = 0.0
    pelvis.rotation.w = 1.0
    places = chained(message)
    return np.array([places[f"person/{name}"] for name in JOINT_NAMES])

"""Parameters of the capture node that change while it runs."""

from xml.etree import ElementTree

import numpy as np
import pytest
from rcl_interfaces.srv import DescribeParameters
from rclpy.parameter import Parameter

from tests.vtm_ros.capturing import capturing, set_by_service
from tests.vtm_ros.support import (
    NEVER_S,
    PATIENCE_S,
    clip_pictures,
    wait_until,
)
from vtm.body.skeleton import JOINT_NAMES, stature


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(20)


def test_parameters_that_may_change_at_run_time_take_effect(pictures):
    with capturing() as (node, camera, listener):
        camera.connect(listener, pictures[0])
        quiet = [Parameter("publish_tf", value=False), Parameter("lookahead", value=1)]
        assert all(result.successful for result in node.set_parameters(quiet))
        before = len(listener.received["/tf"])
        stamps = [camera.show(picture, node) for picture in pictures[1:4]]
        wait_until(lambda: listener.joint_state(stamps[-2]), "the pose of the frame before the last")
        assert listener.joint_state(stamps[-1]) is None
        assert len(listener.received["/tf"]) == before
        listener.wait_status(**{"look-ahead [frames]": "1"})


def test_another_lookahead_keeps_the_floor_and_another_height_learns_it_anew(pictures):
    with capturing(pose_model="lite", timeout=NEVER_S) as (node, camera, listener):
        camera.connect(listener, pictures[0])
        camera.film(pictures[1:4], listener)
        stream, floor = node._pipeline.stream, node._pipeline.postprocessor.floor
        for lookahead in (2, 0):
            assert set_by_service(listener, "lookahead", lookahead).successful
            stamps = [camera.show(picture, node) for picture in pictures[4:8]]
            due = stamps[-1 - lookahead]
            wait_until(lambda due=due: listener.joint_state(due), "the pose that is due")
        assert node._pipeline.stream is stream and node._pipeline.postprocessor.floor is floor
        assert not node._statistics.counts["resets"]
        assert set_by_service(listener, "subject_height", 1.5).successful
        camera.film(pictures[1:3], listener)
        assert node._pipeline.postprocessor.floor is not floor


def test_the_height_given_at_run_time_is_the_height_published(pictures):
    with capturing(pose_model="lite") as (_, camera, listener):
        camera.connect(listener, pictures[0])
        assert set_by_service(listener, "subject_height", 0.1).reason.endswith("0.4..2.6, or 0.0")
        for height in (1.2, 2.1):
            assert set_by_service(listener, "subject_height", height).successful
            camera.film([*pictures, *pictures, *pictures, *pictures], listener)
            places = {t.child_frame_id: t.transform.translation for t in listener.received["/tf"][-1].transforms}
            bones = [places[f"person/{name}"] for name in JOINT_NAMES]
            offsets = np.array([[bone.x, bone.y, bone.z] for bone in bones])
            assert stature(offsets) == pytest.approx(height, rel=0.02)


def test_markers_stop_and_start_at_run_time(pictures):
    with capturing(pose_model="lite") as (_, camera, listener):
        camera.connect(listener, pictures[0])
        camera.film(pictures[:2], listener)
        wait_until(lambda: listener.received["skeleton"], "markers")
        assert set_by_service(listener, "publish_markers", False).successful
        camera.film(pictures[2:4], listener)
        before = len(listener.received["skeleton"])
        camera.film(pictures[4:8], listener)
        assert len(listener.received["skeleton"]) == before
        assert set_by_service(listener, "publish_markers", True).successful
        camera.film(pictures[8:10], listener)
        wait_until(lambda: len(listener.received["skeleton"]) > before, "markers again")


def test_the_frames_of_all_links_come_at_run_time(pictures):
    with capturing(pose_model="lite", tf_prefix="anna") as (_, camera, listener):
        camera.connect(listener, pictures[0])
        assert set_by_service(listener, "publish_link_frames", True).successful
        camera.film(pictures[1:3], listener)
        wait_until(lambda: listener.received["/tf"][-1].transforms[0].child_frame_id == "anna/left_hip_y_link", "links")
        description = wait_until(lambda: listener.received["robot_description"], "a description")[-1].data
        robot = ElementTree.fromstring(description)
        frames = {t.child_frame_id for message in listener.received["/tf"] for t in message.transforms}
        assert frames == {f"anna/{link.get('name')}" for link in robot.findall("link")}


def test_what_ros2_param_describe_tells():
    with capturing(pose_model="lite", autostart=False) as (_, _, listener):
        client = listener.create_client(DescribeParameters, "/capture/describe_parameters")
        assert client.wait_for_service(PATIENCE_S)
        answer = client.call_async(DescribeParameters.Request(names=["lookahead", "subject_height", "backend"]))
        wait_until(answer.done, "an answer")
        lookahead, height, backend = answer.result().descriptors
        assert (lookahead.integer_range[0].from_value, lookahead.integer_range[0].to_value) == (0, 8)
        assert "0.4..2.6, or 0.0" in height.additional_constraints and not height.read_only
        assert "onnxruntime" in backend.additional_constraints and backend.read_only
        assert all(descriptor.description for descriptor in (lookahead, height, backend))

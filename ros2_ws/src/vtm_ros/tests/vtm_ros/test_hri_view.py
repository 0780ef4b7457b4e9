"""The person as a REP-155 body, beside an independent camera and subscriber."""

import io
import os
import sys

import numpy as np
import pytest
import yourdfpy
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.lifecycle import TransitionCallbackReturn
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import LATCHED, NEVER_S, PATIENCE_S, clip_pictures, in_executor, wait_until
from tests.vtm_ros.test_messages import chained
from vtm_ros.conversions.messages import ns_from_time

BODIES = "/humans/bodies"


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(12)


@pytest.fixture(scope="module")
def kinds():
    return pytest.importorskip("hri_msgs.msg", reason="hri_msgs is not installed")


class Robot:
    """Does what libhri does: follows the list of tracked bodies and subscribes to the topics of each."""

    def __init__(self, listener, kinds):
        self.ids: list[str] = []
        self.lists: list[tuple[str, ...]] = []
        self._listener, self._kinds = listener, kinds
        listener.create_subscription(kinds.IdsList, f"{BODIES}/tracked", self._on_list, LATCHED)

    def _on_list(self, message) -> None:
        self.lists.append(tuple(message.ids))
        for body_id in message.ids:
            if body_id in self.ids:
                continue
            self.ids.append(body_id)
            for kind, name, qos in (
                (JointState, "joint_states", None),
                (self._kinds.Skeleton2D, "skeleton2d", None),
                (self._kinds.NormalizedRegionOfInterest2D, "roi", None),
                (String, "urdf", LATCHED),
            ):
                self._listener.listen(kind, f"{BODIES}/{body_id}/{name}", qos)

    def heard(self, name: str) -> list:
        return list(self._listener.received[f"{BODIES}/{self.ids[-1]}/{name}"])


def fill(robot: Robot, camera, listener, pictures) -> None:
    """Film until every topic of the body has been heard."""
    names = ("joint_states", "skeleton2d", "roi", "urdf")
    camera.film_until(
        lambda: all(robot.heard(name) for name in names), "all topics of the body", pictures[1:3], listener
    )


def test_a_robot_that_speaks_rep_155_sees_the_person(pictures, kinds):
    with capturing(hri=True, pose_model="lite", timeout=NEVER_S) as (_, camera, listener):
        robot = Robot(listener, kinds)
        camera.connect(listener, pictures[0])
        wait_until(lambda: robot.ids, "an id")
        fill(robot, camera, listener, pictures)
        (body_id,) = robot.ids
        assert len(body_id) == 5 and body_id.islower()
        state = robot.heard("joint_states")[-1]
        stamp = ns_from_time(state.header.stamp)
        assert listener.joint_state(stamp) and state.header.frame_id == "test_camera_optical"

        text = robot.heard("urdf")[-1].data
        model = yourdfpy.URDF.load(io.StringIO(text), load_meshes=False, build_collision_scene_graph=False)
        assert model.actuated_joint_names == list(state.name)
        model.update_cfg(dict(zip(state.name, state.position, strict=True)))
        theirs, ours = wait_until(lambda: both_trees(listener, stamp, body_id), "both bodies in TF")
        for link in model.link_map:
            place = model.get_transform(link, f"body_{body_id}")[:3, 3]
            assert np.linalg.norm(place) == pytest.approx(np.linalg.norm(theirs[link] - theirs[f"body_{body_id}"]))
        for link, joint in (("l_wrist", "left_wrist"), ("r_wrist", "right_wrist"), ("l_ankle", "left_ankle")):
            assert np.linalg.norm(theirs[f"{link}_{body_id}"] - ours[f"person/{joint}"]) < 0.15, link

        skeleton, box = robot.heard("skeleton2d")[-1], robot.heard("roi")[-1]
        points = {name: skeleton.skeleton[getattr(skeleton, name)] for name in ("NOSE", "LEFT_ANKLE", "RIGHT_WRIST")}
        assert points["NOSE"].y < points["RIGHT_WRIST"].y < points["LEFT_ANKLE"].y
        for point in points.values():
            assert box.xmin <= point.x <= box.xmax and box.ymin <= point.y <= box.ymax
        assert 0 < float(listener.wait_status(lifecycle="active")["hri residual [deg]"]) < 20


def both_trees(listener, stamp: int, body_id: str):
    """Places of the REP-155 links and of our joints in the camera's frame, once both have come."""
    found = {}
    for message in list(listener.received["/tf"]):
        if ns_from_time(message.transforms[0].header.stamp) == stamp:
            found[message.transforms[0].child_frame_id] = chained(message)
    return found.get(f"body_{body_id}") and (found[f"body_{body_id}"], found["person/pelvis"])


def test_ids_come_and_go_with_the_person(pictures, kinds):
    with capturing(hri=True, pose_model="lite") as (_, camera, listener):
        robot = Robot(listener, kinds)
        camera.connect(listener, pictures[0])
        camera.film_until(lambda: robot.ids, "an id", pictures[1:4], listener)
        wait_until(lambda: robot.lists[-1] == (), "nobody once no images come")  # and the id is gone from the list
        assert set(robot.lists) <= {tuple(robot.ids), ()} and len(robot.ids) == 1
        camera.next_ns += 10**10
        camera.film_until(lambda: len(robot.ids) == 2, "a new id", pictures[1:3], listener)
        assert (robot.ids[1],) in robot.lists

        reset = listener.create_client(Trigger, "/capture/reset")
        assert reset.wait_for_service(PATIENCE_S)
        answer = reset.call_async(Trigger.Request())
        wait_until(answer.done, "an answer")
        camera.film_until(lambda: len(robot.ids) == 3, "a new id after a reset", pictures[3:5], listener)
        wait_until(lambda: robot.lists[-1] == (), "nobody")
        names = {name for name, _ in listener.get_topic_names_and_types()}
        assert f"{BODIES}/tracked" in names


def test_without_hri_nothing_of_it_exists(pictures):
    with capturing(pose_model="lite") as (node, camera, listener):
        camera.connect(listener, pictures[0])
        assert not [name for name, _ in node.get_publisher_names_and_types_by_node("capture", "/") if BODIES in name]
        assert "hri residual [deg]" not in listener.wait_status(lifecycle="active")


def test_where_hri_msgs_is_missing_the_node_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "hri_msgs", None)
    with capturing(hri=True, pose_model="lite", autostart=False) as (node, _, listener):
        assert in_executor(node.trigger_configure) == TransitionCallbackReturn.FAILURE
        remedy = f"hri needs hri_msgs; install ros-{os.environ['ROS_DISTRO']}-hri-msgs, or set hri:=false"
        assert listener.wait_status(message=remedy, lifecycle="unconfigured")["level"] == DiagnosticStatus.ERROR

"""What the capture node publishes of hands."""

import io
import re
import time

import numpy as np
import pytest
import yourdfpy
from geometry_msgs.msg import PoseArray
from std_msgs.msg import Float32MultiArray

from tests.vtm_ros.capturing import capturing
from tests.vtm_ros.support import clip_pictures, wait_until
from tests.vtm_ros.test_messages import chained
from vtm.body.hand import FINGERS, LOWER, UPPER
from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import ANGLE_NAMES
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import scaled_offsets
from vtm.body.urdf import urdf
from vtm.types import HandPoses
from vtm_ros.conversions.hand_messages import finger_links_between, finger_transforms
from vtm_ros.conversions.messages import ns_from_time


def test_every_link_between_hinges_has_a_frame_where_the_angles_put_it():
    angles = np.random.default_rng(0).uniform(LOWER, UPPER, (2, 21)).astype(np.float32)
    hands, offsets = HandPoses(angles, np.ones(2, np.float32)), scaled_offsets(np.full(21, 1.1))
    robot = yourdfpy.URDF.load(io.StringIO(urdf(offsets, hands=True)), load_meshes=False)
    robot.update_cfg(dict(zip(HAND_ANGLE_NAMES, angles.ravel(), strict=True)))
    between = finger_links_between(1, hands, offsets, "")
    own = finger_transforms(1, hands, offsets, "")
    fingers = {name for name in robot.link_map if name.split("_", 1)[-1].startswith(FINGERS)}
    assert {t.child_frame_id for t in [*between, *own]} == fingers and len(between) == 12
    for transform in [*between, *own]:
        t, q = transform.transform.translation, transform.transform.rotation
        expected = robot.get_transform(transform.child_frame_id, transform.header.frame_id)
        np.testing.assert_allclose(matrix_from_quat(np.array([q.x, q.y, q.z, q.w])), expected[:3, :3], atol=1e-5)
        np.testing.assert_allclose([t.x, t.y, t.z], expected[:3, 3], atol=1e-5)


def test_a_hand_that_is_seen_has_points_and_fingers():
    pictures = clip_pictures(4)
    with capturing(pose_model="lite", hands="lite") as (node, camera, listener):
        listener.listen(PoseArray, "right_hand/points")
        listener.listen(Float32MultiArray, "confidence")
        camera.connect(listener, pictures[0])

        def seen() -> PoseArray | None:
            camera.film(pictures, listener)
            return next(iter(listener.received["right_hand/points"]), None)

        hand = wait_until(seen, "the right hand, which this camera sees")
        stamp = ns_from_time(hand.header.stamp)
        state, transforms = (
            wait_until(lambda ask=ask: ask(stamp), "it") for ask in (listener.joint_state, listener.transforms)
        )
        description = wait_until(lambda: listener.received["robot_description"], "a description")[-1].data
        sure = listener.received["confidence"][-1]
        asked_ns = time.time_ns()

        def told() -> str:
            camera.film(pictures, listener)
            return listener.status(asked_ns).get("hands", "")

        assert re.fullmatch(r"left 0\.\d\d, right 0\.[1-9]\d", wait_until(told, "what is said of the hands"))
    assert hand.header.frame_id == "test_camera_optical" and tuple(state.name) == (*ANGLE_NAMES, *HAND_ANGLE_NAMES)
    assert sure.layout.dim[0].label.endswith("left_hand,right_hand") and len(sure.data) == 24 and sure.data[23] > 0
    robot = yourdfpy.URDF.load(io.BytesIO(description.encode()), load_meshes=False, build_scene_graph=True)
    robot.update_cfg(dict(zip(state.name, state.position, strict=True)))
    places = chained(transforms)
    for side in ("left", "right"):
        of_wrist = places[f"person/{side}_index3"] - places[f"person/{side}_wrist"]
        described = robot.get_transform(f"{side}_index3", f"{side}_wrist")[:3, 3]
        assert np.linalg.norm(of_wrist) == pytest.approx(np.linalg.norm(described), rel=1e-3)
    points = np.array([(pose.position.x, pose.position.y, pose.position.z) for pose in hand.poses])
    assert points.shape == (21, 3) and not points[0].any() and 0.05 < np.linalg.norm(points[9]) < 0.15

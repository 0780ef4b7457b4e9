"""What robots are told, and what is understood of a person."""

from dataclasses import replace

import numpy as np
import pytest
from builtin_interfaces.msg import Time

from tests.vtm_robot.small_robot import small_robot
from tests.vtm_ros.support import motion
from vtm.body.joint_angles import angles_from_quats
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec
from vtm.body.skeleton import scaled_offsets
from vtm.body.urdf import urdf
from vtm.errors import VtmError
from vtm.types import CameraPose
from vtm_robot.model.urdf import parse_urdf
from vtm_robot.retarget.person import person_pose
from vtm_ros.conversions import messages
from vtm_ros.conversions.person_from_messages import About, offsets_of, person_of
from vtm_ros.conversions.root_pose import root_in_camera, root_in_world
from vtm_ros.conversions.tf_tree import Pose
from vtm_ros.teleop import robot_messages

STAMP = Time(sec=1)


@pytest.fixture(scope="module")
def tree():
    return parse_urdf(small_robot())


def heading_free(rotations: np.ndarray) -> np.ndarray:
    """Rotations (22, 3, 3) as somebody sees them who turns with the pelvis' heading."""
    yaw = np.arctan2(rotations[0, 1, 0] - rotations[0, 0, 1], rotations[0, 0, 0] + rotations[0, 1, 1])
    return matrix_from_rotvec(np.array([0.0, 0.0, -yaw])) @ rotations


@pytest.mark.parametrize("in_world", [False, True])
def test_a_persons_pose_survives_the_messages(in_world) -> None:
    camera = CameraPose(matrix_from_rotvec(np.array([1.9, 0.3, -0.2])), np.array([0.5, 1.0, 2.0]))
    seen = replace(motion(seed=3), camera=camera)
    root = root_in_camera(seen, "camera")
    if in_world:
        root = root_in_world(root, Pose(camera.rotation, camera.position), "map")
    offsets = scaled_offsets(seen.bone_ratio)
    pose = person_of(
        messages.joint_state(seen.stamp_ns, angles_from_quats(seen.quat_local)),
        messages.root_pose(seen.stamp_ns, root),
        messages.up(seen, root, in_world),
        About(offsets_of(urdf(offsets)), seen.confidence, 4),
    )
    expected = person_pose(seen)
    np.testing.assert_allclose(heading_free(pose.rotations), heading_free(expected.rotations), atol=1e-5)
    np.testing.assert_allclose(
        pose.positions[:, 2] - pose.positions[0, 2], expected.positions[:, 2] - expected.positions[0, 2], atol=1e-5
    )
    assert pose.person == 4


def test_a_camera_of_which_nothing_is_known_is_level() -> None:
    seen = motion()
    up = messages.up(seen, root_in_camera(seen, "camera"), False)
    assert (up.vector.x, up.vector.y, up.vector.z) == (0, -1, 0) and up.header.frame_id == "camera"


def test_what_is_not_a_persons_is_refused() -> None:
    seen = motion()
    root = root_in_camera(seen, "camera")
    angles = messages.joint_state(seen.stamp_ns, angles_from_quats(seen.quat_local))
    three = [angles, messages.root_pose(seen.stamp_ns, root), messages.up(seen, root, False)]
    three[0].name[5] = "wheel"
    with pytest.raises(VtmError, match="not those of a person"):
        person_of(*three, About())
    three[2].header.frame_id = "map"
    with pytest.raises(VtmError, match="told in 'map'"):
        person_of(*three, About())
    for text in (small_robot(), "no xml"):
        with pytest.raises(VtmError, match="not that of a person"):
            offsets_of(text)


def test_a_trajectory_is_one_point_without_speed() -> None:
    message = robot_messages.trajectory(["a", "b"], np.array([0.1, 0.2]), 1.03)
    (point,) = message.points
    assert list(point.positions) == [0.1, 0.2] and not point.velocities and not point.accelerations
    assert (point.time_from_start.sec, point.time_from_start.nanosec) == (1, 30_000_000)
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (0, 0), "that is: now"


def test_the_ghost_and_the_hands_are_where_the_links_are(tree) -> None:
    q = np.clip(np.random.default_rng(0).normal(0, 0.3, len(tree.names)), tree.lower, tree.upper)
    pose = tree.pose(q)
    ghost = {
        item.child_frame_id: item
        for item in robot_messages.Ghost(tree, "base_link", "ghost").message(STAMP, pose).transforms
    }
    assert ghost[f"ghost/{tree.base}"].header.frame_id == "base_link"
    assert set(ghost) == {f"ghost/{link}" for link in tree.links}
    target = robot_messages.link_target(STAMP, tree, pose, "left_palm", "base_link").pose
    turn, place = pose.frame(tree.links["left_palm"])
    for at, orientation in (
        (target.position, target.orientation),
        (ghost["ghost/left_palm"].transform.translation, ghost["ghost/left_palm"].transform.rotation),
    ):
        np.testing.assert_allclose([at.x, at.y, at.z], place)
        quat = np.array([orientation.x, orientation.y, orientation.z, orientation.w])
        np.testing.assert_allclose(matrix_from_quat(quat), turn, atol=1e-9)

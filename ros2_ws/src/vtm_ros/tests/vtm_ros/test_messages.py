import io

import numpy as np
import yourdfpy
from hypothesis import given, settings
from hypothesis import strategies as st
from visualization_msgs.msg import Marker

from tests.vtm_ros.support import START_NS, motion
from vtm.body.joint_angles import ANGLE_NAMES, angles_from_quats
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, PARENTS, scaled_offsets
from vtm.body.urdf import urdf
from vtm_ros.conversions import messages
from vtm_ros.conversions.root_pose import root_in_camera

SEEDS = st.integers(0, 2**32 - 1)


def chained(message):
    """Positions of the frames of a TFMessage by name, in the frame that the pelvis hangs in."""
    places = {}
    for transform in message.transforms:
        t, q = transform.transform.translation, transform.transform.rotation
        rotation, place = matrix_from_quat(np.array([q.x, q.y, q.z, q.w])), np.array([t.x, t.y, t.z])
        if transform.header.frame_id in places:
            above, origin = places[transform.header.frame_id]
            rotation, place = above @ rotation, origin + above @ place
        places[transform.child_frame_id] = rotation, place
    return {name: place for name, (_, place) in places.items()}


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_stamps_are_exact(stamp_ns):
    assert messages.ns_from_time(messages.time_from_ns(stamp_ns)) == stamp_ns


@given(SEEDS)
def test_transforms_place_the_joints_where_kinematics_does(seed):
    person = motion(seed=seed)
    offsets = scaled_offsets(person.bone_ratio)
    message = messages.transforms(person, root_in_camera(person, "camera_optical_frame"), offsets, "person")
    places = chained(message)
    local = matrix_from_quat(person.quat_local.astype(float))
    _, expected = forward_kinematics(local, offsets, person.root_cam.astype(float))
    np.testing.assert_allclose([places[f"person/{name}"] for name in JOINT_NAMES], expected, atol=1e-5)
    assert message.transforms[0].header.frame_id == "camera_optical_frame"
    assert {messages.ns_from_time(transform.header.stamp) for transform in message.transforms} == {START_NS}


def test_transform_rotations_are_unit_to_a_millionth():
    root = root_in_camera(motion(), "camera")
    quats = [t.transform.rotation for t in messages.transforms(motion(), root, np.zeros((22, 3)), "").transforms]
    norms = [np.linalg.norm([q.x, q.y, q.z, q.w]) for q in quats]
    np.testing.assert_allclose(norms, 1.0, atol=1e-6)


def test_without_a_prefix_the_frames_bear_the_joints_names():
    root = root_in_camera(motion(), "camera")
    frames = [t.child_frame_id for t in messages.transforms(motion(), root, np.zeros((22, 3)), "").transforms]
    assert tuple(frames) == JOINT_NAMES


@settings(max_examples=10)
@given(SEEDS)
def test_every_link_of_the_description_has_a_frame_where_the_joint_angles_put_it(seed):
    person = motion(seed=seed)
    offsets = scaled_offsets(person.bone_ratio)
    angles = angles_from_quats(person.quat_local)
    root = root_in_camera(person, "camera")
    between = messages.links_between(START_NS, angles, offsets, "").transforms
    frames = {t.child_frame_id: t for t in [*messages.transforms(person, root, offsets, "").transforms, *between]}
    robot = yourdfpy.URDF.load(io.StringIO(urdf(offsets)), load_meshes=False, build_collision_scene_graph=False)
    assert set(frames) == set(robot.link_map)
    robot.update_cfg(dict(zip(ANGLE_NAMES, angles, strict=True)))
    for transform in between:
        t, q = transform.transform.translation, transform.transform.rotation
        expected = robot.get_transform(transform.child_frame_id, transform.header.frame_id)
        np.testing.assert_allclose(matrix_from_quat(np.array([q.x, q.y, q.z, q.w])), expected[:3, :3], atol=1e-6)
        np.testing.assert_allclose([t.x, t.y, t.z], expected[:3, 3], atol=1e-6)
        assert messages.ns_from_time(transform.header.stamp) == START_NS


def test_joint_state_has_the_63_joints_and_the_stamp():
    angles = angles_from_quats(motion().quat_local)
    state = messages.joint_state(START_NS, angles)
    assert tuple(state.name) == ANGLE_NAMES
    np.testing.assert_array_equal(state.position, angles)
    assert messages.ns_from_time(state.header.stamp) == START_NS


@given(SEEDS)
def test_root_pose_covariance_is_symmetric_and_positive(seed):
    pose = messages.root_pose(START_NS, root_in_camera(motion(seed=seed), "camera"))
    covariance = np.reshape(pose.pose.covariance, (6, 6))
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    np.testing.assert_allclose([pose.pose.pose.position.z], [3.0])


def test_markers_draw_every_bone_between_its_joints():
    person = motion()
    offsets = scaled_offsets(person.bone_ratio)
    bones, joints = messages.skeleton_markers(person, root_in_camera(person, "camera"), offsets, "person", 0.75).markers
    assert (bones.type, joints.type) == (Marker.LINE_LIST, Marker.SPHERE_LIST)
    assert (bones.lifetime.sec, bones.lifetime.nanosec) == (0, 750_000_000)
    places = np.array([[p.x, p.y, p.z] for p in joints.points])
    ends = np.array([[p.x, p.y, p.z] for p in bones.points]).reshape(-1, 2, 3)
    np.testing.assert_allclose(
        ends[:, 1] - ends[:, 0], [places[c] - places[PARENTS[c]] for c in range(1, 22)], atol=1e-9
    )
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)
    np.testing.assert_allclose(lengths, np.linalg.norm(offsets[1:], axis=-1), atol=1e-5)
    assert len(bones.colors) == len(bones.points) and len(joints.colors) == len(joints.points)


def test_contacts_name_their_order():
    person = motion()
    message = messages.contacts(person)
    assert message.layout.dim[0].label == "left_heel,left_toe,right_heel,right_toe"
    np.testing.assert_allclose(message.data, person.contacts)

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.vtm_ros.support import motion
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import scaled_offsets
from vtm_ros.conversions.root_pose import root_in_camera, root_in_world
from vtm_ros.conversions.tf_tree import Pose


@given(st.integers(0, 2**32 - 1))
def test_the_whole_body_moves_with_the_camera(seed):
    person = motion(seed=seed)
    camera = Pose(Rotation.random(random_state=seed).as_matrix(), np.random.default_rng(seed).normal(size=3))
    root = root_in_world(root_in_camera(person, "camera"), camera, "map")
    local, offsets = matrix_from_quat(person.quat_local.astype(float)), scaled_offsets(person.bone_ratio)
    _, seen = forward_kinematics(local, offsets, person.root_cam.astype(float))
    local[0] = matrix_from_quat(root.quat)
    _, placed = forward_kinematics(local, offsets, root.place)
    np.testing.assert_allclose(placed, seen @ camera.rotation.T + camera.translation, atol=1e-5)
    assert root.frame == "map"


def test_the_uncertain_depth_lies_along_the_line_of_sight():
    forward = Pose(np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.zeros(3))
    root = root_in_camera(motion(), "camera")
    placed = root_in_world(root, forward, "map")
    np.testing.assert_allclose(placed.covariance[0, 0], root.covariance[2, 2])
    np.testing.assert_allclose(np.diag(placed.covariance)[1:3], root.covariance[0, 0])
    np.testing.assert_allclose(placed.covariance, placed.covariance.T)
    assert placed.covariance[0, 0] > 10 * placed.covariance[1, 1]

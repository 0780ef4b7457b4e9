import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import HANGING, poses
from vtm.body.keypoints import KEYPOINT_NAMES, NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.root_translation import solve_root
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS

places = st.tuples(st.floats(-2, 2), st.floats(-1, 1), st.floats(2, 8)).map(np.array)

FACING = HANGING.copy()
"""Upright in the camera's optical axes, facing it, arms hanging."""
FACING[0] = quat_from_matrix(np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]]))


def seen(quats: np.ndarray, root: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints relative to the pelvis, exact rays and confidences of a body at `root`; the head is not seen."""
    local = matrix_from_quat(quats)
    _, joints = forward_kinematics(local, VIRTUAL_OFFSETS, np.zeros(3))
    rays, confidence = np.zeros((NUM_KEYPOINTS, 2)), np.zeros(NUM_KEYPOINTS)
    for index, name in enumerate(KEYPOINT_NAMES):
        if name in JOINT_INDEX and name != "neck":
            point = joints[JOINT_INDEX[name]] + root
            rays[index], confidence[index] = point[:2] / point[2], 0.9
    return joints, rays, confidence


@given(poses(frames=1), places)
def test_exact_evidence_gives_the_exact_place(quats, root):
    joints, rays, confidence = seen(quats[0], root)
    assert solve_root(root[2], joints, rays, confidence) == pytest.approx(root, abs=1e-4)


@given(places, st.floats(0.85, 1.15))
def test_size_in_the_image_corrects_the_depth(root, factor):
    joints, rays, confidence = seen(FACING, root)
    solved = solve_root(root[2] * factor, joints, rays, confidence)
    assert abs(solved[2] - root[2]) <= abs(root[2] * factor - root[2]) * 0.98 + 1e-4


def test_one_bad_keypoint_moves_the_body_little():
    root = np.array([0.2, 0.1, 4.0])
    joints, rays, confidence = seen(FACING, root)
    rays[KEYPOINT_NAMES.index("left_wrist")] += 0.2
    assert np.linalg.norm(solve_root(4.0, joints, rays, confidence)[:2] - root[:2]) < 0.25 * 0.2 * 4


def test_untrusted_keypoints_are_no_evidence():
    joints, rays, confidence = seen(FACING, np.array([0.0, 0.0, 3.0]))
    assert solve_root(3.0, joints, rays, confidence * 0.2) is None

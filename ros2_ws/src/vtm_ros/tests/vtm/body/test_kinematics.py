import numpy as np
import torch
from hypothesis import given

from tests.vtm.body.poses import HANGING, bodies, mirrored, poses, posture
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, MIRROR, PARENTS, VIRTUAL_OFFSETS

ROOT = np.array([0.1, 0.2, 3.0])


def joints(quats, offsets=VIRTUAL_OFFSETS, root=(0.0, 0.0, 0.0)):
    return forward_kinematics(matrix_from_quat(quats), offsets, np.broadcast_to(root, (*quats.shape[:-2], 3)))[1]


@given(poses(), bodies())
def test_each_joint_hangs_on_its_parent(quats, offsets):
    local = matrix_from_quat(quats)
    rotation, position = forward_kinematics(local, offsets, np.tile(ROOT, (3, 1)))
    for joint, parent in enumerate(PARENTS):
        above = (np.eye(3), ROOT) if parent < 0 else (rotation[:, parent], position[:, parent])
        np.testing.assert_allclose(rotation[:, joint], above[0] @ local[:, joint], atol=1e-12)
        if parent >= 0:
            np.testing.assert_allclose(position[:, joint], above[1] + above[0] @ offsets[joint], atol=1e-12)


@given(poses(), bodies())
def test_a_mirrored_pose_gives_mirrored_joints(quats, offsets):
    flip = np.array([1.0, -1.0, 1.0])
    expected = joints(quats, offsets)[:, list(MIRROR)] * flip
    np.testing.assert_allclose(joints(mirrored(quats), offsets[list(MIRROR)] * flip), expected, atol=1e-12)


@given(poses())
def test_torch_agrees_and_gradients_flow(quats):
    local = torch.tensor(matrix_from_quat(quats), requires_grad=True)
    root = torch.zeros(3, 3, dtype=torch.float64)
    _, position = forward_kinematics(local, torch.tensor(VIRTUAL_OFFSETS), root)
    np.testing.assert_allclose(position.detach().numpy(), joints(quats), atol=1e-12)
    position.square().sum().backward()
    assert local.grad.isfinite().all() and local.grad[:, JOINT_INDEX["left_hip"]].abs().max() > 0


def test_the_rest_pose_faces_forward_with_the_left_arm_on_the_left():
    position = joints(posture())
    assert position[JOINT_INDEX["left_wrist"], 1] > 0.6 > -0.6 > position[JOINT_INDEX["right_wrist"], 1]
    assert position[JOINT_INDEX["left_foot"], 0] > position[JOINT_INDEX["left_ankle"], 0] + 0.1
    assert position[JOINT_INDEX["head"], 2] > 0.5 > -0.8 > position[JOINT_INDEX["left_ankle"], 2]


def test_hinges_bend_the_way_bodies_do():
    bent = joints(posture(left_knee=("Y", 90), right_elbow=("Z", 90)))
    assert bent[JOINT_INDEX["left_ankle"], 0] < -0.3
    assert bent[JOINT_INDEX["right_wrist"], 0] > 0.15
    hanging = joints(HANGING)
    assert hanging[JOINT_INDEX["left_wrist"], 2] < hanging[JOINT_INDEX["left_shoulder"], 2] - 0.4

"""The proposals of the refinement point downhill, and a turn means what it says."""

import pytest
import torch
from scipy.spatial.transform import Rotation

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rot6d, matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.nets.body import keypoints_on_body
from vtm.nets.refine import POINTS, Proposal, _turned

OFFSETS = torch.from_numpy(VIRTUAL_OFFSETS)[None, None]
SMALL = 0.05
DEPTH = torch.tensor([[3.5]], dtype=torch.float64).log()


def scene(seed: int) -> torch.Tensor:
    """Local rotations (1, 1, 22, 3, 3) of a random pose in front of the camera, in double precision."""
    return torch.from_numpy(Rotation.random(22, rng=seed).as_matrix())[None, None] * 1.0


def rays_of(local: torch.Tensor) -> torch.Tensor:
    rotations, joints = forward_kinematics(local, OFFSETS, torch.zeros(1, 1, 3, dtype=torch.float64))
    points = keypoints_on_body(rotations, joints)[:, :, :POINTS]
    return points[..., :2] / (points[..., 2:] + DEPTH.exp()[..., None, None])


def proposals(local: torch.Tensor, rays: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Errors (21, 2) in metres and turns (22, 3) in radians."""
    rotations, joints = forward_kinematics(local, OFFSETS, torch.zeros(1, 1, 3, dtype=torch.float64))
    sure, shipped = torch.ones(1, 1, POINTS, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)
    out = Proposal().double()(rotations, joints, DEPTH, rays, sure, shipped)[0, 0]
    return out[: 2 * POINTS].reshape(POINTS, 2) / 10, out[2 * POINTS : -1].reshape(22, 3) / 4


def turned(local: torch.Tensor, joint: int, turn: torch.Tensor) -> torch.Tensor:
    moved = local.clone()
    moved[:, :, joint] = local[:, :, joint] @ matrix_from_rotvec(turn)
    return moved


def test_nothing_is_proposed_where_the_pose_fits():
    local = scene(0)
    error, turn = proposals(local, rays_of(local))
    assert error.abs().max() < 1e-9 and turn.abs().max() < 1e-9


@pytest.mark.parametrize("joint", ["pelvis", "left_hip", "right_knee", "spine2", "left_shoulder", "right_elbow"])
@pytest.mark.parametrize("seed", range(5))
def test_proposed_turn_lowers_the_error(joint, seed):
    index, local = JOINT_INDEX[joint], scene(seed)
    axis = torch.from_numpy(Rotation.random(rng=seed + 50).as_rotvec())
    wanted = rays_of(turned(local, index, SMALL * axis / axis.norm()))
    before, turn = proposals(local, wanted)
    after, _ = proposals(turned(local, index, 0.3 * turn[index]), wanted)
    assert (after**2).sum() < (before**2).sum()


def test_joint_that_moves_no_keypoint_stays():
    local = scene(3)
    _, turn = proposals(local, rays_of(scene(4)))
    wrists = [JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]]
    assert turn[wrists].abs().max() < 1e-9


def test_missing_keypoints_have_no_say():
    local, other = scene(5), rays_of(scene(6))
    rotations, joints = forward_kinematics(local, OFFSETS, torch.zeros(1, 1, 3, dtype=torch.float64))
    sure = torch.ones(1, 1, POINTS, dtype=torch.float64)
    sure[..., 9] = 0
    moved = other.clone()
    moved[..., 9, :] += 0.5
    propose, shipped = Proposal().double(), torch.ones(1, 1, dtype=torch.float64)
    one, same = (propose(rotations, joints, DEPTH, rays, sure, shipped) for rays in (other, moved))
    assert torch.equal(one, same)


def test_keypoints_on_the_joints_fit_under_that_definition():
    local = scene(8)
    rotations, joints = forward_kinematics(local, OFFSETS, torch.zeros(1, 1, 3, dtype=torch.float64))
    ankle = joints[:, :, JOINT_INDEX["left_ankle"]]
    rays = rays_of(local)
    rays[:, :, KEYPOINT_INDEX["left_ankle"]] = ankle[..., :2] / (ankle[..., 2:] + DEPTH.exp()[..., None])
    sure = torch.zeros(1, 1, POINTS, dtype=torch.float64)
    sure[..., [KEYPOINT_INDEX["left_ankle"], KEYPOINT_INDEX["nose"]]] = 1
    for convention, fits in ((0.0, True), (1.0, False)):
        told = torch.full((1, 1), convention, dtype=torch.float64)
        out = Proposal().double()(rotations, joints, DEPTH, rays, sure, told)
        assert (out.abs().max() < 1e-9) == fits


def test_turn_is_about_the_joints_own_axes():
    local, turn = scene(7), torch.randn(1, 1, 22, 3, dtype=torch.float64) * 1e-3
    exact = local @ matrix_from_rotvec(turn)
    assert (matrix_from_rot6d(_turned(local, turn)) - exact).abs().max() < 2e-5

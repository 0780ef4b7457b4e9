import pytest
import torch

from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.rotations import geodesic_angle, matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, LOWER, MIRROR, VIRTUAL_OFFSETS, bone_lengths
from vtm.samples import augment

OFFSETS = torch.tensor(VIRTUAL_OFFSETS, dtype=torch.float32)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def motion(generator) -> tuple[torch.Tensor, torch.Tensor]:
    local = matrix_from_rotvec(torch.randn(3, 10, 22, 3, generator=generator) * 0.6)
    return local, torch.randn(3, 10, 3, generator=generator)


def test_mirror_reflects_every_joint(motion):
    local, root = motion
    _, positions = forward_kinematics(local, OFFSETS, root)
    _, mirrored = forward_kinematics(*_with_offsets(*augment.mirror(local, root)))
    assert torch.allclose(mirrored, positions[:, :, list(MIRROR)] * torch.tensor([1.0, -1.0, 1.0]), atol=1e-5)
    back, back_root = augment.mirror(*augment.mirror(local, root))
    assert torch.allclose(back, local) and torch.allclose(back_root, root)


def _with_offsets(local, root):
    return local, OFFSETS, root


def test_recombine_keeps_the_legs(motion, generator):
    local, root = motion
    other = local[[1, 2, 0]]
    mixed = augment.recombine(local, other)
    _, before = forward_kinematics(local, OFFSETS, root)
    _, after = forward_kinematics(mixed, OFFSETS, root)
    assert torch.equal(before[:, :, list(LOWER)], after[:, :, list(LOWER)])
    assert torch.equal(mixed[:, :, 16:], other[:, :, 16:])


def test_perturb_is_smooth_bounded_and_spares_the_root(motion, generator):
    still = motion[0][:, :1].expand(-1, 60, -1, -1, -1)
    seconds = (torch.arange(60) / 30).expand(3, 60)
    moved = augment.perturb(still, seconds, 0.12, generator)
    assert torch.equal(moved[:, :, 0], still[:, :, 0])
    assert geodesic_angle(moved[:, 1:], moved[:, :-1]).max() < 0.35
    assert 0.01 < geodesic_angle(moved, still)[:, :, 1:].mean() < 0.4


@pytest.mark.parametrize("size", [0.12, 0.5])
def test_perturbed_people_stay_possible(generator, size):
    """Straight and fully bent limbs are at the border; only joints that were impossible before may be so after."""
    names = ("left_knee", "right_knee", "left_elbow", "right_elbow")
    bent = torch.zeros(64, 30, 22, 3)
    for name, axis in zip(names, ([0, 1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]), strict=True):
        bent[:, :, JOINT_INDEX[name]] = torch.linspace(0, 2.5, 64)[:, None, None] * torch.tensor(axis)
    local = matrix_from_rotvec(bent)
    moved = augment.perturb(local, (torch.arange(30) / 30).expand(64, 30), size, generator)
    assert within_limits(moved).all()
    touched = (geodesic_angle(moved, local) > 1e-3).any(1).float().mean(0)
    assert touched[0] == 0
    assert (touched[[JOINT_INDEX[name] for name in names]] > 0.1).all(), "hinges are perturbed, too"
    assert touched[JOINT_INDEX["left_shoulder"]] == pytest.approx(0.5, abs=0.2)


def test_an_impossible_joint_is_left_alone(generator):
    local = torch.eye(3).expand(20, 5, 22, 3, 3).clone()
    local[:, :, JOINT_INDEX["head"]] = matrix_from_rotvec(torch.tensor([0.0, 0.0, 3.0]))
    moved = augment.perturb(local, torch.zeros(20, 5), 0.12, generator)
    assert torch.equal(moved[:, :, JOINT_INDEX["head"]], local[:, :, JOINT_INDEX["head"]])


def test_mirror_exchanges_the_limbs_not_their_anatomy(generator):
    """A bent left elbow becomes a bent right one, both within the limits; the person walks on, the other way round."""
    turn = torch.zeros(1, 2, 22, 3)
    turn[:, :, JOINT_INDEX["left_elbow"], 2] = -1.5
    turn[:, :, JOINT_INDEX["right_knee"], 1] = 1.0
    turn[:, :, 0, 2] = 0.4
    mirrored, root = augment.mirror(matrix_from_rotvec(turn), torch.tensor([[[0.0, 0, 1], [0.3, 0.2, 1]]]))
    expected = torch.zeros(1, 2, 22, 3)
    expected[:, :, JOINT_INDEX["right_elbow"], 2] = 1.5
    expected[:, :, JOINT_INDEX["left_knee"], 1] = 1.0
    expected[:, :, 0, 2] = -0.4
    assert torch.allclose(mirrored, matrix_from_rotvec(expected), atol=1e-6)
    assert within_limits(mirrored).all()
    assert torch.allclose(root[0, 1], torch.tensor([0.3, -0.2, 1.0]))


def test_heading_turns_the_world_about_the_vertical(motion, generator):
    local, root = motion
    _, before = forward_kinematics(local, OFFSETS, root)
    _, after = forward_kinematics(*_with_offsets(*augment.heading(local, root, generator)))
    assert torch.allclose(after[..., 2], before[..., 2], atol=1e-5)
    assert torch.allclose(after.norm(dim=-1), before.norm(dim=-1), atol=1e-5)
    assert not torch.allclose(after[..., 0], before[..., 0], atol=1e-2)


def test_virtual_bones_have_length():
    assert bone_lengths(VIRTUAL_OFFSETS).min() > 0.02

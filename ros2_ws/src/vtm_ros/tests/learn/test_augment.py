import pytest
import torch

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_rotvec
from vtm.body.skeleton import LOWER, MIRROR, VIRTUAL_OFFSETS, bone_lengths
from vtm.learn import augment

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


def test_heading_turns_the_world_about_the_vertical(motion, generator):
    local, root = motion
    _, before = forward_kinematics(local, OFFSETS, root)
    _, after = forward_kinematics(*_with_offsets(*augment.heading(local, root, generator)))
    assert torch.allclose(after[..., 2], before[..., 2], atol=1e-5)
    assert torch.allclose(after.norm(dim=-1), before.norm(dim=-1), atol=1e-5)
    assert not torch.allclose(after[..., 0], before[..., 0], atol=1e-2)


def test_proportions_are_symmetric_and_positive(generator):
    ratio = augment.proportions(torch.ones(500, 21), 0.07, generator)
    swap = [joint - 1 for joint in MIRROR[1:]]
    assert torch.allclose(ratio, ratio[:, swap])
    assert ratio.min() > 0.6
    assert ratio.log().std() == pytest.approx(0.085, abs=0.02)


def test_virtual_bones_have_length():
    assert bone_lengths(VIRTUAL_OFFSETS).min() > 0.02

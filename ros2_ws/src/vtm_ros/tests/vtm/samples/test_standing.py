"""People made to stand straight do: legs, feet, pelvis."""

import torch

from vtm.body.kinematics import forward_kinematics
from vtm.body.limits import within_limits
from vtm.body.skeleton import JOINT_INDEX
from vtm.nets.body import offsets_from_ratio
from vtm.samples.standing import stand


def stood(batch: int = 64, frames: int = 12):
    local = torch.eye(3).expand(batch, frames, 22, 3, 3).clone()
    seconds = torch.arange(frames)[None].expand(batch, -1) / 30
    return stand(local, seconds, torch.Generator().manual_seed(4))


def test_legs_are_straight_and_feet_flat():
    local, root = stood()
    turned, joints = forward_kinematics(local, offsets_from_ratio(torch.ones(len(local), 21))[:, None], root)
    assert within_limits(local).all()
    for side in ("left", "right"):
        knee, ankle, foot = (JOINT_INDEX[f"{side}_{part}"] for part in ("knee", "ankle", "foot"))
        flexion = torch.rad2deg(torch.acos(local[:, :, knee, 2, 2].clamp(max=1)))
        assert flexion.median() < 6 and flexion.max() < 20
        assert torch.allclose(turned[:, :, ankle, :, 2], torch.tensor([0.0, 0.0, 1.0]), atol=1e-5)
        assert (joints[:, :, foot, 2].abs() < 0.15).all()


def test_they_sway_but_stay():
    local, root = stood()
    assert (root - root[:, :1]).norm(dim=-1).max() < 0.05
    assert (local[:, 1:] - local[:, :-1]).abs().max() > 0

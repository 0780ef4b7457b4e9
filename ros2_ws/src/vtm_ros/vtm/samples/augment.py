"""Variety for scarce motion. Every function is a map of whole windows: (B, T, 22, 3, 3) rotations and (B, T, 3) roots.

World axes: z up. Distances are in virtual-skeleton metres.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vtm.body.limits import within_limits
from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, MIRROR, NUM_JOINTS, UPPER


@dataclass(frozen=True)
class Variety:
    """How much motion is varied; 0 leaves that variation out.

    Attributes:
        mirror: Share of the windows.
        time_warp: Largest change of tempo, its logarithm.
        recombine: Share of the windows.
        perturb: Radians of the joint offsets.
        proportions: Spread of the bone ratios' logarithms.
        stand: Share of the windows in which the person stands straight.
        exchange: Share in which the detector takes left for right for a while.
        wrong_focal: Share whose focal length is a guess.
    """

    mirror: float
    time_warp: float
    recombine: float
    perturb: float
    proportions: float
    stand: float = 0.0
    exchange: float = 0.0
    wrong_focal: float = 0.0


_ABOVE_PELVIS = [joint for joint in UPPER if joint]
_LOOSE = torch.ones(NUM_JOINTS, 3)
"""How much of a perturbation each joint takes about its x, y and z: knees and elbows hardly bend sideways."""
_LOOSE[[JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]] = torch.tensor([0.2, 1.0, 0.4])
_LOOSE[[JOINT_INDEX["left_elbow"], JOINT_INDEX["right_elbow"]]] = torch.tensor([0.2, 1.0, 1.0])


def mirror(local: Tensor, root: Tensor) -> tuple[Tensor, Tensor]:
    """Exchange left and right by reflection in the x-z plane.

    Args:
        local: (B, T, 22, 3, 3).
        root: (B, T, 3).
    """
    flip = torch.tensor([1.0, -1.0, 1.0], device=local.device)
    return (flip[:, None] * local * flip)[:, :, list(MIRROR)], root * flip


def recombine(local: Tensor, other: Tensor) -> Tensor:
    """The legs and root of `local` (B, T, 22, 3, 3) under the upper half of `other`, of the same shape."""
    mixed = local.clone()
    mixed[:, :, _ABOVE_PELVIS] = other[:, :, _ABOVE_PELVIS]
    return mixed


def perturb(local: Tensor, seconds: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Turn half of the joints by smooth random rotations.

    A joint that would leave the limits of people anywhere in its window stays as it is.

    Args:
        local: (B, T, 22, 3, 3).
        seconds: (B, T), the time axis.
        size: Radians.
        generator: Of the random numbers.
    """
    batch, device = len(local), local.device

    def rand() -> Tensor:
        return torch.rand(batch, 1, NUM_JOINTS, generator=generator, device=device)

    axis = torch.randn(batch, 1, NUM_JOINTS, 3, generator=generator, device=device) * size * _LOOSE.to(device)
    wave = 1 + torch.sin(6.2832 * (rand() * 2 * seconds[:, :, None] + rand()))
    angle = axis.norm(dim=-1).clamp(min=1e-9)
    cross = _cross_matrix(axis / angle[..., None])
    angle = (angle * wave * (rand() < 0.5))[..., None, None]
    turned = local @ (torch.eye(3, device=device) + angle.sin() * cross + (1 - angle.cos()) * (cross @ cross))
    possible = within_limits(turned).all(1, keepdim=True)
    possible[:, :, 0] = False
    return torch.where(possible[..., None, None], turned, local)


def _cross_matrix(v: Tensor) -> Tensor:
    """Matrices (..., 3, 3) of the cross product with v (..., 3)."""
    x, y, z = v.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))


def heading(local: Tensor, root: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Turn the whole window about the vertical by a random angle.

    Args:
        local: (B, T, 22, 3, 3), the pelvis in the world.
        root: (B, T, 3).
        generator: Of the random angle.
    """
    angle = torch.rand(len(local), generator=generator, device=local.device) * 6.2832
    turn = matrix_from_rotvec(torch.stack([torch.zeros_like(angle), torch.zeros_like(angle), angle], -1))[:, None]
    return torch.cat([(turn @ local[:, :, 0])[:, :, None], local[:, :, 1:]], 2), (turn @ root[..., None])[..., 0]

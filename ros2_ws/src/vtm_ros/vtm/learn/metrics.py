"""How good a motion is: the definitions behind the accuracy tables."""

import torch
from torch import Tensor

from vtm.body.rotations import geodesic_angle


def mpjpe(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean joint distance; both sets (..., J, 3) are already relative to the same joint."""
    return (predicted - true).norm(dim=-1).mean()


def similarity_aligned(points: Tensor, target: Tensor) -> Tensor:
    """`points` (..., J, 3) moved onto `target` by the best rotation, translation and scale per frame (Umeyama 1991)."""
    mean, target_mean = points.mean(-2, keepdim=True), target.mean(-2, keepdim=True)
    a, b = points - mean, target - target_mean
    u, singular, vt = torch.linalg.svd(a.transpose(-1, -2) @ b)
    sign = torch.ones_like(singular)
    sign[..., 2] = torch.sign(torch.linalg.det(vt.transpose(-1, -2) @ u.transpose(-1, -2)))
    rotation = vt.transpose(-1, -2) @ torch.diag_embed(sign) @ u.transpose(-1, -2)
    scale = (singular * sign).sum(-1) / (a**2).sum((-1, -2)).clamp(min=1e-12)
    return scale[..., None, None] * a @ rotation.transpose(-1, -2) + target_mean


def pa_mpjpe(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean joint distance after a similarity alignment of every frame."""
    return mpjpe(similarity_aligned(predicted, true), true)


def mpjae(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean geodesic angle in degrees between rotations (..., 3, 3)."""
    return torch.rad2deg(geodesic_angle(predicted, true)).mean()


def jitter(joints: Tensor, fps: float) -> Tensor:
    """Mean norm of the third difference of positions (..., T, J, 3), in their unit per s³."""
    return torch.diff(joints, n=3, dim=-3).norm(dim=-1).mean() * fps**3

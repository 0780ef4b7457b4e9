"""Virtual cameras round a moving body. World axes: z up; camera axes: optical (x right, y down, z forward)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from vtm.body.rotations import matrix_from_rotvec

NEAREST = 0.3
"""Points are kept at least this far in front of the camera, metres."""

Look = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]
"""Pelvis (B, T, 3), seconds (B, T) -> rotation (B, T, 3, 3) and centre (B, T, 3): x_camera = R (x_world - centre)."""


def look_at_person(pelvis: Tensor, seconds: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Cameras 1.5-8 m away, 0.5-2.5 m high, aimed near the person with some roll; 40 % of them drift and turn.

    pelvis (B, T, 3), seconds (B, T) -> rotation (B, T, 3, 3) and centre (B, T, 3): x_camera = R (x_world - centre).
    """
    batch, frames, _ = pelvis.shape
    device = pelvis.device

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(batch, *shape, generator=generator, device=device)

    def normal(scale: tuple[float, float, float]) -> Tensor:
        return torch.randn(batch, 3, generator=generator, device=device) * torch.tensor(scale, device=device)

    bearing, height = uniform(0, 6.2832), uniform(0.5, 2.5)
    distance = torch.exp(uniform(0.405, 2.08))
    target = pelvis[:, frames // 2] + normal((0.3, 0.3, 0.2))
    ground = torch.stack([bearing.cos(), bearing.sin()], -1) * distance[:, None]
    centre = torch.cat([target[:, :2] + ground, height[:, None]], -1)
    forward = F.normalize(target - centre, dim=-1)
    up = torch.tensor([0.0, 0.0, 1.0], device=device) + normal((0.07, 0.07, 0.0))
    right = F.normalize(torch.linalg.cross(forward, up), dim=-1)
    rotation = torch.stack([right, torch.linalg.cross(forward, right), forward], -2)

    moving = (uniform(0, 1) < 0.4).float()[:, None, None]
    time = (seconds - seconds[:, frames // 2, None])[..., None]
    turn = matrix_from_rotvec(moving * normal((0.15, 0.15, 0.05))[:, None] * time)
    drift = moving * normal((0.25, 0.25, 0.08))[:, None] * time
    return turn @ rotation[:, None], centre[:, None] + drift


def to_camera(points: Tensor, rotation: Tensor, centre: Tensor) -> Tensor:
    """World `points` (B, T, N, 3) in camera axes."""
    return (points - centre[:, :, None]) @ rotation.transpose(-1, -2)


def project(points: Tensor) -> Tensor:
    """Rays (..., 2) of camera-frame points (..., 3)."""
    return points[..., :2] / points[..., 2:].clamp(min=NEAREST)

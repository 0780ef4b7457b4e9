"""Virtual cameras round a moving body. World axes: z up; camera axes: optical (x right, y down, z forward)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from vtm.body.rotations import matrix_from_rotvec, rotvec_from_matrix

NEAREST = 0.3
"""Points are kept at least this far in front of the camera, metres."""

ON_WALLS = 0.25
"""Share of the cameras that look down from a wall or a ceiling."""
WRONG_FOCAL = 0.2
"""Spread of the logarithm of a focal length that somebody guessed."""
SHAKE = 0.03
"""How far a camera in a hand shakes, rad, at 2 to 10 rad/s."""
GYROSCOPE_BIAS, GYROSCOPE_NOISE = 0.01, 0.02
"""rad/s"""

Look = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]
"""Pelvis (B, T, 3), seconds (B, T) -> rotation (B, T, 3, 3) and centre (B, T, 3): x_camera = R (x_world - centre)."""


def look_at_person(pelvis: Tensor, seconds: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Cameras 1.5-8 m away and 0.5-2.5 m high, aimed near the person with some roll.

    A quarter of them is up to 5 m high, as on a wall; 40 % of them drift and turn.

    Args:
        pelvis: (B, T, 3) m in the world.
        seconds: (B, T).
        generator: Of the random numbers.

    Returns:
        Rotation (B, T, 3, 3) and centre (B, T, 3) m, x_camera = R (x_world - centre).
    """
    batch, frames, _ = pelvis.shape
    device = pelvis.device

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(batch, *shape, generator=generator, device=device)

    def normal(scale: tuple[float, float, float]) -> Tensor:
        return torch.randn(batch, 3, generator=generator, device=device) * torch.tensor(scale, device=device)

    bearing, height = uniform(0, 6.2832), uniform(0.5, 2.5)
    distance = torch.exp(uniform(0.405, 2.08))
    height = torch.where(uniform(0, 1) < ON_WALLS, uniform(2.5, 5.0), height)
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


def carried(pelvis: Tensor, seconds: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """As `look_at_person`; besides, a third of the cameras shake as in a hand, and a third turn with the person.

    Args:
        pelvis: (B, T, 3) m in the world.
        seconds: (B, T).
        generator: Of the random numbers.

    Returns:
        Rotation (B, T, 3, 3) and centre (B, T, 3) m.
    """
    rotation, centre = look_at_person(pelvis, seconds, generator)
    batch = len(pelvis)

    def some(share: float) -> Tensor:
        return (torch.rand(batch, 1, 1, generator=generator) < share).float()

    phase = torch.rand(2, batch, 1, 3, generator=generator)
    wave = torch.sin(seconds[..., None] * (2 + 8 * phase[0]) + 6.2832 * phase[1])
    shaken = matrix_from_rotvec(some(0.33) * torch.randn(batch, 1, 3, generator=generator) * SHAKE * wave)
    way = F.avg_pool1d(pelvis.mT, 9, 1, padding=4, count_include_pad=False).mT
    aim = F.normalize((rotation @ (way - centre)[..., None])[..., 0], dim=-1)
    axis = torch.linalg.cross(aim, aim[:, aim.shape[1] // 2, None].expand_as(aim))
    return shaken @ matrix_from_rotvec(some(0.33) * axis) @ rotation, centre


def angular_velocity(rotation: Tensor, interval: Tensor) -> Tensor:
    """How cameras have turned since the frame before.

    Args:
        rotation: (B, T, 3, 3) from world to camera.
        interval: (B, T) s since the frame before.

    Returns:
        (B, T, 3) rad/s about their own axes; zero in the first frame.
    """
    since = rotvec_from_matrix(rotation[:, :-1] @ rotation[:, 1:].mT) / interval[:, 1:, None]
    return torch.cat([torch.zeros_like(since[:, :1]), since], 1)


def by_gyroscope(camera_rate: Tensor, generator: torch.Generator) -> Tensor:
    """What is told in training of angular velocities (B, T, 3): noise and bias are added; a third is unknown, zero."""
    bias, noise = (
        torch.randn(len(camera_rate), 1, 3, generator=generator),
        torch.randn(camera_rate.shape, generator=generator),
    )
    known = torch.rand(len(camera_rate), 1, 1, generator=generator) < 0.67
    return (camera_rate + GYROSCOPE_BIAS * bias + GYROSCOPE_NOISE * noise) * known


def to_camera(points: Tensor, rotation: Tensor, centre: Tensor) -> Tensor:
    """World points in camera axes.

    Args:
        points: (B, T, N, 3).
        rotation: (B, T, 3, 3) from world to camera.
        centre: (B, T, 3).
    """
    return (points - centre[:, :, None]) @ rotation.transpose(-1, -2)


def project(points: Tensor) -> Tensor:
    """Rays (..., 2) of camera-frame points (..., 3)."""
    return points[..., :2] / points[..., 2:].clamp(min=NEAREST)


def by_wrong_focal(points: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Project points by cameras of which some have a wrong focal length.

    Args:
        points: (B, T, N, 3) in camera axes.
        share: Of the cameras.
        generator: Of the random numbers.

    Returns:
        Rays (B, T, N, 2), and the factor (B,) by which the person seems further away for it.
    """
    wrong = torch.rand(len(points), generator=generator) < share
    factor = torch.exp(WRONG_FOCAL * torch.randn(len(points), generator=generator) * wrong)
    return project(points) / factor[:, None, None, None], factor

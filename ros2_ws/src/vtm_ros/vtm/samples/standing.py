"""People who stand straight, or hang: what nobody records for long, and what users show first.

Legs are straight within a few degrees, feet flat, the trunk upright; all sways slowly. The upper half is that of the
recording it is given, or, in a third of the windows, has its arms at rest somewhere between hanging and overhead.
"""

import torch
from torch import Tensor

from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX

HEIGHT_M = 0.95
"""Of the pelvis, virtual-skeleton metres."""
SWAY_HZ = 0.5


def stand(local: Tensor, seconds: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Put the upper half of a motion on straight legs.

    Args:
        local: (B, T, 22, 3, 3) rotations.
        seconds: (B, T).
        generator: Of the random numbers.

    Returns:
        Rotations (B, T, 22, 3, 3) and the pelvis (B, T, 3), virtual-skeleton metres.
    """
    batch = len(local)
    phase = torch.rand(batch, 1, generator=generator) * 6.2832

    def swaying(mean: float, spread: float, sway: float = 0.01) -> Tensor:
        """Angles (B, T) in radians."""
        own = mean + spread * torch.randn(batch, 1, generator=generator)
        wave = torch.sin(6.2832 * SWAY_HZ * (0.5 + torch.rand(batch, 1, generator=generator)) * seconds + phase)
        return own + sway * torch.randn(batch, 1, generator=generator) * wave

    def turned(axis: int, angle: Tensor) -> Tensor:
        return matrix_from_rotvec(angle[..., None] * torch.eye(3)[axis])

    still = local.clone()
    pelvis = turned(1, swaying(0.0, 0.07)) @ turned(0, swaying(0.0, 0.03))
    still[:, :, 0] = pelvis
    for side, outwards in (("left", 1.0), ("right", -1.0)):
        hip, knee, ankle, foot = (JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "foot"))
        yaw = turned(2, outwards * swaying(0.12, 0.15))
        thigh = yaw @ turned(0, outwards * swaying(0.05, 0.06).abs()) @ turned(1, swaying(0.0, 0.05))
        bend = turned(1, swaying(0.03, 0.06).abs())
        still[:, :, hip] = pelvis.mT @ thigh
        still[:, :, knee] = bend
        still[:, :, ankle] = (thigh @ bend).mT @ yaw
        still[:, :, foot] = torch.eye(3)
    return _with_resting_arms(still, swaying, turned, generator), _swaying_root(seconds, phase)


def _with_resting_arms(still: Tensor, swaying, turned, generator: torch.Generator) -> Tensor:
    rests = (torch.rand(len(still), 1, 1, 1, generator=generator) < 0.33).expand(-1, still.shape[1], 3, 3)
    for side, left in (("left", 1.0), ("right", -1.0)):
        shoulder, elbow = JOINT_INDEX[f"{side}_shoulder"], JOINT_INDEX[f"{side}_elbow"]
        raised = -1.4 + 2.7 * torch.rand(len(still), 1, generator=generator) ** 2 + swaying(0.0, 0.1)
        arm = turned(2, -left * swaying(0.2, 0.3)) @ turned(0, left * raised)
        still[:, :, shoulder] = torch.where(rests, arm, still[:, :, shoulder])
        still[:, :, elbow] = torch.where(rests, turned(2, -left * swaying(0.2, 0.25).abs()), still[:, :, elbow])
    return still


def _swaying_root(seconds: Tensor, phase: Tensor) -> Tensor:
    sway = 0.01 * torch.sin(6.2832 * 0.3 * seconds + phase)
    return torch.stack([sway, 0.7 * sway, torch.full_like(sway, HEIGHT_M)], -1)

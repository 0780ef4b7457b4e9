"""Motion ahead [ours, after HMMR's prediction of the pose at t + Δ]: how the body will have moved after a horizon.

The head says a rate for the asked horizon and multiplies by it, so that no time ahead is no motion.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.body.skeleton import NUM_JOINTS
from vtm.nets.layers import PerFrame

LONGEST_S = 0.25
"""Horizons up to here are trained."""


class ForecastHead(nn.Module):
    """The rotation of every joint and the displacement of the pelvis within a horizon, from features of the present."""

    def __init__(self, features: int, channels: int):
        super().__init__()
        self.enter = PerFrame(features + 1, channels)
        self.leave = PerFrame(channels, 3 * NUM_JOINTS + 3)

    def forward(self, features: Tensor, horizon: Tensor) -> tuple[Tensor, Tensor]:
        """Predict the motion from now until the horizon.

        Args:
            features: (B, C, T).
            horizon: (B, T) s.

        Returns:
            Rotation vectors (B, T, 22, 3) about each joint's own axes, radians, and the pelvis' displacement (B, T, 3)
            in camera axes, virtual-skeleton metres.
        """
        asked = horizon[:, None] / LONGEST_S
        rate = self.leave(F.gelu(self.enter(torch.cat([features, asked], dim=1)))) * horizon[:, None]
        turn, way = rate.movedim(1, -1).split([3 * NUM_JOINTS, 3], dim=-1)
        return turn.unflatten(-1, (NUM_JOINTS, 3)), way

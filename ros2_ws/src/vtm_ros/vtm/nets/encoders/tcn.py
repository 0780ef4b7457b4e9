"""HMMR's temporal encoder f_movie (Kanazawa et al. 2019) for streams, and its hallucinated context."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.layers import CausalConv, of_clips, start_quiet

GROUPS = 4


class FrameGroupNorm(nn.Module):
    """GroupNorm of (B, C, T), frame by frame, so that it never looks into the future."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        groups = x.transpose(1, 2).unflatten(2, (GROUPS, -1))
        normal = F.layer_norm(groups, groups.shape[-1:]).flatten(2)
        return (normal * self.weight + self.bias).transpose(1, 2)


class HallucinatingConv(CausalConv):
    """A causal convolution of kernel 3 that, where there is no past yet, imagines it from the first frame.

    What it imagines fills the memory and is marked there as existing, so a stream goes on with the same past as a clip.
    At first it imagines a person who has stood still.
    """

    def __init__(self, channels: int):
        super().__init__(channels, channels, 3)
        last = nn.Conv1d(channels // 8, self.reach * channels, 1)
        self.imagine = nn.Sequential(nn.Conv1d(channels, channels // 8, 1), nn.ReLU(), last)
        start_quiet(last)

    def forward(self, x: Tensor, history: History) -> Tensor:  # type: ignore[override]
        """Features (B, channels, T) to the same shape."""
        channels, first = x.shape[1], x[..., :1]
        remembered, exists = history.recall(x, channels + 1, self.reach).split([channels, 1], dim=1)
        imagined = first + self.imagine(first).reshape(-1, channels, self.reach)
        joined = torch.cat([remembered * exists + imagined * (1.0 - exists), x], dim=-1)
        latest = joined[..., -self.reach :]
        history.keep(torch.cat([latest, torch.ones_like(latest[:, :1])], dim=1))
        return nn.Conv1d.forward(self, joined)


class MovieBlock(nn.Module):
    """x + Conv3(ReLU(GN(Conv3(ReLU(GN(x)))))), the second convolution close to zero at first."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm1, self.conv1 = FrameGroupNorm(channels), HallucinatingConv(channels)
        self.norm2, self.conv2 = FrameGroupNorm(channels), HallucinatingConv(channels)
        start_quiet(self.conv2)

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        y = self.conv1(F.relu(self.norm1(x)), history)
        return x + self.conv2(F.relu(self.norm2(y)), history)


class TCN(nn.Module):
    """Three such blocks: the frame and the 12 before it. `window` plays no part."""

    def __init__(self, channels: int, window: int):
        super().__init__()
        self.blocks = nn.ModuleList(MovieBlock(channels) for _ in range(3))

    @of_clips
    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        for block in self.blocks:
            x = block(x, history)
        return x

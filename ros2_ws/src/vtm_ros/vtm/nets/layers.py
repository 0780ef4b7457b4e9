"""Causal 1-D layers over (B, C, T) that keep their past in a `History`."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.nets.history import History


class CausalConv(nn.Conv1d):
    """1-D convolution over time that sees the present and the past only."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, dilation: int = 1, groups: int = 1):
        super().__init__(channels_in, channels_out, kernel, dilation=dilation, groups=groups)
        self.reach = (kernel - 1) * dilation

    def forward(self, x: Tensor, history: History) -> Tensor:  # type: ignore[override]
        return super().forward(history.extend(x, self.reach) if self.reach else x)


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of (B, C, T), frame by frame, so that it never looks into the future."""

    def __init__(self, channels: int, affine: bool = True):
        super().__init__()
        self.norm = nn.LayerNorm(channels, elementwise_affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


def start_quiet(last: nn.Conv1d) -> None:
    """Initialise the last layer of a residual branch so that the branch says next to nothing at first."""
    nn.init.normal_(last.weight, std=0.01)
    if last.bias is not None:
        nn.init.zeros_(last.bias)


class ResidualBlock(nn.Module):
    """x + Conv1(GELU(Conv3(Norm(x)))): the block of every encoder and decoder here."""

    def __init__(self, channels: int, dilation: int = 1):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.conv = CausalConv(channels, channels, 3, dilation)
        self.mix = nn.Conv1d(channels, channels, 1)
        start_quiet(self.mix)

    def forward(self, x: Tensor, history: History) -> Tensor:
        return x + self.mix(F.gelu(self.conv(self.norm(x), history)))


class WindowAttention(nn.Module):
    """Causal self-attention of each frame over itself and the `window - 1` frames before it.

    Relative positions are a learned bias per head. Keys and values are remembered, not recomputed. Frames before the
    start of the stream are masked: a remembered validity channel says which exist.
    """

    def __init__(self, channels: int, window: int, heads: int = 4):
        super().__init__()
        self.window, self.heads = window, heads
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)
        self.bias = nn.Parameter(torch.zeros(heads, 1, window))

    def forward(self, x: Tensor, history: History) -> Tensor:
        batch, channels, frames = x.shape
        query, key_value = self.qkv(x).split([channels, 2 * channels], dim=1)
        exists = torch.ones_like(x[:, :1])
        memory = history.extend(torch.cat([key_value, exists], 1), self.window - 1)
        key, value, exists = memory.split([channels, channels, 1], dim=1)

        def per_head(y: Tensor) -> Tensor:
            return y.reshape(batch, self.heads, channels // self.heads, -1).transpose(2, 3)

        scores = per_head(query) @ per_head(key).transpose(2, 3) / (channels // self.heads) ** 0.5
        scores = scores + self._band(frames) + (exists[:, None] - 1.0) * 1e4
        mixed = scores.softmax(-1) @ per_head(value)
        return self.out(mixed.transpose(2, 3).reshape(batch, channels, frames))

    def _band(self, frames: int) -> Tensor:
        """Position bias (heads, frames, window - 1 + frames): query i sees memory positions i .. i + window - 1."""
        if frames == 1:
            return self.bias
        lag = torch.arange(self.window - 1 + frames)[None] - torch.arange(frames)[:, None]
        inside = (lag >= 0) & (lag < self.window)
        bias = self.bias[:, 0, lag.clamp(0, self.window - 1)]
        return bias.masked_fill(~inside.to(bias.device), -1e4)

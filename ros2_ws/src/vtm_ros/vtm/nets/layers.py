"""Causal 1-D layers over (B, C, T), or over a single frame (B, C), that keep their past in a `History`."""

from collections.abc import Callable
from functools import wraps

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.nets.history import History


def as_matrix(weight: Tensor) -> Tensor:
    """A convolution's weights (out, in, taps) as the matrix (out, taps * in) for a frame and its past in a row.

    What is such a matrix already stays as it is.
    """
    return weight.transpose(1, 2).flatten(1) if weight.dim() == 3 else weight


class PerFrame(nn.Conv1d):
    """The same linear map for every frame."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels_in, T), or (B, channels_in) of a single frame, to `channels_out`."""
        return F.linear(x, as_matrix(self.weight), self.bias) if x.dim() == 2 else super().forward(x)


class CausalConv(nn.Conv1d):
    """1-D convolution over time that sees the present and the past only."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, dilation: int = 1):
        super().__init__(channels_in, channels_out, kernel, dilation=dilation)
        self.reach = (kernel - 1) * dilation

    def forward(self, x: Tensor, history: History) -> Tensor:  # type: ignore[override]
        """(B, channels_in, T), or (B, channels_in) of a single frame, to `channels_out`."""
        if x.dim() == 3:
            return super().forward(history.extend(x, self.reach))
        return F.linear(history.window(x, self.reach, self.dilation[0]), as_matrix(self.weight), self.bias)


def of_clips(forward: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Decorates `forward(self, x, history)` of a layer that only knows clips: a single frame is a clip of one."""

    @wraps(forward)
    def of_both(self, x: Tensor, history: History) -> Tensor:
        return forward(self, x, history) if x.dim() == 3 else forward(self, x[..., None], history)[..., 0]

    return of_both


class ChannelNorm(nn.Module):
    """LayerNorm over the channels, frame by frame, so that it never looks into the future."""

    def __init__(self, channels: int, affine: bool = True):
        super().__init__()
        self.norm = nn.LayerNorm(channels, elementwise_affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, channels, T), or (B, channels), to the same shape."""
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


def start_quiet(last: nn.Conv1d) -> None:
    """Initialise the last layer of a residual branch so that the branch adds almost nothing at first."""
    nn.init.normal_(last.weight, std=0.01)
    if last.bias is not None:
        nn.init.zeros_(last.bias)


class ResidualBlock(nn.Module):
    """x + Conv1(GELU(Conv3(Norm(x)))): the block of every encoder and decoder here."""

    def __init__(self, channels: int, dilation: int = 1):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.conv = CausalConv(channels, channels, 3, dilation)
        self.mix = PerFrame(channels, channels)
        start_quiet(self.mix)

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T), or (B, channels) of a single frame, to the same shape."""
        return x + self.mix(F.gelu(self.conv(self.norm(x), history)))


class WindowAttention(nn.Module):
    """Causal self-attention of each frame over itself and the `window - 1` frames before it.

    Relative positions are a learned bias per head. Keys and values are remembered, not recomputed. Frames before the
    start of the stream are masked: a remembered validity channel says which exist.
    """

    def __init__(self, channels: int, window: int, heads: int = 4):
        super().__init__()
        self.window, self.heads = window, heads
        self.qkv = PerFrame(channels, 3 * channels)
        self.out = PerFrame(channels, channels)
        self.bias = nn.Parameter(torch.zeros(heads, 1, window))

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T), or (B, channels) of a single frame, to the same shape."""
        batch, channels = x.shape[:2]
        width = channels // self.heads
        query, key_value = self.qkv(x).split([channels, 2 * channels], dim=1)
        exists = torch.ones_like(x[:, :1])
        if x.dim() == 3:
            memory, exists = (history.extend(y, self.window - 1).transpose(1, 2) for y in (key_value, exists))
        else:
            memory, exists = (
                history.window(y, self.window - 1).unflatten(1, (self.window, -1)) for y in (key_value, exists)
            )
        key, value = memory.unflatten(2, (2 * self.heads, width)).transpose(1, 2).chunk(2, dim=1)
        query = query.reshape(batch, self.heads, width, -1).transpose(2, 3) / width**0.5
        hidden = (exists.transpose(1, 2)[:, None] - 1.0) * 1e4
        scores = query @ key.transpose(2, 3) + self._band(query.shape[2]) + hidden
        return self.out((scores.softmax(-1) @ value).transpose(2, 3).reshape(x.shape))

    def _band(self, frames: int) -> Tensor:
        """Position bias (heads, frames, window - 1 + frames): query i sees memory positions i .. i + window - 1."""
        if frames == 1:
            return self.bias
        lag = torch.arange(self.window - 1 + frames)[None] - torch.arange(frames)[:, None]
        inside = (lag >= 0) & (lag < self.window)
        bias = self.bias[:, 0, lag.clamp(0, self.window - 1)]
        return bias.masked_fill(~inside.to(bias.device), -1e4)

"""MPS-Net's temporal encoder (Wei et al. 2022) for streams: MoCA, attention corrected by self-similarity, and HAFI.

Other than in the released code, every sample of a batch is attended on its own, X is normalised and all products are
scaled (else S is one-hot), and both modules see the past only and add to what they get.
"""

import torch
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.layers import ChannelNorm, of_clips, start_quiet

NEVER = -1e4
"""Attention score of a frame that is masked."""


class MoCA(nn.Module):
    """Motion continuity attention over the last `window` frames.

    Z = W_z(M g(X)) + X with M = softmax(rho [S; A]), S = softmax(X'X) and A = softmax(theta(X)' phi(X)).
    """

    def __init__(self, channels: int, window: int):
        super().__init__()
        self.window, self.inner = window, channels // 2
        self.norm = ChannelNorm(channels)
        self.theta = nn.Conv1d(channels, self.inner, 1)
        self.phi = nn.Conv1d(channels, self.inner, 1)
        self.g = nn.Conv1d(channels, self.inner, 1)
        # S and A lie in 0..1: with small weights M would start as a plain mean over the window.
        self.rho = nn.Parameter(torch.tensor([4.0, 4.0]))
        self.out = nn.Conv1d(self.inner, channels, 1)
        start_quiet(self.out)

    @of_clips
    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        channels, y = x.shape[1], self.norm(x)
        exists = torch.ones_like(y[:, :1])
        memory = history.extend(torch.cat([y, self.phi(y), self.g(y), exists], 1), self.window - 1)
        past, phi, g, exists = memory.split([channels, self.inner, self.inner, 1], dim=1)
        hidden = (exists - 1.0) * -NEVER + self._outside(x)
        likeness = (y.transpose(1, 2) @ past / channels**0.5 + hidden).softmax(-1)
        attention = (self.theta(y).transpose(1, 2) @ phi / self.inner**0.5 + hidden).softmax(-1)
        weights = (self.rho[0] * likeness + self.rho[1] * attention + hidden).softmax(-1)
        return x + self.out((weights @ g.transpose(1, 2)).transpose(1, 2))

    def _outside(self, x: Tensor) -> Tensor:
        """(T, window - 1 + T): 0 where frame i may look, the memory positions i .. i + window - 1, else NEVER."""
        frames = x.shape[2]
        if frames == 1:
            return x.new_zeros(1, self.window)
        lag = torch.arange(self.window - 1 + frames)[None] - torch.arange(frames)[:, None]
        outside = (lag < 0) | (lag >= self.window)
        return outside.to(x) * NEVER


class HAFI(nn.Module):
    """Hierarchical attentive feature integration.

    Three neighbours are fused by learned attention, then three such groups by the same attention. Here the groups end
    at frames t, t - 3 and t - 6, so nine frames take part.
    """

    def __init__(self, channels: int, window: int):
        super().__init__()
        self.narrow = channels // 4
        self.norm = ChannelNorm(channels)
        self.reduce = nn.Conv1d(channels, self.narrow, 1)
        self.score = nn.Sequential(nn.Conv1d(3 * self.narrow, self.narrow, 1), nn.Tanh(), nn.Conv1d(self.narrow, 3, 1))
        self.out = nn.Conv1d(channels, channels, 1)
        start_quiet(self.out)

    @of_clips
    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        groups = self._fuse(self.norm(x), 1, history)
        return x + self.out(self._fuse(groups, 3, history))

    def _fuse(self, x: Tensor, spacing: int, history: History) -> Tensor:
        """Attention-weighted mean (B, C, T) of frames t, t - spacing and t - 2 spacing, as far as they exist."""
        channels, frames = x.shape[1:]
        exists = torch.ones_like(x[:, :1])
        memory = history.extend(torch.cat([x, self.reduce(x), exists], 1), 2 * spacing)
        three = torch.stack([memory[..., first : first + frames] for first in (0, spacing, 2 * spacing)], 1)
        neighbours, reduced, exists = three.split([channels, self.narrow, 1], dim=2)
        scores = self.score(reduced.flatten(1, 2)) + (exists[:, :, 0] - 1.0) * -NEVER
        return (neighbours * scores.softmax(1)[:, :, None]).sum(1)

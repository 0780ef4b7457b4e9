"""CTCA, cross-temporal context aggregation: a local and a global temporal branch, aggregated."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, PerFrame, WindowAttention, start_quiet


class CTCA(nn.Module):
    """Local branch: causal convolution. Global branch: attention over the window. Both are mixed and added."""

    def __init__(self, channels: int, window: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.local_branch = CausalConv(channels, channels, 3)
        self.global_branch = WindowAttention(channels, window)
        self.aggregate = PerFrame(2 * channels, channels)
        start_quiet(self.aggregate)

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T), or (B, channels) of a single frame, to the same shape."""
        y = self.norm(x)
        both = torch.cat([self.local_branch(y, history), self.global_branch(y, history)], dim=1)
        return x + self.aggregate(F.gelu(both))

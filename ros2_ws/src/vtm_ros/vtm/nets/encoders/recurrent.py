"""A recurrent temporal encoder in the manner of WHAM (Shin et al. 2024): a GRU, then a residual feature integrator."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.layers import ChannelNorm, of_clips, start_quiet


class GRU(nn.Module):
    """torch.nn.GRU of one layer in plain operators; its hidden state is the layer's past."""

    def __init__(self, channels: int):
        super().__init__()
        self.enter = nn.Conv1d(channels, 3 * channels, 1)
        self.carry = nn.Linear(channels, 3 * channels)
        for gate in self.carry.weight.data.chunk(3):
            nn.init.orthogonal_(gate)

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to hidden states of the same shape."""
        # The state is summed over many frames: it stays in full precision where the products are half.
        hidden = history.take(x.to(self.carry.weight.dtype), x.shape[1])
        states = []
        for entering in self.enter(x).unbind(-1):
            reset_x, update_x, new_x = entering.chunk(3, dim=1)
            reset_h, update_h, new_h = self.carry(hidden).chunk(3, dim=1)
            update = torch.sigmoid(update_x + update_h)
            new = torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h)
            hidden = (1.0 - update) * new + update * hidden
            states.append(hidden)
        history.leave(hidden)
        return torch.stack(states, dim=-1)


class Recurrent(nn.Module):
    """x + MLP([GRU(x); x]): every frame so far counts. `window` plays no part."""

    def __init__(self, channels: int, window: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.gru = GRU(channels)
        self.enter = nn.Conv1d(2 * channels, channels, 1)
        self.mix = nn.Conv1d(channels, channels, 1)
        start_quiet(self.mix)

    @of_clips
    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to the same shape."""
        y = self.norm(x)
        both = torch.cat([self.gru(y, history), y], dim=1)
        return x + self.mix(F.gelu(self.enter(both)))

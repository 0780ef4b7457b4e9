"""How one network serves clips and streams: the memory of every layer is one flat tensor that goes in and comes out.

A layer that looks back asks the `History` for its past. For a whole clip the past is zero (before the first frame);
for a stream it is what the previous call left. Both run the same code, so both give the same numbers.
"""

import torch
from torch import Tensor


class History:
    """Walks once through a network's flat state (B, S), handing each layer its past and collecting its new one."""

    def __init__(self, state: Tensor | None = None):
        self._state = state
        self._read = 0
        self._kept: list[Tensor] = []

    def recall(self, like: Tensor, channels: int, frames: int) -> Tensor:
        """The layer's past, (B, channels, frames); zero where there is none yet."""
        if self._state is None:
            return like.new_zeros(like.shape[0], channels, frames)
        end = self._read + channels * frames
        past = self._state[:, self._read : end].reshape(-1, channels, frames)
        self._read = end
        return past

    def keep(self, memory: Tensor) -> None:
        """Remember `memory` (B, channels, frames) for the next call."""
        self._kept.append(memory.flatten(1))

    def extend(self, x: Tensor, frames: int) -> Tensor:
        """Put the `frames` previous frames in front of `x` (B, C, T): (B, C, frames + T)."""
        joined = torch.cat([self.recall(x, x.shape[1], frames), x], dim=-1)
        self.keep(joined[..., joined.shape[-1] - frames :])
        return joined

    @property
    def state(self) -> Tensor:
        """The flat state (B, S) after this call."""
        return torch.cat(self._kept, dim=1)

"""How one network serves clips and streams: the memory of every layer is one flat tensor that goes in and comes out.

A layer that looks back asks the `History` for its past. For a whole clip the past is zero (before the first frame);
for a stream it is what the previous call left. Both run the same code, so both give the same numbers.

Features of a clip are (B, C, T). A single frame has no time axis, (B, C): nothing is reshaped, transposed or unfolded
for it, which is most of the work of a network of small layers.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class History:
    """Walks once through a network's flat state, handing each layer its past and collecting its new one.

    Args:
        state: (B, S), None before the first frame.
        sizes: Those of the pieces that the layers will take, the `sizes` of an earlier walk; the state is then cut up
            at once, which is a single operation of an exported network.
    """

    def __init__(self, state: Tensor | None = None, sizes: Sequence[int] = ()):
        self._state = state
        self._cut = iter(state.split(list(sizes), 1)) if state is not None and sizes else None
        self._read = 0
        self._left: list[Tensor] = []
        self.sizes: list[int] = []

    def take(self, like: Tensor, size: int) -> Tensor:
        """The next piece of the state, (B, size); zero where there is none yet.

        Args:
            like: (B, ...), a tensor of the batch size, type and device of the piece.
            size: Numbers per sample.
        """
        self.sizes.append(size)
        if self._state is None:
            return like.new_zeros(like.shape[0], size)
        if self._cut is not None:
            return next(self._cut)
        self._read += size
        return self._state[:, self._read - size : self._read]

    def leave(self, memory: Tensor) -> None:
        """Remember `memory` (B, size) for the next call, in the order of the takes."""
        self._left.append(memory)

    def recall(self, like: Tensor, channels: int, frames: int) -> Tensor:
        """The layer's past, (B, channels, frames).

        Args:
            like: (B, ...), a tensor of the batch size, type and device of the past.
            channels: Numbers per frame.
            frames: How many.
        """
        return self.take(like, frames * channels).unflatten(1, (frames, channels)).transpose(1, 2)

    def keep(self, memory: Tensor) -> None:
        """Remember `memory` (B, channels, frames) for the next call."""
        self.leave(memory.transpose(1, 2).flatten(1))

    def extend(self, x: Tensor, frames: int) -> Tensor:
        """Put the `frames` previous frames in front of `x` (B, C, T): (B, C, frames + T)."""
        joined = torch.cat([self.recall(x, x.shape[1], frames), x], dim=-1)
        self.keep(joined[..., joined.shape[-1] - frames :])
        return joined

    def window(self, x: Tensor, frames: int, every: int = 1) -> Tensor:
        """A single frame and those before it, in a row.

        Args:
            x: (B, C), the frame.
            frames: How many before it are remembered.
            every: Stride among them.

        Returns:
            (B, C * (frames // every + 1)), the oldest first.
        """
        pieces = [1] * frames if every > 1 or frames == 1 else [1, frames - 1]
        memory = [*(self.take(x, count * x.shape[1]) for count in pieces), x]
        for left in memory[1:]:
            self.leave(left)
        return torch.cat(memory[::every], dim=1)

    @property
    def state(self) -> Tensor:
        """The flat state (B, S) after this call."""
        return torch.cat(self._left, dim=1)

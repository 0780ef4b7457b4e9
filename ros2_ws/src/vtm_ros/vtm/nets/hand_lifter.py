"""From what a hand network says of one hand to its joint angles: a small recurrent network, one frame at a time.

It knows right hands only; of a left one everything is mirrored before and after. Everything is told in the axes of a
square round the hand, turned so that the fingers point up: x right, y down, z along the ray through its middle.
"""

import numpy as np
import torch
from torch import Tensor, nn

from vtm.body.hand import LOWER, UPPER

INPUTS = ("points", "world", "sure", "forearm", "size", "interval", "state")
OUTPUTS = ("angles", "hand_rot6d", "error_rad", "state_out")
CHANNELS = 256
FEATURES = 4 * 60 + 3 + 6 + 2 + 2 + 1
PARENTS = [0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19]
"""Of the hand's points but the wrist."""


class HandLifter(nn.Module):
    """One step for B hands.

    Inputs: points (B, 21, 3) in sides of the square from its middle; world (B, 21, 3) m; sure (B, 2): that there is a
    hand, and that it is of the side it should be of; forearm (B, 6): direction from elbow to wrist, and x of that
    joint's frame without pronation, zero where unknown; size (B, 2): logarithms of the square's side over the hand's
    length, 0 where unknown, and of its side in pixels of the picture over 224; interval (B, 1): seconds since the last
    frame with this hand; state (B, CHANNELS), zero at the start.

    Outputs: angles (B, 21) rad within their limits; hand_rot6d (B, 6): the hand in the square's axes; error_rad (B, 6):
    how far off the rotations of each of FINGERS and of the hand are expected to be; state_out.
    """

    middle: Tensor
    reach: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Linear(FEATURES, 512), nn.SiLU(), nn.Linear(512, CHANNELS), nn.SiLU(), nn.Dropout(0.1)
        )
        self.enter, self.carry = nn.Linear(CHANNELS, 3 * CHANNELS), nn.Linear(CHANNELS, 3 * CHANNELS)
        self.mix = nn.Sequential(nn.Linear(2 * CHANNELS, CHANNELS), nn.SiLU(), nn.Dropout(0.1))
        self.tell = nn.Linear(CHANNELS, 21 + 6 + 6)
        lower, upper = (torch.from_numpy(np.asarray(limit, np.float32)) for limit in (LOWER, UPPER))
        self.register_buffer("middle", (lower + upper) / 2)
        self.register_buffer("reach", (upper - lower) / 2)

    def see(self, points, world, sure, forearm, size, interval) -> Tensor:
        """Features (B, CHANNELS) of frames alone."""
        wrist = points[:, 0]
        shape = ((points[:, 1:] - wrist[:, None]) * 4).flatten(1)
        space = ((world[:, 1:] - world[:, :1]) * 10).flatten(1)
        bones = ((points[:, 1:] - points[:, PARENTS]) * 10).flatten(1)
        bones_in_space = ((world[:, 1:] - world[:, PARENTS]) * 25).flatten(1)
        return self.look(
            torch.cat([shape, space, bones, bones_in_space, wrist * 2, sure, forearm, size, interval * 5], 1)
        )

    def remember(self, entering: Tensor, state: Tensor) -> Tensor:
        """The state (B, CHANNELS) after a frame whose features `enter` mapped to (B, 3 * CHANNELS)."""
        reset_x, update_x, new_x = entering.chunk(3, 1)
        reset_h, update_h, new_h = self.carry(state).chunk(3, 1)
        update = torch.sigmoid(update_h + update_x)
        return (1 - update) * torch.tanh(new_x + torch.sigmoid(reset_x + reset_h) * new_h) + update * state

    def answer(self, seen: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Angles (B, 21) in radians, rotation (B, 6) and expected errors of frames."""
        told = self.tell(self.mix(torch.cat([seen, state], 1)))
        angles = self.middle + self.reach * torch.tanh(told[:, :21])
        return angles, told[:, 21:27], torch.exp(told[:, 27:].clamp(-4, 1))

    def forward(self, points, world, sure, forearm, size, interval, state) -> tuple[Tensor, ...]:
        """Run one step; the arguments are named as the file's inputs."""
        seen = self.see(points, world, sure, forearm, size, interval)
        state = self.remember(self.enter(seen), state)
        return *self.answer(seen, state), state

"""The lifter over whole sequences, which live comes frame by frame."""

from collections.abc import Collection

import torch

from vtm.nets.hand_lifter import CHANNELS, HandLifter
from vtm_tools.hand_training.sequences import Data

BLIND = ("world", "memory", "forearm")
"""What the network may be kept from seeing, to tell what it is worth."""


def answers(
    net: HandLifter, batch: Data, without: Collection[str], least: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the network says of every frame of B sequences.

    Args:
        net: The network.
        batch: As `told` and `varied` give it.
        without: Of BLIND.
        least: Presence of the frames that it is shown; of the others it knows only that time passes.

    Returns:
        angles (B, T, 21), hand_rot6d (B, T, 6), error_rad (B, T, 6); and which frames (B, T) it was shown.
    """
    seen = batch["sure"][..., 0] > least
    count, frames = seen.shape
    waited, intervals = torch.zeros(count), []
    for frame in range(frames):
        intervals.append((waited + batch["interval"][:, frame]).clamp(max=1.0))
        waited = torch.where(seen[:, frame], 0.0, intervals[-1])
    inputs = {name: batch[name].flatten(0, 1) for name in ("points", "world", "sure", "forearm", "size")}
    for name in set(without) & set(inputs):
        inputs[name] = torch.zeros_like(inputs[name])
    features = net.see(**inputs, interval=torch.stack(intervals, 1).reshape(-1, 1))
    entering = net.enter(features).unflatten(0, (count, frames))
    state, states = torch.zeros(count, CHANNELS), []
    for frame, enters in enumerate(entering.unbind(1)):
        states.append(net.remember(enters, torch.zeros_like(state) if "memory" in without else state))
        state = torch.where(seen[:, frame, None], states[-1], state)
    angles, rot6d, expected = (
        answer.unflatten(0, (count, frames)) for answer in net.answer(features, torch.stack(states, 1).flatten(0, 1))
    )
    return angles, rot6d, expected, seen

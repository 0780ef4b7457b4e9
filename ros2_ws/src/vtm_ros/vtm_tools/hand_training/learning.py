"""How the lifter learns: what it pays for, and the steps of the optimiser."""

from collections.abc import Collection, Iterator

import torch

from vtm.body.hand import finger_rotations, hand_points
from vtm.body.rotations import geodesic_angle, matrix_from_rot6d
from vtm.nets.hand_lifter import HandLifter
from vtm_tools.hand_training.sequences import SEEN, Data, varied
from vtm_tools.hand_training.unrolled import answers

PEAK, AGAIN = 2e-3, 1e-3
"""Highest learning rate from the start, and of a network that goes on."""


def places(hand: torch.Tensor, local: torch.Tensor) -> torch.Tensor:
    """The points (B, T, 21, 3) m of a hand from its wrist, in the axes in which it is turned."""
    return hand_points(local, "right") @ hand.transpose(-1, -2)


def loss(net: HandLifter, batch: Data, without: Collection[str]) -> torch.Tensor:
    """Of a batch."""
    *said, seen = answers(net, batch, without, SEEN)
    pairs = (seen[:, 1:] & seen[:, :-1])[..., None]
    jumps = ((said[0] - batch["angles"]).diff(dim=1).abs() * pairs).mean()
    jumps = jumps + ((matrix_from_rot6d(said[1]) - batch["hand"]).diff(dim=1).abs() * pairs[..., None]).mean()
    angles, rot6d, expected = (answer[seen] for answer in said)
    hand, true_hand, true_angles = matrix_from_rot6d(rot6d), batch["hand"][seen], batch["angles"][seen]
    local, true = finger_rotations(angles, "right"), finger_rotations(true_angles, "right")
    fingers, whole = geodesic_angle(local, true), geodesic_angle(hand, true_hand)
    away = (places(hand, local) - places(true_hand, true)).norm(dim=-1).mean()
    off = torch.cat([fingers.unflatten(-1, (5, 3)).mean(-1), whole[:, None]], -1).detach()
    told = (off / expected + expected.log()).mean()
    exact = fingers.mean() + whole.mean() + 10 * away + 0.2 * (angles - true_angles).abs().mean()
    return exact + 0.03 * told + jumps


def train(
    net: HandLifter, data: Data, steps: int, batch: int, without: Collection[str] = (), peak: float = PEAK
) -> Iterator[float]:
    """With AdamW and one cycle of the learning rate; yields the mean loss after every step.

    Args:
        net: The network, which learns.
        data: What `load` read.
        steps: Of the optimiser.
        batch: Sequences in a step.
        without: Of BLIND.
        peak: Highest learning rate.
    """
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps, pct_start=0.1)
    useful = torch.where((data["presence"] > SEEN).sum(1) > 1)[0]
    mean = 0.0
    for _ in range(steps):
        rows = useful[torch.randint(len(useful), (batch,), generator=generator)]
        value = loss(net, varied(data, rows, generator), without)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean += 0.01 * (value.item() - mean)
        yield mean

"""How far off the lifter is on people that it never saw: the tables of its model card."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import torch

from vtm.body.hand import FINGERS, finger_rotations
from vtm.body.rotations import geodesic_angle, matrix_from_rot6d
from vtm.nets.hand_lifter import HandLifter
from vtm_tools.hand_training.sequences import forearm_told, load, told
from vtm_tools.hand_training.unrolled import answers
from vtm_trt.pose2d.hand_network import PRESENT


def judge(net: HandLifter, path: Path, without: Collection[str] = ()) -> list[str]:
    """Lines that say how far off the network is, degrees, on the frames that show a hand.

    Args:
        net: The network.
        path: A file of `make_data.py`.
        without: Of BLIND.

    Raises:
        VtmError: It is no such file.
    """
    batch = told(load([path]))
    generator = torch.Generator().manual_seed(1)
    batch["forearm"] = forearm_told(batch["elbow"], generator)
    batch["size"][..., 0] += 0.1 * torch.randn(len(batch["size"]), 1, generator=generator)
    with torch.no_grad():
        angles, rot6d, expected, seen = answers(net, batch, without, PRESENT)
        local, true = (finger_rotations(pose, "right") for pose in (angles, batch["angles"]))
        fingers = np.degrees(geodesic_angle(local, true)[seen].numpy())
        hand = np.degrees(geodesic_angle(matrix_from_rot6d(rot6d), batch["hand"])[seen].numpy())
    mean = finger_rotations(batch["angles"][seen].mean(0), "right")
    rest = geodesic_angle(mean.expand_as(true), true)
    by = fingers.reshape(-1, 5, 3)
    four = by[:, :4]
    numbers = {
        "found": 100 * seen.float().mean().item(), "fingers": fingers.mean(), "median": np.median(fingers),
        "thumb": by[:, 4].mean(), "MCP": four[..., 0].mean(), "PIP": four[..., 1].mean(), "DIP": four[..., 2].mean(),
        "hand": hand.mean(), "hand median": np.median(hand), "mean pose": np.degrees(rest[seen].mean()),
    }  # fmt: skip
    back = (batch["hand"][..., 2, 2][seen] < 0).numpy()
    pixels, off = batch["hand_pixels"][seen].numpy(), batch["off"][seen].numpy()
    right = (batch["sure"][..., 1][seen] > 0.5).numpy()
    groups = {
        "back of the hand": back, "palm": ~back, "25-40 px": pixels < 40, "40-70 px": (pixels >= 40) & (pixels < 70),
        "70 px and more": pixels >= 70, "2D within 4 % of the crop": off < 0.04, "side agrees": right,
        "side does not agree": ~right, "something in front": batch["hidden"][seen].numpy() > 0,
    }  # fmt: skip
    lines = [f"{path.stem}: " + ", ".join(f"{name} {value:.1f}" for name, value in numbers.items())]
    for name, group in groups.items():
        if group.any():
            share, own, whole = 100 * group.mean(), fingers[group].mean(), hand[group].mean()
            lines.append(f"  {name}: {share:.0f} %, fingers {own:.1f}, hand {whole:.1f}")
    sureness = np.degrees(expected[seen].numpy())
    for row, name in enumerate(FINGERS):
        sure = sureness[:, row] < np.median(sureness[:, row])
        lines.append(f"  {name}: {by[:, row].mean():.1f}; the surer half {by[sure, row].mean():.1f}")
    sure = sureness[:, 5] < np.median(sureness[:, 5])
    lines.append(f"  hand: the surer half {hand[sure].mean():.1f}, the other {hand[~sure].mean():.1f}")
    steps = seen[:, 1:] & seen[:, :-1] & (batch["interval"][:, 1:] < 0.04)
    moved, wanted = (
        np.degrees(geodesic_angle(pose[:, 1:], pose[:, :-1])[steps].mean().item()) for pose in (local, true)
    )
    return [*lines, f"  change per frame at 30 frames/s: {moved:.1f} (truth {wanted:.1f})"]

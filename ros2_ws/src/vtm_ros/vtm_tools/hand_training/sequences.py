"""What `make_data.py` wrote, as sequences that the lifter is told, and the same hands told differently each time."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from vtm.body.hand import finger_rotations, hand_points
from vtm.body.rotations import matrix_from_rotvec
from vtm.errors import VtmError
from vtm_trt.pose2d.hand_network import SIZE as CROP
from vtm_trt.pose2d.hand_regions import HAND_SHIFT, HAND_SIDE, PALM
from vtm_trt.stream.hand_lifter import LENGTH

SEEN = 0.35
"""Least presence of the frames that are learnt from."""
FOREARM_OFF = (0.17, 0.22, 0.17)
"""How far off the body is with a forearm, rotation vector in its axes, rad: 16 degrees its direction, 13 its hinge."""
BENT, TURNED, NOISE = 0.35, 0.25, 0.004
"""How far hands are posed differently, rad: their angles, and the hand and the arm as a whole; and the points, in sides
of the square."""
TWIN, STRANGER = (-0.2, 0.5), 0.35
"""The other network's answer counts for a share between these; another hand's errors are added, up to so much."""
CARRIED = (
    "presence", "agrees", "hand", "elbow", "wrist", "angles", "scale", "length", "focal", "interval", "full", "hidden",
)  # fmt: skip
RAW = ("points", "world", "pixels", "middle", "side", "turn")
Data = dict[str, torch.Tensor]


def load(paths: Sequence[Path]) -> Data:
    """Sequences (N, T, ...) in the camera's axes: what the hand networks said, in rays, and the truth.

    `twin` is the row of the same film as the other network saw it, or a row's own.

    Raises:
        VtmError: A file is none of `make_data.py`.
    """
    files, twins, count = [_read(path) for path in paths], [], 0
    for file in files:
        rows = np.arange(len(file["full"]))
        other = np.minimum(rows ^ 1, len(rows) - 1)
        same = (file["full"][other] != file["full"]).all(1) & (file["angles"][other] == file["angles"]).all((1, 2))
        twins.append(count + np.where(same, other, rows))
        count += len(rows)
    raw = {key: np.concatenate([file[key] for file in files]).astype(np.float32) for key in RAW + CARRIED}
    side, turn = raw["side"][..., None], raw["turn"]
    axes = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], -1).reshape(*turn.shape, 1, 2, 2)

    def rays(pixels: np.ndarray) -> np.ndarray:
        own = (axes @ (pixels / CROP - 0.5)[..., None])[..., 0]
        return own * side[..., None] + raw["middle"][..., None, :]

    world = raw["world"]
    data = {name: raw[name] for name in CARRIED}
    data |= {
        "rays": rays(raw["points"][..., :2]),
        "depth": raw["points"][..., 2] / CROP * side,
        "world": np.concatenate([(axes @ world[..., :2, None])[..., 0], world[..., 2:]], -1),
        "true_rays": rays(raw["pixels"]),
        "off": np.linalg.norm(raw["points"][..., :2] - raw["pixels"], axis=-1).mean(-1) / CROP,
    }
    return {key: torch.from_numpy(value).float() for key, value in data.items()} | {
        "twin": torch.from_numpy(np.concatenate(twins))
    }


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as file:
            return {key: file[key] for key in RAW + CARRIED}
    except (OSError, ValueError, KeyError, BadZipFile) as fault:
        raise VtmError(f"{path} is no file of scripts/hands/make_data.py: {fault}") from fault


def told(raw: Data) -> Data:
    """As `vtm_trt.stream.hand_lifter.lifter_inputs` tells the lifter, (B, T, ...); and the true hand in those axes.

    `elbow` is the true forearm as `forearm` is told, `error` and `world_error` what the hand network errs by.
    """
    rays, focal = raw["rays"], raw["focal"]
    middle = (rays[..., 6, :] + rays[..., 14, :]) / 4 + rays[..., 10, :] / 2 - rays[..., 0, :]
    angle = torch.atan2(middle[..., 0], -middle[..., 1])
    cos, sin = angle.cos(), angle.sin()
    turn = torch.stack([cos, -sin, sin, cos], -1).unflatten(-1, (2, 2))
    palm = rays[..., list(PALM), :] @ turn
    low, high = palm.amin(-2), palm.amax(-2)
    height = torch.stack([torch.zeros_like(cos), HAND_SHIFT * (high - low)[..., 1]], -1)
    centre = (turn @ ((low + high) / 2 - height)[..., None])[..., 0]
    unit = (HAND_SIDE * (high - low).amax(-1)).clamp(min=1e-6)
    z = torch.cat([centre, torch.ones_like(cos)[..., None]], -1)
    z = z / z.norm(dim=-1, keepdim=True)
    x = torch.stack([cos, sin, torch.zeros_like(cos)], -1)
    x = x - z * (x * z).sum(-1, keepdim=True)
    x = x / x.norm(dim=-1, keepdim=True)
    axes = torch.stack([x, torch.linalg.cross(z, x), z], -1)

    def upright(flat: torch.Tensor, deep: torch.Tensor) -> torch.Tensor:
        return torch.cat([flat @ turn, deep[..., None]], -1)

    wide = unit[..., None, None]
    points = upright(rays - centre[..., None, :], raw["depth"]) / wide
    world = upright(raw["world"][..., :2], raw["world"][..., 2])
    true = _places(raw, raw["hand"], raw["angles"])
    distance = raw["wrist"][..., 2:]
    exact = upright(raw["true_rays"] - centre[..., None, :], true[..., 2] / distance) / wide
    known = upright(true[..., :2], true[..., 2])
    arm = axes.transpose(-1, -2) @ raw["elbow"]
    across = torch.log(unit * distance[..., 0] / (LENGTH * raw["scale"]))
    return {
        "points": points,
        "world": world,
        "sure": torch.stack([raw["presence"], raw["agrees"]], -1),
        "size": torch.stack([across, torch.log(unit * focal / CROP)], -1),
        "elbow": torch.cat([-arm[..., 1], arm[..., 0]], -1),
        "hand": axes.transpose(-1, -2) @ raw["hand"],
        "error": points - exact - (points - exact)[..., :1, :] * torch.tensor([0.0, 0.0, 1.0]),
        "world_error": world - world[..., :1, :] - known,
        "hand_pixels": raw["length"] / distance[..., 0] * focal,
        **{name: raw[name] for name in ("angles", "interval", "full", "hidden", "off")},
    }


def _places(raw: Data, hand: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """The points (B, T, 21, 3) m from the wrist, in the axes in which the hand is turned."""
    local = hand_points(finger_rotations(angles, "right"), "right")
    return local @ hand.transpose(-1, -2) * (raw["length"] / LENGTH)[..., None, None]


def varied(data: Data, rows: torch.Tensor, generator: torch.Generator) -> Data:
    """Some sequences, their hands posed a little differently and seen with other errors; and a body that errs."""
    raw, twin = ({key: value[at] for key, value in data.items()} for at in (rows, data["twin"][rows]))
    if torch.rand(1, generator=generator) < 0.5:
        raw, twin = ({key: value.flip(1) if value.ndim > 1 else value for key, value in one.items()}
                     for one in (raw, twin))  # fmt: skip
    count, frames = raw["interval"].shape

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    def some(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator)

    def chance(share: float) -> torch.Tensor:
        return (some(count, 1, 1) < share).float()

    both = ((raw["presence"] > SEEN) & (twin["presence"] > SEEN))[..., None]
    share = (TWIN[0] + (TWIN[1] - TWIN[0]) * some(count, 1, 1)) * both
    for name in ("rays", "depth", "world", "presence", "agrees"):
        part = share.reshape(count, frames, *[1] * (raw[name].ndim - 2))
        raw[name] = raw[name] + part * (twin[name] - raw[name])
    before, middle = _places(raw, raw["hand"], raw["angles"]), raw["wrist"][..., None, :]
    turn, along = (matrix_from_rotvec((chance(0.8) * some(count, 1, 1))[..., 0] * normal(count, 3) * TURNED)[:, None]
                   for _ in range(2))  # fmt: skip
    raw["angles"] = raw["angles"] + chance(0.8) * some(count, 1, 1) * normal(count, 1, 21) * BENT
    raw["hand"], raw["elbow"] = turn @ along @ raw["hand"], turn @ raw["elbow"]
    after = _places(raw, raw["hand"], raw["angles"])
    old, new = (middle + places for places in (before, after))
    shift = new[..., :2] / new[..., 2:].clamp(min=0.1) - old[..., :2] / old[..., 2:].clamp(min=0.1)
    raw["rays"], raw["true_rays"] = raw["rays"] + shift, raw["true_rays"] + shift
    raw["depth"] = raw["depth"] + (after - before)[..., 2] / middle[..., 2]
    raw["world"] = raw["world"] + after - before
    batch = told(raw)
    other = torch.randperm(count, generator=generator)
    known = (batch["sure"][other, ..., :1, None] > SEEN).float()
    added = STRANGER * (chance(0.7) * some(count, 1, 1))[..., None] * known
    batch["points"] = batch["points"] + added * batch["error"][other] + NOISE * normal(count, frames, 21, 3)
    batch["world"] = batch["world"] + added * batch["world_error"][other]
    batch["forearm"] = forearm_told(batch["elbow"], generator) * (1 - chance(0.1))
    size = batch["size"]
    size[..., 0] = (size[..., 0] + 0.1 * normal(count, 1)) * (1 - chance(0.1)[..., 0])
    return batch


def forearm_told(elbow: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The forearm (B, T, 6) as the body tells it, of the true one (B, T, 6)."""
    count, frames = elbow.shape[:2]
    wide = torch.exp(0.5 * torch.randn(count, 1, 1, generator=generator))
    steady, now = (torch.randn(count, number, 3, generator=generator) for number in (1, frames))
    y, x = -elbow[..., :3], elbow[..., 3:]
    frame = torch.stack([x, y, torch.linalg.cross(x, y)], -1)
    frame = frame @ matrix_from_rotvec(wide * (steady + 0.5 * now) * torch.tensor(FOREARM_OFF))
    return torch.cat([-frame[..., 1], frame[..., 0]], -1)

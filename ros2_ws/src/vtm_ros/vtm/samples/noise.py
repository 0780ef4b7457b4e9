"""What a 2D pose network does to perfect keypoints, in two ways, so that a network trusts no single detector.

Measured: the errors of the shipped detector on rendered people, played back (scripts/measure_pose2d.py). Synthetic:
bias, jitter, drift, occlusion, swaps and dropped points of assumed size. Lengths are fractions of the person's box.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vtm.body.keypoint_offsets import SITED
from vtm.body.keypoints import MIRROR_KEYPOINTS, NUM_KEYPOINTS

_MEANS = tuple(range(SITED, NUM_KEYPOINTS))
UNKNOWN_TO_SOME = ((1, 2, 3, 4), (0, 1, 2, 3, 4), (17, 18, 19, 20), (17, 18), _MEANS, tuple(range(13, SITED)))
"""Keypoints that some detectors or some views do not give: eyes and ears, the face, feet, heels, the two means, legs
below a table or the picture."""
_LEGS = (11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
_ARMS = (5, 6, 7, 8, 9, 10)
EXCHANGED = ((_LEGS, 0.45), (_ARMS, 0.1), (_LEGS + _ARMS, 0.2), (tuple(range(SITED)), 0.25))
"""What a detector exchanges left for right of, and how often: legs, arms, both, front for back (with the face)."""
LONGEST_EXCHANGE = 60
BEFORE_TURNED = 4
"""Frames at the start of a window in which nobody is taken front for back: nothing could tell."""


MEASURED = Path(__file__).with_name("pose2d_errors.npz")
MEASURED_FPS = 30.0
HELD_OUT = 5
"""Every fifth measured clip is kept for validation."""
ELSEWHERE = 0.1
"""Median error above which a frame counts as one without a person: the detector saw something else."""


@cache
def _tracks(held_out: bool, device: torch.device) -> tuple[Tensor, Tensor]:
    """Measured errors (S, 48, 23, 2), x right and y down, and confidences (S, 48, 23)."""
    with np.load(MEASURED, allow_pickle=False) as file:
        error = torch.from_numpy(file["error"].astype(np.float32) * float(file["step"]))
        confidence = torch.from_numpy(file["confidence"].astype(np.float32) / 255)
    size = error.norm(dim=-1).masked_fill(confidence == 0, torch.nan).nanmedian(-1).values
    confidence = confidence * (size < ELSEWHERE)[..., None]
    kept = torch.from_numpy((np.arange(len(error)) % HELD_OUT == 0) == held_out)
    return error[kept].to(device), confidence[kept].to(device)


def replay(
    rays: Tensor, visible: Tensor, interval: Tensor, held_out: bool, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """What the measured detector makes of exact keypoints.

    Each window gets one measured clip, from a random frame on, forth and back at its own frame rate, half of them
    mirrored.

    Args:
        rays: (B, T, 23, 2), exact.
        visible: (B, T, 23) bool.
        interval: (B, T) s since the frame before.
        held_out: Take the clips kept for validation, instead of the others.
        generator: Of the random numbers.

    Returns:
        Rays (B, T, 23, 2) and confidences (B, T, 23).
    """
    error, confidence = _tracks(held_out, rays.device)
    batch, last = len(rays), error.shape[1] - 1
    clip = torch.randint(len(error), (batch, 1), generator=generator)
    start = torch.randint(2 * last, (batch, 1), generator=generator)
    frame = (start + (interval.cumsum(1) * MEASURED_FPS).round().long()) % (2 * last)
    frame = torch.where(frame > last, 2 * last - frame, frame)
    off, sure = error[clip, frame], confidence[clip, frame]
    flip = torch.rand(batch, generator=generator) < 0.5
    mirror = list(MIRROR_KEYPOINTS)
    off = torch.where(flip[:, None, None, None], off[:, :, mirror] * torch.tensor([-1.0, 1.0]), off)
    sure = torch.where(flip[:, None, None], sure[:, :, mirror], sure)
    return rays + off * _side(rays), sure.masked_fill(~visible, 0.0)


def _side(rays: Tensor) -> Tensor:
    return (rays.amax(-2) - rays.amin(-2)).amax(-1)[..., None, None].clamp(max=3.0)


def _slow(shape: tuple[int, int, int], period: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Unit noise (B, T, C) that changes over about `period` frames."""
    batch, frames, channels = shape
    knots = torch.randn(batch, channels, max(frames // period, 2), generator=generator, device=device)
    return F.interpolate(knots, size=frames, mode="linear").transpose(1, 2)


def detect(rays: Tensor, visible: Tensor, level: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """What a made-up detector makes of exact keypoints.

    Args:
        rays: (B, T, 23, 2), exact.
        visible: (B, T, 23) bool.
        level: Strength of the errors.
        generator: Of the random numbers.

    Returns:
        Rays (B, T, 23, 2) and confidences (B, T, 23).
    """
    batch, frames, count, _ = rays.shape
    device = rays.device

    def rand(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    def randn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    side = _side(rays)
    strength = rand(batch, 1, 1, 1) * 1.6 * level
    error = randn(batch, 1, count, 2) * 0.010 + randn(batch, frames, count, 2) * 0.005
    error = error + _slow((batch, frames, count * 2), 6, generator, device).unflatten(-1, (count, 2)) * 0.010
    occluded = _slow((batch, frames, count), 8, generator, device) > 1.9
    error = error * strength + occluded[..., None] * randn(batch, frames, count, 2) * 0.05 * level
    seen = rays + error * side

    swapped = torch.zeros_like(visible)
    burst = _slow((batch, frames, 1), 5, generator, device) > 2.6 - 0.2 * level
    swapped[:, :, list(_LEGS)] = burst
    seen = torch.where(swapped[..., None], seen[:, :, list(MIRROR_KEYPOINTS)], seen)

    confidence = torch.where(occluded, 0.2 + 0.4 * rand(batch, frames, count), 0.7 + 0.3 * rand(batch, frames, count))
    confidence = torch.where(rand(batch, 1, 1) < 0.15, torch.ones_like(confidence), confidence)
    lost = (rand(batch, frames, count) < 0.02 * level) | (rand(batch, 1, count) < 0.05 * level) | ~visible
    for group in UNKNOWN_TO_SOME:
        lost[:, :, list(group)] |= rand(batch, 1, 1) < 0.05
    return seen, confidence.masked_fill(lost, 0.0)


def exchange(rays: Tensor, confidence: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Let the detector take left for right for a while, as sure of itself as ever.

    Args:
        rays: (B, T, 23, 2).
        confidence: (B, T, 23).
        share: Of the windows, each in 1 to LONGEST_EXCHANGE frames.
        generator: Of the random numbers.

    Returns:
        Rays and confidences of the same shapes.
    """
    batch, frames = rays.shape[:2]
    length = torch.exp(torch.rand(batch, 1, generator=generator) * np.log(LONGEST_EXCHANGE))
    start = torch.rand(batch, 1, generator=generator) * (frames + length) - length
    kind = torch.multinomial(torch.tensor([odds for _, odds in EXCHANGED]), batch, True, generator=generator)
    start = torch.where(kind[:, None] == len(EXCHANGED) - 1, start.clamp(min=BEFORE_TURNED), start)
    taken = torch.zeros(len(EXCHANGED), rays.shape[2], dtype=torch.bool)
    for row, (points, _) in enumerate(EXCHANGED):
        taken[row, list(points)] = True
    time = torch.arange(frames)
    on = (time >= start) & (time < start + length) & (torch.rand(batch, 1, generator=generator) < share)
    on = on[..., None] & taken[kind][:, None]
    mirror = list(MIRROR_KEYPOINTS)
    rays = torch.where(on[..., None], rays[:, :, mirror], rays)
    return rays, torch.where(on, confidence[:, :, mirror], confidence)


def border(rays: Tensor, generator: torch.Generator) -> Tensor:
    """Which rays (B, T, 23) fall into the image of a camera with a random field of view and aspect."""
    batch, device = len(rays), rays.device
    half = torch.tan(torch.deg2rad(25 + 30 * torch.rand(batch, 1, 1, 2, generator=generator, device=device)))
    return (rays.abs() < half).all(-1)

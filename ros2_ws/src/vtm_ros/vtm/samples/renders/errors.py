"""The errors that a 2D network makes about its own keypoints, as tracks to draw from and as a table to read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtm.body.keypoints import KEYPOINT_NAMES, MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.files.atomic_file import atomic_file
from vtm.samples.renders.keypoint_fit import Found, box_side, exact_keypoints

STEP = 1 / 2000
"""Resolution of stored errors, in sides of the person's box."""
SWAP_GAP = 0.05
"""Left and right must be this far apart (box sides) for a swap to be told."""


@dataclass(frozen=True)
class ErrorTracks:
    """The errors of S clips of T frames.

    Attributes:
        error: (S, T, 23, 2) found minus exact, in sides of the box round the exact keypoints.
        confidence: (S, T, 23), 0 where nothing was found.
        inside: (S, T, 23) bool, the exact keypoint is in the picture.
        swapped: (S, T, 23) bool, left and right are exchanged.
    """

    error: np.ndarray
    confidence: np.ndarray
    inside: np.ndarray
    swapped: np.ndarray


def error_tracks(found: Found) -> ErrorTracks:
    """The errors about where `vtm.nets.body` puts the keypoints."""
    points = exact_keypoints(found)
    exact = found.project(points)
    side = box_side(exact)[..., None, None]
    size = found.camera[:, None, None, :2]
    within = ((exact >= 0) & (exact <= size - 1)).all(-1) & (points[..., 2] > 0.3)
    missing = found.confidence == 0
    error = np.where(missing[..., None], 0, (found.pixels - exact) / side)
    other = (found.pixels - exact[:, :, list(MIRROR_KEYPOINTS)]) / side
    gap = np.linalg.norm(exact - exact[:, :, list(MIRROR_KEYPOINTS)], axis=-1) / side[..., 0]
    straight, crossed = np.linalg.norm(error, axis=-1), np.linalg.norm(other, axis=-1)
    pair = list(MIRROR_KEYPOINTS)
    swapped = (crossed + crossed[..., pair] < 0.5 * (straight + straight[..., pair])) & (gap > SWAP_GAP) & ~missing
    return ErrorTracks(error, found.confidence, within, swapped)


def save_tracks(tracks: ErrorTracks, path: Path) -> None:
    """Write error int16 in `STEP`s (S, T, 23, 2), confidence uint8 in 1/255, inside bool; those of clips in view."""
    use = (tracks.inside & (tracks.confidence > 0)).mean((1, 2)) > 0.2
    error = np.clip(np.round(tracks.error[use] / STEP), -32767, 32767).astype(np.int16)
    confidence = np.ceil(np.clip(tracks.confidence[use], 0, 1) * 255).astype(np.uint8)
    with atomic_file(path) as part, part.open("wb") as file:
        np.savez_compressed(file, error=error, confidence=confidence, inside=tracks.inside[use], step=np.float32(STEP))


def summary(tracks: ErrorTracks) -> dict:
    """Per keypoint, over frames where it is in the picture; lengths in box sides."""
    table = {}
    for index in range(NUM_KEYPOINTS):
        within = tracks.inside[..., index]
        found = within & (tracks.confidence[..., index] > 0)
        error = tracks.error[..., index, :]
        size = np.linalg.norm(error, axis=-1)[found]
        both = found[:, 1:] & found[:, :-1]
        steps = np.diff(error, axis=1)[both]
        bias = np.stack(
            [np.median(clip[seen], axis=0) for clip, seen in zip(error, found, strict=True) if seen.sum() > 9]
        )
        table[KEYPOINT_NAMES[index]] = {
            "median": float(np.median(size)),
            "p95": float(np.percentile(size, 95)),
            "bias": float(1.4826 * np.median(np.abs(bias))),
            "jitter": float(1.4826 * np.median(np.abs(steps))),
            "jitter_p95": float(np.percentile(np.abs(steps), 95)),
            "swapped": float(tracks.swapped[..., index][found].mean()),
            "missing": float(1 - found.sum() / max(within.sum(), 1)),
            "unsure": float((tracks.confidence[..., index][found] < 0.5).mean()),
        }
    rows = {name: {key: round(value, 4) for key, value in row.items()} for name, row in table.items()}
    return {
        "about": "errors of the shipped 2D network on rendered people; lengths in sides of the person's box; "
        "bias and jitter are robust standard deviations of a clip's median error and of frame-to-frame differences",
        "clips": len(tracks.error), "frames": tracks.error.shape[1], "keypoints": rows,
    }  # fmt: skip

"""What was seen in a piece of a long video, as a file."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from vtm.camera import Intrinsics
from vtm.files.atomic_file import atomic_file
from vtm.types import HandLandmarks, Observation

_HAND = tuple(field.name for field in fields(HandLandmarks))
_SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen in a frame.

    Attributes:
        observation: With the time in the file in place of the stamp; without confidence where nobody is seen.
        was_cut: Whether the picture shows another scene than the one before.
        checksum: Of the picture.
        memory: Of the tracker's `SteadyPoints`, (3, 2, 2), which tells where the next frame is looked at; None where it
            is searched.
    """

    observation: Observation
    was_cut: bool
    checksum: int
    memory: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen in a piece.

    Attributes:
        looks: One for each frame. All but the first piece begin with the last frame of the piece before.
        lost: Frames at the end of the video that could not be read.
    """

    looks: list[Look]
    lost: int


def write_watched(path: Path, watched: Watched) -> None:
    """Write what was seen.

    Raises:
        VtmError: The file cannot be written.
    """
    seen = [look.observation for look in watched.looks]
    arrays: dict[str, Any] = {
        "places_ns": np.array([one.stamp_ns for one in seen], np.int64),
        "keypoints": np.array([one.keypoints for one in seen]),
        "confidence": np.array([one.confidence for one in seen]),
        "convention": np.array([one.keypoint_convention for one in seen]),
        "looked": np.array([one.looked for one in seen]),
        "has_hands": np.array([one.hands is not None for one in seen]),
        "was_cut": np.array([look.was_cut for look in watched.looks]),
        "checksums": np.array([look.checksum for look in watched.looks]),
        "lost": np.array(watched.lost),
    }
    columns = {"image": [one.image for one in seen]}
    columns["memory"] = [look.memory for look in watched.looks]
    for number, side in enumerate(_SIDES):
        hands = [one.hands[number] if one.hands else None for one in seen]
        for part in _HAND:
            columns[f"{side}_{part}"] = [None if hand is None else np.asarray(getattr(hand, part)) for hand in hands]
    arrays |= {name: _filled(rows) for name, rows in columns.items() if any(row is not None for row in rows)}
    with atomic_file(path) as part_file:
        np.savez(part_file, **arrays)


def _filled(rows: Sequence[np.ndarray | None]) -> np.ndarray:
    """One array of them all, NaN where there is none."""
    some = next(row for row in rows if row is not None)
    return np.stack([np.full_like(some, np.nan) if row is None else row for row in rows])


def read_watched(path: Path, intrinsics: Intrinsics) -> Watched | None:
    """What `write_watched` wrote; None where the file is not there, or damaged.

    Args:
        path: The file.
        intrinsics: Of the video.
    """
    try:
        with np.load(path) as file:
            arrays = dict(file)
        looks = [_look(arrays, row, intrinsics) for row in range(len(arrays["places_ns"]))]
        return Watched(looks, int(arrays["lost"]))
    except (OSError, ValueError, LookupError, TypeError, EOFError, BadZipFile, zlib.error):
        return None


def _look(arrays: Mapping[str, np.ndarray], row: int, intrinsics: Intrinsics) -> Look:
    def told(name: str) -> np.ndarray | None:
        found = arrays[name][row] if name in arrays else None
        return None if found is None or np.isnan(found).any() else found

    def hand(side: str) -> HandLandmarks | None:
        parts: dict[str, Any] = {part: told(f"{side}_{part}") for part in _HAND}
        if parts["presence"] is None:
            return None
        return HandLandmarks(**parts | {part: float(parts[part]) for part in ("presence", "right")})

    left, right = arrays["looked"][row].tolist()
    observation = Observation(
        stamp_ns=int(arrays["places_ns"][row]),
        intrinsics=intrinsics,
        keypoints=arrays["keypoints"][row],
        confidence=arrays["confidence"][row],
        image=told("image"),
        keypoint_convention=float(arrays["convention"][row]),
        hands=(hand("left"), hand("right")) if arrays["has_hands"][row] else None,
        looked=(left, right),
    )
    return Look(
        observation, bool(arrays["was_cut"][row]), int(arrays["checksums"][row]),
        told("memory"),
    )  # fmt: skip

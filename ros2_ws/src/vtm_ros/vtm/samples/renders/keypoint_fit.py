"""From what a 2D network found on rendered people: where its keypoints sit on the body, and how it errs about them."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from scipy.optimize import least_squares

from vtm.body.keypoint_offsets import SITED
from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES
from vtm.body.skeleton import JOINT_INDEX, person_scale
from vtm.files.atomic_file import atomic_file
from vtm.nets.body import keypoints_on_body

FRAMES_TRIED = {
    "nose": ["head"], "eye": ["head"], "ear": ["head"], "shoulder": ["collar", "shoulder"],
    "elbow": ["shoulder", "elbow"], "wrist": ["elbow", "wrist"], "hip": ["pelvis", "hip"], "knee": ["hip", "knee"],
    "ankle": ["knee", "ankle"], "heel": ["ankle"], "big_toe": ["foot", "ankle"],
}  # fmt: skip
"""Keypoint, of both sides -> joints with which it may turn. The first is taken unless another fits clearly better: a
keypoint at a joint turns with the bone that ends there, so that it says nothing about the one that begins there."""
CLEARLY = 0.95
"""Share of the cost that a better fit leaves at most."""
BASE = {"nose": "head", "eye": "head", "ear": "head", "heel": "ankle", "big_toe": "foot"}
"""The joint that an offset is counted from, where it is not the keypoint's own."""
CENTRAL = {"head", "spine3", "pelvis"}
SURE, INLIER, BEHIND = 0.5, 0.02, 0.1
"""Fitted are keypoints at least this confident; errors beyond this share of the box count less and less; nothing
nearer to the camera than this (metres)."""

_F = TypeVar("_F", bound="Found")


@dataclass(frozen=True)
class Found:
    """What was found on S clips of T frames, and the truth in camera axes.

    Attributes:
        pixels: (S, T, 23, 2).
        confidence: (S, T, 23), 0 where nothing was found.
        joints: (S, T, 22, 3) m.
        rotations: (S, T, 22, 3, 3).
        ratio: (S, 21) bone lengths over the virtual skeleton's.
        camera: (S, 6), width, height, fx, fy, cx, cy in pixels.
    """

    pixels: np.ndarray
    confidence: np.ndarray
    joints: np.ndarray
    rotations: np.ndarray
    ratio: np.ndarray
    camera: np.ndarray

    def save(self, path: Path) -> None:
        """Write an npz."""
        with atomic_file(path) as part, part.open("wb") as file:
            np.savez_compressed(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls: type[_F], path: Path) -> _F:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as archive:
            return cls(**{field.name: archive[field.name].astype(np.float64) for field in fields(cls)})

    @classmethod
    def joined(cls: type[_F], parts: list[_F]) -> _F:
        """All clips of `parts`."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (S, T, ..., 2) of `points` (S, T, ..., 3); far outside the picture for those behind the camera."""
        shape = (len(points), *[1] * (points.ndim - 2), 2)
        focal, centre = self.camera[:, 2:4].reshape(shape), self.camera[:, 4:6].reshape(shape)
        return points[..., :2] / np.maximum(points[..., 2:], BEHIND) * focal + centre


@dataclass(frozen=True)
class Offset:
    """Where a keypoint is: at the joint `base`, plus an offset.

    Attributes:
        base: The joint it is counted from.
        frame: The joint in whose frame the offset is told: `base` or its parent.
        offset: (3,) in virtual-skeleton metres.
    """

    base: str
    frame: str
    offset: tuple[float, float, float]


def _sided(part: str, side: str) -> str:
    return part if part in CENTRAL | {"nose"} else f"{side}_{part}"


def fit_offsets(found: Found) -> dict[str, Offset]:
    """The offset of each of the 21 keypoints that are no middles: robust least squares of the reprojection error.

    Left and right share one offset, mirrored. Lengths are virtual-skeleton metres.
    """
    scale = person_scale(found.ratio)
    box = box_side(found.project(found.joints))
    result: dict[str, Offset] = {}
    for part, tried in FRAMES_TRIED.items():
        sides = ["left"] if part == "nose" else ["left", "right"]
        best: tuple[float, str, np.ndarray] | None = None
        for frame in tried:
            cost, offset = _fit(found, part, frame, sides, scale, box)
            if best is None or cost < CLEARLY * best[0]:
                best = (cost, frame, offset)
        assert best is not None
        for side in sides:
            x, y, z = (round(float(value), 4) + 0.0 for value in best[2])  # no -0.0
            mirrored = (x, y if side == "left" else -y, z)
            base, frame = _sided(BASE.get(part, part), side), _sided(best[1], side)
            result[_sided(part, side)] = Offset(base, frame, mirrored)
    return {name: result[name] for name in KEYPOINT_NAMES[:SITED]}


def _fit(found: Found, part: str, frame: str, sides: list[str], scale, box) -> tuple[float, np.ndarray]:
    start, axes, seen, focal, share = [], [], [], [], []
    centre = found.camera[:, None, 4:6]
    for side in sides:
        keypoint = KEYPOINT_INDEX[_sided(part, side)]
        base = found.joints[:, :, JOINT_INDEX[_sided(BASE.get(part, part), side)]]
        rotation = found.rotations[:, :, JOINT_INDEX[_sided(frame, side)]] * scale[:, None, None, None]
        mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])
        use = (found.confidence[:, :, keypoint] > SURE) & (base[..., 2] > 0.3) & inside(found, keypoint)
        start.append(base[use])
        axes.append((rotation * mirror)[use])
        seen.append((found.pixels[:, :, keypoint] - centre)[use])
        focal.append(np.broadcast_to(found.camera[:, None, 2:4], (*use.shape, 2))[use])
        share.append(box[use])
    points, turns, pixels = np.concatenate(start), np.concatenate(axes), np.concatenate(seen)
    focals, sides_px = np.concatenate(focal), np.concatenate(share)[:, None]

    def error(offset: np.ndarray) -> np.ndarray:
        offset = offset * (1, 0, 1) if part == "nose" else offset
        at = points + turns @ offset
        return ((at[:, :2] / at[:, 2:] * focals - pixels) / sides_px).ravel()

    solved = least_squares(error, np.zeros(3), loss="cauchy", f_scale=INLIER)
    return float(solved.cost), solved.x * (1, part != "nose", 1)


def inside(found: Found, keypoint: int) -> np.ndarray:
    """Whether the found keypoint lies in the picture (S, T)."""
    pixels, size = found.pixels[:, :, keypoint], found.camera[:, None, :2]
    return np.asarray(((pixels > 0) & (pixels < size - 1)).all(-1))


def exact_keypoints(found: Found) -> np.ndarray:
    """Where the 23 keypoints are on the body by the table in `vtm.nets.body`, (S, T, 23, 3) metres in camera axes."""
    scale = person_scale(found.ratio)[:, None, None, None]
    points = keypoints_on_body(torch.from_numpy(found.rotations), torch.from_numpy(found.joints / scale))
    return points.numpy() * scale


def box_side(pixels: np.ndarray) -> np.ndarray:
    """Longer side (S, T) of the box round points (S, T, K, 2)."""
    return np.maximum(np.ptp(pixels, axis=2).max(-1), 1.0)

"""How far a path (T, 3) strays from the true one: numpy arrays, any unit."""

import numpy as np


def first_aligned_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distance (T,) after moving `predicted` so that the first frame which both know agrees; NaN where one is unknown.

    Only moved, not turned: both paths are in the axes of the same camera.
    """
    off = predicted - true
    known = np.flatnonzero(np.isfinite(off).all(-1))
    return np.linalg.norm(off - off[known[0]], axis=-1) if len(known) else np.full(len(off), np.nan)


def path_length(path: np.ndarray) -> float:
    """Length of a way (T, 3) through the frames that are known, in its unit."""
    known = path[np.isfinite(path).all(-1)]
    return float(np.linalg.norm(np.diff(known, axis=0), axis=-1).sum())


def depth_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """|log of the ratio| (T,) of the distances along the optical axis: 0.05 is 5 % too near or too far."""
    return np.abs(np.log(np.maximum(predicted[..., 2], 1e-6) / np.maximum(true[..., 2], 1e-6)))


def across_and_along(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distances (T, 2) from the true place: across the optical axis and along it."""
    off = predicted - true
    return np.stack([np.linalg.norm(off[..., :2], axis=-1), np.abs(off[..., 2])], axis=-1)

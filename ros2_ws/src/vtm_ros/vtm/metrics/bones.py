"""How well the person's proportions are known: numpy arrays of bone lengths."""

import numpy as np


def bone_error(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """|length - true| / true (..., B), both lengths up to global scale: each frame divided by the mean of its own.

    The mean is that of the ratio to the true length, so that a person drawn 10 % too large has no error.

    Args:
        predicted: (..., B) lengths, any unit.
        true: (..., B), the same unit.
    """
    ratio = predicted / true
    return np.abs(ratio / ratio.mean(-1, keepdims=True) - 1)


def bone_spread(lengths: np.ndarray) -> np.ndarray:
    """Standard deviation over the frames of lengths (T, B), relative to their mean, (B,); NaN frames are left out."""
    known = lengths[np.isfinite(lengths).all(-1)]
    return known.std(0) / known.mean(0) if len(known) else np.full(lengths.shape[1], np.nan)

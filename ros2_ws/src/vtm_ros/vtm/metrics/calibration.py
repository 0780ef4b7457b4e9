"""Whether the errors that a network expects are those it makes: numpy arrays."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True, eq=False)
class Reliability:
    """Expected against actual errors in B bins of equally many samples, from the surest to the least sure.

    Attributes:
        expected: (B,) mean expected errors.
        actual: (B,) mean actual errors.
        rank_correlation: Spearman's, over all samples: whether the larger expectation goes with the larger error.
        log_ratio: Mean |log(actual / expected)| over the bins: 0 is calibrated, 0.69 is off by a factor of two.
    """

    expected: np.ndarray
    actual: np.ndarray
    rank_correlation: float
    log_ratio: float


def reliability(expected: np.ndarray, actual: np.ndarray, bins: int = 10) -> Reliability | None:
    """Compare expected with actual errors.

    Args:
        expected: Of any shape and unit.
        actual: Of the same shape and unit.
        bins: Number of bins.

    Returns:
        None where fewer than `bins` samples are known.
    """
    known = np.isfinite(expected) & np.isfinite(actual) & (expected > 0)
    expected, actual = expected[known], actual[known]
    if len(expected) < bins:
        return None
    parts = np.array_split(np.argsort(expected, kind="stable"), bins)
    mean_expected = np.array([expected[part].mean() for part in parts])
    mean_actual = np.array([actual[part].mean() for part in parts])
    ratio = np.maximum(mean_actual, 1e-9) / mean_expected
    return Reliability(mean_expected, mean_actual, _spearman(expected, actual), float(np.abs(np.log(ratio)).mean()))


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation of the ranks; 0 when one of them is constant."""
    a, b = (rank - rank.mean() for rank in (rankdata(a), rankdata(b)))
    size = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / size) if size else 0.0

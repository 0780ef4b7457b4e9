"""Fits the map from expected position errors to those of rotations and of the root."""

import numpy as np
from scipy.optimize import nnls

from vtm.body.skeleton import MIRROR, NUM_JOINTS
from vtm_trt.postprocess.expected_error import ErrorMap, across_terms, along_terms, angle_terms

ROUNDS = 4
"""Rounds of least squares, each weighted by what the one before expects: large errors scatter more."""
LEAST = 1e-3
"""No expectation weighs as if it were smaller than this share of the mean error."""


def fit(position_m: np.ndarray, angle_deg: np.ndarray, root_m: np.ndarray) -> ErrorMap:
    """Fit the map for N frames; left and right share theirs. Frames of which anything is unknown are left out.

    Args:
        position_m: (N, 22) m, expected.
        angle_deg: (N, 22) degrees, actual.
        root_m: (N, 2) m, actual, across the optical axis and along it.
    """
    known = np.isfinite(np.concatenate([position_m, angle_deg, root_m], axis=1)).all(1)
    position_m, angle_deg, root_m = position_m[known], angle_deg[known], root_m[known]
    terms = angle_terms(position_m)
    angle = [
        _not_negative(np.concatenate([terms[:, side] for side in pair]), angle_deg[:, pair].T.ravel())
        for pair in ([joint, MIRROR[joint]] for joint in range(NUM_JOINTS))
    ]
    across = _not_negative(across_terms(position_m), root_m[:, 0])
    return ErrorMap(np.array(angle), across, _not_negative(along_terms(position_m), root_m[:, 1]))


def _not_negative(terms: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Numbers (F,) none of which is negative, with `terms` (N, F) times them as near to the mean `actual` (N,)."""
    size, weight = terms.mean(0), np.ones(len(actual))
    numbers = np.zeros(len(size))
    for _ in range(ROUNDS):
        numbers = nnls(terms * (weight[:, None] / size), actual * weight)[0] / size
        weight = 1 / np.maximum(terms @ numbers, LEAST * actual.mean())
    return numbers

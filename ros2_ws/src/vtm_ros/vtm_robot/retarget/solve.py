"""One step of the joints towards what the person asks: a small quadratic programme."""

from ctypes import c_int

import numpy as np

from vtm.errors import VtmError

try:
    import daqp
except ImportError as missing:
    raise VtmError("robots follow with daqp, which is not installed; pip install daqp") from missing

SOFT, HARD = 8, 0
"""How daqp calls rows that may be missed when there is no other way, and bounds that may not."""


def solve(
    hessian: np.ndarray, gradient: np.ndarray, least: np.ndarray, most: np.ndarray, rows: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """The step x (k,) that makes xᵀHx/2 + gᵀx least within bounds and, where possible, with rows @ x >= values.

    Where the solver fails, as for numbers out of all proportion, it is the bounded step nearest to zero.

    Args:
        hessian: (k, k) positive definite.
        gradient: (k,).
        least: (k,) lower bounds.
        most: (k,) upper bounds.
        rows: (R, k).
        values: (R,).
    """
    if not np.isfinite(gradient).all():
        return np.minimum(np.maximum(0.0, least), most)
    count = len(values)
    sense = np.full(len(least) + count, HARD, c_int)
    sense[len(least) :] = SOFT
    upper = np.concatenate([most, np.full(count, 1e30)])
    lower = np.concatenate([least, values])
    step, _, flag, _ = daqp.solve(hessian, gradient, np.ascontiguousarray(rows), upper, lower, sense)
    if flag < 1 or not np.isfinite(step).all():
        step = np.zeros(len(least))
    return np.minimum(np.maximum(step, least), most)

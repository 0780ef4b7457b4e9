"""Least squares over many frames that only speak to their neighbours, with a few unknowns common to all.

The normal equations are a band with a border. The band is factorised once, and the common unknowns follow from what
remains of the border (their Schur complement): time and memory grow with the number of frames, not with its square.
"""

import numpy as np
from scipy.linalg import solve, solveh_banded

REACH = 2
"""No residual connects frames that are further apart."""


class Band:
    """Normal equations of T frames with N unknowns each and M common ones; filled term by term.

    Attributes:
        blocks: REACH + 1 arrays (T - lag, N, N), of frame t + lag by frame t.
        border: (T, N, M) of each frame by the common unknowns.
        corner: (M, M).
        pull: (T, N), the right-hand side.
        common_pull: (M,), the right-hand side of the common unknowns.
    """

    def __init__(self, frames: int, unknowns: int, common: int):
        self.blocks = [np.zeros((max(frames - lag, 0), unknowns, unknowns)) for lag in range(REACH + 1)]
        self.border = np.zeros((frames, unknowns, common))
        self.corner = np.zeros((common, common))
        self.pull = np.zeros((frames, unknowns))
        self.common_pull = np.zeros(common)

    def add(
        self,
        slopes: list[np.ndarray],
        residual: np.ndarray,
        weight: np.ndarray,
        columns: slice,
        by_common: np.ndarray | None = None,
    ) -> None:
        """Add the squares of S residuals; residual s depends on the frames s .. s + len(slopes) - 1.

        Args:
            slopes: (S, R, C) for each of these frames, by the unknowns `columns`.
            residual: (S, R).
            weight: (S, R).
            columns: C of the N unknowns.
            by_common: (S, R, M), by the common unknowns.
        """
        count = len(residual)
        weighted = [(slope * weight[..., None]).swapaxes(-1, -2) for slope in slopes]
        for late, turned in enumerate(weighted):
            self.pull[late : late + count, columns] -= (turned @ residual[..., None])[..., 0]
            for early in range(late + 1):
                self.blocks[late - early][early : early + count, columns, columns] += turned @ slopes[early]
            if by_common is not None:
                self.border[late : late + count, columns] += turned @ by_common
        if by_common is not None:
            flat = by_common.reshape(-1, by_common.shape[-1])
            turned = (flat * weight.reshape(-1, 1)).T
            self.corner += turned @ flat
            self.common_pull -= turned @ residual.ravel()

    def add_diagonal(self, residual: np.ndarray, weight: np.ndarray) -> None:
        """Add the squares of the unknowns' own residuals (T, N), weighted by `weight` (T, N)."""
        self.pull -= weight * residual
        every = np.arange(self.pull.shape[1])
        self.blocks[0][:, every, every] += weight

    def add_differences(self, residual: np.ndarray, weight: np.ndarray) -> None:
        """Add the squares of differences (T - 1, N) between neighbouring frames, weighted by `weight` (T - 1, N)."""
        turned = weight * residual
        self.pull[:-1] += turned
        self.pull[1:] -= turned
        every = np.arange(self.pull.shape[1])
        self.blocks[0][:-1, every, every] += weight
        self.blocks[0][1:, every, every] += weight
        self.blocks[1][:, every, every] -= weight

    def add_second_differences(
        self, slope: np.ndarray, factors: np.ndarray, residual: np.ndarray, weight: np.ndarray, columns: slice
    ) -> None:
        """Add the squares of sums over three frames.

        Args:
            slope: (T, R, C) of what is summed, by the unknowns `columns`.
            factors: (T - 2, 3) of the three frames.
            residual: (T - 2, R).
            weight: (T - 2,), the same for all R residuals of a frame.
            columns: C of the N unknowns.
        """
        count = len(residual)
        for lag in range(3):
            gram = slope[lag:].swapaxes(-1, -2) @ slope[: len(slope) - lag]
            share = np.zeros(len(gram))
            for early in range(3 - lag):
                share[early : early + count] += weight * factors[:, early] * factors[:, early + lag]
            self.blocks[lag][:, columns, columns] += share[:, None, None] * gram
        back = np.zeros((len(slope), residual.shape[1]))
        for late in range(3):
            back[late : late + count] += (weight * factors[:, late])[:, None] * residual
        self.pull[:, columns] -= (slope.swapaxes(-1, -2) @ back[..., None])[..., 0]

    def solve(self) -> tuple[np.ndarray, np.ndarray]:
        """The unknowns (T, N) and the common ones (M,)."""
        frames, unknowns, common = self.border.shape
        band = np.zeros(((REACH + 1) * unknowns, frames, unknowns))
        row, column = np.indices((unknowns, unknowns))
        for lag, blocks in enumerate(self.blocks):
            below = row + lag * unknowns >= column
            place = row[below] + lag * unknowns - column[below]
            band[place, : len(blocks), column[below]] = blocks[:, row[below], column[below]].T
        right = np.concatenate([self.pull[..., None], self.border], -1).reshape(frames * unknowns, 1 + common)
        found = solveh_banded(band.reshape(len(band), -1), right, lower=True, overwrite_ab=True, check_finite=False)
        if not common:
            return found.reshape(frames, unknowns), np.zeros(0)
        own, through = found[:, 0], found[:, 1:]
        border = self.border.reshape(frames * unknowns, common)
        shared = solve(self.corner - border.T @ through, self.common_pull - border.T @ own, assume_a="pos")
        return (own - through @ shared).reshape(frames, unknowns), shared

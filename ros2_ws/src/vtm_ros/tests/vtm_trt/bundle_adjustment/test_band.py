import numpy as np
import pytest

from vtm_trt.bundle_adjustment.band import Band

FRAMES, UNKNOWNS, COMMON = 6, 4, 2


class Dense:
    """The same equations, written out."""

    def __init__(self):
        self.rows, self.right = [], []

    def add(self, slopes, residual, weight, columns=slice(None), by_common=None):
        for start in range(len(residual)):
            row = np.zeros((residual.shape[1], FRAMES * UNKNOWNS + COMMON))
            for lag, slope in enumerate(slopes):
                row[:, (start + lag) * UNKNOWNS : (start + lag + 1) * UNKNOWNS][:, columns] += slope[start]
            if by_common is not None:
                row[:, -COMMON:] = by_common[start]
            root = np.sqrt(weight[start])
            self.rows.append(row * root[:, None])
            self.right.append(-residual[start] * root)

    def solve(self):
        return np.linalg.lstsq(np.concatenate(self.rows), np.concatenate(self.right), rcond=None)[0]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_solution_is_that_of_the_dense_equations(rng):
    band, dense = Band(FRAMES, UNKNOWNS, COMMON), Dense()
    for lags, columns, shared in ((1, slice(None), True), (2, slice(0, 3), False), (3, slice(1, 4), False)):
        count, width = FRAMES - lags + 1, len(range(*columns.indices(UNKNOWNS)))
        slopes = [rng.normal(size=(count, 5, width)) for _ in range(lags)]
        residual, weight = rng.normal(size=(count, 5)), rng.uniform(0.1, 1, (count, 5))
        by_common = rng.normal(size=(count, 5, COMMON)) if shared else None
        band.add(slopes, residual, weight, columns, by_common)
        dense.add(slopes, residual, weight, columns, by_common)
    found, shared = band.solve()
    np.testing.assert_allclose(np.concatenate([found.ravel(), shared]), dense.solve(), atol=1e-8)


def test_differences(rng):
    """Quicker ways to add what `add` could."""
    band, same = Band(FRAMES, UNKNOWNS, 0), Band(FRAMES, UNKNOWNS, 0)
    own, step = rng.normal(size=(FRAMES, UNKNOWNS)), rng.normal(size=(FRAMES - 1, UNKNOWNS))
    own_weight, step_weight = rng.uniform(0.1, 1, own.shape), rng.uniform(0.1, 1, step.shape)
    one = np.broadcast_to(np.eye(UNKNOWNS), (FRAMES, UNKNOWNS, UNKNOWNS))
    band.add_diagonal(own, own_weight)
    same.add([one], own, own_weight, slice(None))
    band.add_differences(step, step_weight)
    same.add([-one[1:], one[1:]], step, step_weight, slice(None))
    slope, factors = rng.normal(size=(FRAMES, 3, 2)), rng.normal(size=(FRAMES - 2, 3))
    bend, weight = rng.normal(size=(FRAMES - 2, 3)), rng.uniform(0.1, 1, FRAMES - 2)
    band.add_second_differences(slope, factors, bend, weight, slice(1, 3))
    slopes = [factors[:, late, None, None] * slope[late : FRAMES - 2 + late] for late in range(3)]
    same.add(slopes, bend, np.broadcast_to(weight[:, None], bend.shape), slice(1, 3))
    np.testing.assert_allclose(band.solve()[0], same.solve()[0], atol=1e-10)

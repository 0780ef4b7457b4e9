import numpy as np

from vtm.adjustment.band import Band


def test_the_solution_is_that_of_the_dense_equations():
    rng = np.random.default_rng(0)
    frames, unknowns, common = 6, 4, 2
    band = Band(frames, unknowns, common)
    rows, right = [], []

    def add(lags: int, columns: slice, shared: bool) -> None:
        count, width = frames - lags + 1, len(range(*columns.indices(unknowns)))
        slopes = [rng.normal(size=(count, 5, width)) for _ in range(lags)]
        residual, weight = rng.normal(size=(count, 5)), rng.uniform(0.1, 1, (count, 5))
        by_common = rng.normal(size=(count, 5, common)) if shared else None
        band.add(slopes, residual, weight, columns, by_common)
        for start in range(count):
            row = np.zeros((5, frames * unknowns + common))
            for lag, slope in enumerate(slopes):
                row[:, (start + lag) * unknowns : (start + lag + 1) * unknowns][:, columns] += slope[start]
            if by_common is not None:
                row[:, -common:] = by_common[start]
            root = np.sqrt(weight[start])
            rows.append(row * root[:, None])
            right.append(-residual[start] * root)

    add(1, slice(None), True)
    add(2, slice(0, 3), False)
    add(3, slice(1, 4), False)
    found, shared = band.solve()
    expected = np.linalg.lstsq(np.concatenate(rows), np.concatenate(right), rcond=None)[0]
    np.testing.assert_allclose(np.concatenate([found.ravel(), shared]), expected, atol=1e-8)

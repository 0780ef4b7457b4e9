import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import seeds
from vtm.metrics.root import across_and_along, depth_error, first_aligned_error, path_length


def walk(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.02, (50, 3)).cumsum(0) + [0, 0, 3]


@given(seeds)
def test_where_the_path_starts_does_not_matter(seed):
    assert first_aligned_error(walk(seed) + [1, -2, 3], walk(seed)) == pytest.approx(np.zeros(50), abs=1e-12)


def test_drift_is_counted_from_the_first_known_frame():
    predicted = walk(0) + np.arange(50)[:, None] * [0.003, 0, 0.004]
    predicted[:10] = np.nan
    error = first_aligned_error(predicted, walk(0))
    assert np.isnan(error[:10]).all()
    assert error[10:] == pytest.approx(0.005 * np.arange(40))
    assert np.isnan(first_aligned_error(np.full((5, 3), np.nan), walk(0)[:5])).all()


def test_the_way_of_a_square():
    square = np.array([[0, 0, 1], [1, 0, 1], [np.nan] * 3, [1, 1, 1], [0, 1, 1], [0, 0, 1]], float)
    assert path_length(square) == pytest.approx(4)
    assert path_length(np.full((3, 3), np.nan)) == 0


@given(seeds, st.floats(0.5, 2))
def test_depth_error_is_relative(seed, factor):
    assert depth_error(walk(seed) * factor, walk(seed)) == pytest.approx(np.full(50, abs(np.log(factor))))


def test_across_the_optical_axis_and_along_it():
    off = across_and_along(walk(0) + [0.3, -0.4, -0.2], walk(0))
    assert off == pytest.approx(np.tile([0.5, 0.2], (50, 1)))

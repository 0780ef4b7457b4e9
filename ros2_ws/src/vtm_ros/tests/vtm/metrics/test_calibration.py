import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tests.vtm.body.poses import seeds
from vtm.metrics.calibration import reliability


@given(seeds, st.floats(0.1, 10))
def test_a_constant_factor_is_the_log_ratio(seed, factor):
    expected = np.random.default_rng(seed).uniform(0.01, 0.3, (50, 22))
    curve = reliability(expected, factor * expected)
    assert curve.actual == pytest.approx(factor * curve.expected)
    assert curve.log_ratio == pytest.approx(abs(np.log(factor)), abs=1e-9)
    assert curve.rank_correlation == pytest.approx(1)


def test_errors_drawn_as_expected_are_calibrated():
    rng = np.random.default_rng(0)
    expected = rng.uniform(0.01, 0.3, 20_000)
    curve = reliability(expected, rng.exponential(expected))
    assert curve.log_ratio < 0.05 and (np.diff(curve.expected) > 0).all()


@given(seeds)
def test_the_rank_correlation_is_spearmans(seed):
    a, b = np.random.default_rng(seed).integers(1, 9, (2, 60)).astype(float)
    assert reliability(a, b).rank_correlation == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)


def test_what_is_unknown_does_not_count():
    expected, actual = np.full(40, 0.1), np.full(40, 0.2)
    expected[:5], actual[5:10] = np.nan, np.nan
    curve = reliability(expected, actual)
    assert curve.log_ratio == pytest.approx(np.log(2)) and curve.rank_correlation == 0
    assert reliability(expected[:12], actual[:12]) is None

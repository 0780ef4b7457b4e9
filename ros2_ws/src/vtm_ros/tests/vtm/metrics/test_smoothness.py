import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import seeds
from vtm.metrics.smoothness import acceleration_error, jerk, jitter, speed

rates = st.sampled_from([15.0, 29.97, 60.0])


def path(fps: float, *coefficients: float) -> np.ndarray:
    """A polynomial of time along each of three axes for two joints, (30, 2, 3)."""
    time = np.arange(30) / fps
    return np.broadcast_to(np.polynomial.Polynomial(coefficients)(time)[:, None, None], (30, 2, 3))


@given(rates, st.floats(-5, 5), st.floats(-5, 5))
def test_derivatives_of_polynomials(fps, slope, bend):
    assert speed(path(fps, 1, slope), fps) == pytest.approx(np.full((29, 2), abs(slope) * 3**0.5), abs=1e-9)
    error = acceleration_error(path(fps, 1, 2, bend), path(fps, 5, -3, 0), fps)
    assert error == pytest.approx(np.full((28, 2), 2 * abs(bend) * 3**0.5), abs=1e-7)
    assert jerk(path(fps, 1, 2, slope, bend), fps) == pytest.approx(np.full((27, 2), 6 * abs(bend) * 3**0.5), abs=1e-5)


@given(rates)
def test_a_parabola_has_no_jitter(fps):
    assert jitter(path(fps, 0.3, -2, 4), fps) == pytest.approx(0, abs=1e-6)


@given(seeds)
def test_torch_agrees(seed):
    points = np.random.default_rng(seed).normal(size=(3, 9, 4, 3))
    assert float(jitter(torch.from_numpy(points), 20.0)) == pytest.approx(jitter(points, 20.0))


def test_an_unknown_frame_spoils_only_its_neighbours():
    points = np.array(path(30.0, 0, 0, 0, 1))
    points[10] = np.nan
    assert np.flatnonzero(np.isnan(jerk(points, 30.0)[:, 0])).tolist() == [7, 8, 9, 10]

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import seeds
from vtm.metrics.feet import f1_score, slide, standing

FPS = 30.0


def sliding(speed: float, frames: int = 20) -> np.ndarray:
    """Four points that move at `speed` m/s, (frames, 4, 3)."""
    return np.arange(frames)[:, None, None] * np.array([0.6, 0, 0.8]) * speed / FPS + np.ones((frames, 4, 3))


@given(st.floats(0, 2))
def test_a_sliding_foot_slides_at_its_speed(speed):
    error = slide(sliding(speed), sliding(0), np.ones((20, 4)), FPS)
    assert error == pytest.approx(np.full((19, 4), speed), abs=1e-9)


@given(st.floats(0, 2), seeds)
def test_a_moving_camera_makes_no_slide(speed, seed):
    camera = np.random.default_rng(seed).normal(0, 0.1, (20, 1, 3)).cumsum(0)
    assert slide(sliding(0) + camera, sliding(0) + camera, np.ones((20, 4)), FPS) == pytest.approx(0)
    error = slide(sliding(speed) + camera, sliding(0) + camera, np.ones((20, 4)), FPS)
    assert error == pytest.approx(np.full((19, 4), speed), abs=1e-9)


def test_only_feet_that_stand_slide():
    contact = np.zeros((20, 4))
    contact[5:9, 2] = 0.9
    error = slide(sliding(1), sliding(0), contact, FPS)
    assert np.argwhere(~np.isnan(error)).tolist() == [[5, 2], [6, 2], [7, 2]]


@given(st.floats(0, 0.29), st.floats(0.31, 3))
def test_standing_is_slower_than_30_cm_per_second(slow, fast):
    assert standing(sliding(slow), FPS).all()
    assert not standing(sliding(fast), FPS).any()


def test_a_point_that_is_unknown_neither_stands_nor_moves():
    points = sliding(0)
    points[:, 1] = np.nan
    assert np.isnan(standing(points, FPS)[:, 1]).all()


def test_f1_of_known_contacts():
    assert f1_score(np.array([0.9, 0.8, 0.1, 0.7, np.nan]), np.array([1, 0, 0, 1, 1])) == pytest.approx(0.8)
    assert f1_score(np.array([0.2, 0.9]), np.array([1, 0])) == 0
    assert np.isnan(f1_score(np.zeros(4), np.zeros(4)))


@given(seeds)
def test_f1_is_one_only_when_right(seed):
    true = np.random.default_rng(seed).random(30)
    assert f1_score(true, np.round(true)) == 1 or not np.round(true).any()
    assert f1_score(1 - true, np.round(true)) == 0

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtm_trt.pose2d.hand_regions import agree, from_body, from_hand
from vtm_trt.pose2d.roi import Roi

UPRIGHT = np.array([
    (0, 0), (20, -10), (35, -25), (45, -40), (52, -52), (18, -60), (20, -85), (21, -100), (22, -112), (2, -62),
    (2, -90), (2, -106), (2, -120), (-13, -58), (-14, -82), (-15, -97), (-16, -110), (-27, -50), (-30, -68), (-32, -80),
    (-34, -90),
], float)  # fmt: skip
"""A flat hand whose fingers point up in the image, pixels."""


def turned(points: np.ndarray, angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    """Clockwise in the image, as the angle of a Roi."""
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ axes.T * scale + shift


@given(angle=st.floats(-3.1, 3.1), scale=st.floats(0.2, 5), x=st.floats(0, 2000), y=st.floats(0, 2000))
def test_regions_turn_and_grow_with_the_hand(angle, scale, x, y):
    points = turned(UPRIGHT, angle, scale, (x, y))
    still, moved = from_hand(UPRIGHT), from_hand(points)
    assert (moved.angle - still.angle - angle + np.pi) % (2 * np.pi) == pytest.approx(np.pi, abs=1e-6)
    assert moved.side == pytest.approx(still.side * scale)
    np.testing.assert_allclose((moved.x, moved.y), turned(np.array([[still.x, still.y]]), angle, scale, (x, y))[0])
    body = from_body(points[0], points[17], points[5])
    assert agree(moved, body)


def test_the_whole_hand_is_inside():
    for region in (from_hand(UPRIGHT), from_body(UPRIGHT[0], UPRIGHT[17], UPRIGHT[5])):
        inside = np.linalg.inv(np.vstack([region.to_image(1), (0, 0, 1)])) @ np.c_[UPRIGHT, np.ones(21)].T
        assert (inside[:2] > 0.05).all() and (inside[:2] < 0.95).all()


@pytest.mark.parametrize(
    "other",
    [
        Roi(100, 100, 80, 0.8),  # turned
        Roi(140, 100, 80, 0.0),  # elsewhere: another's hand
        Roi(100, 100, 20, 0.0),
        Roi(100, 100, 200, 0.0),
        Roi(100, 100, float("nan"), 0.0),
        Roi(float("nan"), 100, 80, 0.0),
    ],
)
def test_a_region_that_left_the_hand_is_given_up(other):
    assert agree(Roi(105, 100, 90, 0.1), Roi(100, 100, 80, 0.0))
    assert not agree(other, Roi(100, 100, 80, 0.0))

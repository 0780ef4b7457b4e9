from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtm_trt.pose2d.roi import MARGIN, Roi, SteadyPoints

coordinate = st.floats(-5000, 5000)
rois = st.builds(Roi, coordinate, coordinate, st.floats(1, 5000), st.floats(-np.pi, np.pi))


def to_image(roi, point, size=256):
    matrix = roi.to_image(size)
    return matrix[:, :2] @ point + matrix[:, 2]


def test_upright_person_has_no_angle():
    roi = Roi.around(np.array([[100.0, 200.0], [100.0, 120.0]]))
    assert (roi.x, roi.y, roi.side) == (100, 200, 160 * MARGIN)
    assert roi.angle == pytest.approx(0)


@pytest.mark.parametrize(("top", "degrees"), [((180, 200), 90), ((20, 200), -90), ((100, 280), 180)])
def test_angle_is_clockwise_in_the_image(top, degrees):
    roi = Roi.around(np.array([(100, 200), top], float))
    assert np.degrees(roi.angle) == pytest.approx(degrees)


@given(rois)
def test_crop_centre_is_the_person_and_sides_are_kept(roi):
    np.testing.assert_allclose(to_image(roi, (128, 128)), (roi.x, roi.y), atol=1e-6)
    top_left, top_right, bottom_left = (to_image(roi, p) for p in ((0, 0), (256, 0), (0, 256)))
    assert np.linalg.norm(top_right - top_left) == pytest.approx(roi.side, rel=1e-5)
    assert np.linalg.norm(bottom_left - top_left) == pytest.approx(roi.side, rel=1e-5)


@given(rois, st.floats(0, 256), st.floats(0, 256))
def test_in_the_mirror_left_and_right_are_exchanged(roi, x, y):
    np.testing.assert_allclose(to_image(replace(roi, mirrored=True), (x, y)), to_image(roi, (256 - x, y)), atol=1e-3)


@given(coordinate, coordinate, st.floats(1, 2000), st.floats(-3.1, 3.1))
def test_person_stands_upright_in_the_crop(x, y, radius, angle):
    """The second alignment point lies straight above the first, at 1 / MARGIN of the half side."""
    top = (x + radius * np.sin(angle), y - radius * np.cos(angle))
    roi = Roi.around(np.array([(x, y), top]))
    np.testing.assert_allclose(to_image(roi, (128, 128 - 128 / MARGIN)), top, atol=1e-5 * (abs(x) + abs(y) + radius))


def test_crop_takes_the_region_and_swaps_to_rgb():
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 90:110] = (10, 20, 30)
    out = np.empty((20, 20, 3), np.uint8)
    Roi(100, 50, 20, 0).crop(image, out)
    assert (out == (30, 20, 10)).all()
    Roi(100, 50, 20, np.pi / 2).crop(image, out)
    assert (out[1:-1, 1:-1] == (30, 20, 10)).all()


def test_crop_beyond_the_border_repeats_it():
    image = np.full((50, 50, 3), 77, np.uint8)
    out = np.empty((20, 20, 3), np.uint8)
    Roi(-500, -500, 20, 0.3).crop(image, out)
    assert (out == 77).all()


def test_still_points_stay_and_tremble_is_damped():
    still = np.array([[100.0, 200.0], [100.0, 100.0]])
    steady, random = SteadyPoints(), np.random.default_rng(0)
    noisy = [still + random.normal(0, 1, (2, 2)) for _ in range(200)]
    out = np.array([steady(points, index * 33_000_000) for index, points in enumerate(noisy)])
    np.testing.assert_array_equal(out[0], noisy[0])
    assert np.diff(out, axis=0).std() < 0.1 * np.diff(noisy, axis=0).std()


def test_moving_points_are_followed():
    """A person who crosses one own diameter per second is followed within 3 % of the diameter."""
    steady = SteadyPoints()
    for index in range(90):
        points = np.array([[200.0, 200.0], [200.0, 100.0]]) + [200 * index / 30, 0]
        out = steady(points, 1 + index * 33_333_333)
    assert np.abs(out - points).max() < 0.03 * 200


@pytest.mark.parametrize("stamp_ns", [5, 4, -1])
def test_stamp_that_does_not_advance_starts_anew(stamp_ns):
    steady = SteadyPoints()
    steady(np.zeros((2, 2)), 5)
    jumped = np.array([[50.0, 60.0], [50.0, 10.0]])
    np.testing.assert_array_equal(steady(jumped, stamp_ns), jumped)

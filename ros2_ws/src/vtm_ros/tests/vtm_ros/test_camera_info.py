import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from vtm.camera import Intrinsics
from vtm_ros.conversions.camera_info import camera_info, image_intrinsics

PLUMB_BOB = (-0.2, 0.05, 0.001, -0.002, 0.01)
SENSOR = Intrinsics(1280, 960, 900.0, 905.0, 650.0, 470.0, PLUMB_BOB)
POINT = np.array([0.3, -0.2, 2.0])


def read(info, width=1280, height=960, **options):
    return image_intrinsics(info, width, height, 60.0, **options)


@pytest.mark.parametrize(
    "lens",
    [
        ((),), (PLUMB_BOB,), ((0.1, -0.2, 0.001, 0.002, 0.05, 0.3, -0.1, 0.02),), ((0.01,) * 12,), ((0.01,) * 14,),
        ((0.1, 0, 0, 0), True), ((0.0,) * 4, True),
    ],
)  # fmt: skip
def test_round_trip(lens):
    sensor = Intrinsics(1280, 960, 900.0, 905.0, 650.0, 470.0, *lens)
    assert read(camera_info(sensor, 1280, 960)) == (sensor, "")


@given(
    st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 4]),
    st.integers(0, 300), st.integers(0, 200), st.integers(1, 8), st.integers(1, 8),
)  # fmt: skip
def test_roi_and_binning_move_the_pixels_of_a_point(bin_x, bin_y, left, top, columns, rows):
    info = camera_info(SENSOR, 1280, 960)
    info.binning_x, info.binning_y = bin_x, bin_y
    info.roi = RegionOfInterest(x_offset=left, y_offset=top, width=columns * 64, height=rows * 64)
    intrinsics, warning = read(info, columns * 64 // bin_x, rows * 64 // bin_y)
    expected = (SENSOR.project(POINT) - (left, top)) / (bin_x, bin_y)
    np.testing.assert_allclose(intrinsics.project(POINT), expected, atol=1e-9)
    assert warning == ""


def test_a_resized_image_is_followed_and_said():
    intrinsics, warning = read(camera_info(SENSOR, 1280, 960), 640, 480)
    np.testing.assert_allclose(intrinsics.project(POINT), SENSOR.project(POINT) / 2)
    assert "scaled" in warning


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (dict(k=[0.0] * 9), "no calibration"),
        (dict(k=[math.nan] * 9), "unusable"),
        (dict(k=[-1.0, 0, 1, 0, -1, 1, 0, 0, 1]), "unusable"),
        (dict(d=[math.inf] * 5), "no numbers"),
        (dict(width=1000, height=1000), "1000x1000"),
    ],
)
def test_a_useless_calibration_falls_back_to_the_field_of_view(change, reason):
    info = camera_info(SENSOR, 1280, 960)
    for name, value in change.items():
        setattr(info, name, value)
    intrinsics, warning = read(info)
    assert intrinsics == Intrinsics.from_fov(1280, 960, 60.0)
    assert reason in warning and "60 degrees" in warning


def test_a_missing_camera_info_falls_back_to_the_field_of_view():
    intrinsics, warning = read(None)
    assert intrinsics == Intrinsics.from_fov(1280, 960, 60.0)
    assert "no camera_info" in warning


@pytest.mark.parametrize(
    "change",
    [
        dict(distortion_model="equidistant"), dict(d=[0.1, 0.2]), dict(distortion_model="ftheta"),
        dict(distortion_model="", d=[0.1, 0.2, 0.0, 0.0]),
    ],
)  # fmt: skip
def test_an_unusable_distortion_is_left_out_and_said(change):
    info = camera_info(SENSOR, 1280, 960)
    for name, value in change.items():
        setattr(info, name, value)
    intrinsics, warning = read(info)
    assert (intrinsics.fx, intrinsics.distortion) == (SENSOR.fx, ())
    assert "distortion is ignored" in warning


def test_rectified_images_use_the_projection_matrix():
    info = camera_info(SENSOR, 1280, 960)
    info.p = [800.0, 0, 640, 0, 0, 801.0, 480, 0, 0, 0, 1, 0]
    intrinsics, warning = read(info, rectified=True)
    assert (intrinsics, warning) == (Intrinsics(1280, 960, 800.0, 801.0, 640.0, 480.0), "")


FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(FLOATS, min_size=9, max_size=9), st.lists(FLOATS, max_size=15),
    st.integers(0, 4000), st.integers(0, 4000), st.integers(1, 4000), st.integers(1, 4000),
    st.sampled_from(["plumb_bob", "rational_polynomial", "equidistant", ""]), st.integers(0, 9), st.integers(0, 5000),
)  # fmt: skip
def test_any_camera_info_gives_usable_intrinsics(k, d, width, height, columns, rows, model, binning, roi):
    info = CameraInfo(width=width, height=height, k=k, d=d, distortion_model=model, binning_x=binning)
    info.roi = RegionOfInterest(x_offset=roi, width=roi, height=roi)
    intrinsics, _ = read(info, columns, rows)
    assert (intrinsics.width, intrinsics.height) == (columns, rows)
    assert np.isfinite(intrinsics.matrix).all()

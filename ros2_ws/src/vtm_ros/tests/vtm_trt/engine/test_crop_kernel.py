"""The arithmetic of crop.cu, run thread by thread on the processor, against OpenCV's."""

from ctypes import c_double, c_float, c_int, c_uint64

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vtm_trt.engine.kernel_on_host import HostKernel, pointers_to
from vtm_trt.pose2d.roi import Roi

BLOCK = (32, 8, 1)
SIDES = st.integers(1, 400)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    return HostKernel("crop", tmp_path_factory.mktemp("kernel"))


def cut(kernel, image, roi, size, replicate, scale=1.0, offset=0.0, guard=64):
    """What the kernel makes of `image`, which may have padded rows; it must not touch what lies around its output."""
    values = np.full(size * size * 3 + 2 * guard, np.nan, np.float32)
    matrix = (c_double * 6)(*roi.to_image(size).ravel())
    height, width = image.shape[:2]
    arguments = (
        c_uint64(image.ctypes.data), c_int(height), c_int(width), c_int(image.strides[0]), matrix, c_int(size),
        c_float(scale), c_float(offset), c_int(replicate), c_uint64(values[guard:].ctypes.data),
    )  # fmt: skip
    grid = (-(-size // BLOCK[0]), -(-size // BLOCK[1]), 1)
    kernel(grid, BLOCK, pointers_to(*arguments))
    assert np.isnan(values[:guard]).all() and np.isnan(values[-guard:]).all()
    return values[guard:-guard].reshape(size, size, 3)


def expected(image, roi, size, replicate):
    out = np.empty((size, size, 3), np.uint8)
    roi.crop(image, out, cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT)
    return out


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(deadline=None, max_examples=200)
@given(SIDES, SIDES, st.floats(-1, 2), st.floats(-1, 2), st.floats(-6, 12), st.floats(-7, 7), st.booleans(), st.data())
def test_every_region_is_opencvs_to_the_grey_level(kernel, height, width, x, y, log2_side, angle, replicate, data):
    """Regions inside, across the border and outside, from a fraction of a pixel to ten times the image."""
    image = noise(height, width, data.draw(st.integers(0, 99)))
    roi = Roi(x * width, y * height, 2**log2_side, angle)
    size = data.draw(st.sampled_from([1, 37, 64, 224, 256]))
    np.testing.assert_array_equal(cut(kernel, image, roi, size, replicate), expected(image, roi, size, replicate))


def test_pixel_grid_that_falls_between_pixels(kernel):
    """Quarter turns, halves and thirds of pixels: where rounding could go either way."""
    image = noise(90, 70)
    for angle in np.arange(8) * np.pi / 4:
        for side in (30, 64, 128, 85.333):
            for shift in (0, 0.5, 1 / 64, 1 / 3):
                roi = Roi(35 + shift, 45 - shift, side, angle)
                for replicate in (True, False):
                    got = cut(kernel, image, roi, 64, replicate)
                    np.testing.assert_array_equal(got, expected(image, roi, 64, replicate))


def test_normalisation_is_numpys_to_the_bit(kernel):
    """Detector and landmarks: the scales and offsets that they use."""
    image, roi = noise(300, 200), Roi(90, 160, 170, 0.4)
    crop = expected(image, roi, 224, True)
    for scale, offset in ((1 / 127.5, -1.0), (1 / 255, 0.0)):
        got = cut(kernel, image, roi, 224, True, scale, offset)
        np.testing.assert_array_equal(got, crop * np.float32(scale) + np.float32(offset))


def test_rows_may_be_padded(kernel):
    padded = noise(50, 80)
    image, roi = padded[:, :60], Roi(30, 20, 70, -1.0)
    got = cut(kernel, image, roi, 64, True)
    np.testing.assert_array_equal(got, expected(np.ascontiguousarray(image), roi, 64, True))


@pytest.mark.parametrize("replicate", [True, False])
@pytest.mark.parametrize("value", [1e9, -1e9, 1e30, 1e308, np.inf, -np.inf, np.nan])
def test_no_map_reads_outside_the_image(kernel, replicate, value):
    """Regions that no camera sees: every value is a grey level, none a fault of memory or arithmetic."""
    image = np.full((20, 30, 3), 7, np.uint8)
    for roi in (Roi(value, 3, 10, 0), Roi(3, value, 10, 0), Roi(3, 3, value, 0), Roi(3, 3, value, 1.0)):
        with np.errstate(all="ignore"):
            got = cut(kernel, image, roi, 40, replicate)
        assert np.isin(got, (7.0,) if replicate else np.arange(8.0)).all()


def test_frame_of_a_camera(kernel):
    """As the program calls it: a full-size frame, its person and its whole."""
    image = cv2.GaussianBlur(noise(1080, 1920), (0, 0), 3)
    for roi, size, replicate in ((Roi(960.2, 540.7, 1330, 0.1), 256, True), (Roi(960, 540, 1920, 0), 224, False)):
        got = cut(kernel, image, roi, size, replicate)
        np.testing.assert_array_equal(got, expected(image, roi, size, replicate))

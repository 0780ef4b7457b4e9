import warnings

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtm.camera import Intrinsics, keypoint_box
from vtm.errors import VtmError

CAMERAS = [
    Intrinsics.from_fov(1280, 720, 60),
    Intrinsics(640, 480, 520.0, 530.0, 310.0, 250.0, (0.1, -0.2, 0.001, -0.002, 0.05)),
    Intrinsics(1920, 1080, 1100.0, 1100.0, 960.0, 540.0, (-0.32, 0.12, 0.0005, 0.0003)),
    Intrinsics(1920, 1080, 1300.0, 1290.0, 950.0, 545.0, (0.2, 0.1, 0.0, 0.0, 0.01, 0.3, 0.05, 0.01)),
    Intrinsics(1280, 960, 700.0, 680.0, 630.0, 470.0, (0.2, 0.1, 0, 0, 0.01, 0.3, 0.05, 0.01, 2e-3, 1e-3, -1e-3, 2e-3)),
    Intrinsics(1280, 960, 700.0, 680.0, 630.0, 470.0, (-0.2, 0.05, 1e-3, 0, 0, 0, 0, 0, 1e-3, 0, 0, 1e-3, 0.02, -0.03)),
    Intrinsics(1280, 960, 380.0, 375.0, 650.0, 470.0, (-0.02, 0.01, -0.004, 0.001), True),
    Intrinsics(1280, 960, 380.0, 375.0, 650.0, 470.0, (0.0, 0.0, 0.0, 0.0), True),
]


@pytest.mark.parametrize("camera", CAMERAS)
def test_rays_undo_the_projection(camera):
    x, y = np.meshgrid(np.linspace(-0.45, 0.45, 9), np.linspace(-0.3, 0.3, 7))
    points = np.stack([x, y, np.ones_like(x)], axis=-1) * np.linspace(1, 8, 63).reshape(7, 9, 1)
    rays = camera.rays(camera.project(points))
    assert rays.shape == (7, 9, 2) and rays.dtype == np.float32
    np.testing.assert_allclose(rays, points[..., :2] / points[..., 2:], atol=2e-5)


def test_a_point_right_below_and_in_front_lands_right_below_the_centre():
    camera = CAMERAS[0]
    u, v = camera.project([0.5, 0.25, 2.0])
    assert u == pytest.approx(640 + camera.fx / 4) and v == pytest.approx(360 + camera.fy / 8)


def test_a_fisheye_is_that_of_opencv():
    lens = Intrinsics(1280, 960, 380.0, 375.0, 650.0, 470.0, (-0.02, 0.01, -0.004, 0.001), True)
    points = np.random.default_rng(0).uniform(-2, 2, (50, 1, 3)) + (0, 0, 2.1)
    expected, _ = cv2.fisheye.projectPoints(points, np.zeros(3), np.zeros(3), lens.matrix, np.array(lens.distortion))
    np.testing.assert_allclose(lens.project(points), expected, atol=1e-6)
    corners = lens.rays(np.array([[0.0, 0.0], [1280, 960], [lens.cx, lens.cy]]))
    assert np.isfinite(corners).all() and (corners[0] < -0.5).all() and (corners[1] > 0.5).all()
    np.testing.assert_array_equal(corners[2], 0)
    behind = lens.rays(lens.project(np.array([1.0, 0.0, -0.5])))
    assert 5 < behind[0] < 10 and abs(behind[1]) < 1e-6


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_the_field_of_view_spans_the_longer_side(width, height):
    camera = Intrinsics.from_fov(width, height, 90)
    edge = camera.rays([width, height])
    assert edge.max() == pytest.approx(1)
    np.testing.assert_array_equal(camera.matrix @ [0, 0, 1], [width / 2, height / 2, 1])


@pytest.mark.parametrize(
    "values",
    [
        (640, 480, 0, 500, 320, 240), (640, 480, 500, -1, 320, 240), (0, 480, 500, 500, 320, 240),
        (640, 480, float("nan"), 500, 320, 240), (640, 480, 500, 500, float("inf"), 240),
        (640, 480, 500, 500, 320, 240, (float("nan"), 0, 0, 0)),
    ],
)  # fmt: skip
def test_unusable_intrinsics_are_refused(values):
    with pytest.raises(VtmError, match="calibrate the camera"):
        Intrinsics(*values)


@pytest.mark.parametrize("lens", [((0.1,) * 6,), ((0.1,) * 5, True), ((), True)])
def test_numbers_of_coefficients(lens):
    with pytest.raises(VtmError, match="coefficients"):
        Intrinsics(640, 480, 500, 500, 320, 240, *lens)


@pytest.mark.parametrize("fov", [0, 180, float("nan")])
def test_impossible_field_of_view(fov):
    with pytest.raises(VtmError, match="1..170"):
        Intrinsics.from_fov(640, 480, fov)


coordinate = st.floats(-1, 1, width=32)


@given(st.lists(st.tuples(coordinate, coordinate, st.sampled_from([0.0, 0.05, 0.5, 1.0])), min_size=1, max_size=23))
def test_the_box_is_the_smallest_square_round_the_seen_keypoints(rows):
    rows = np.array(rows, dtype=np.float32)
    rays, confidence = rows[:, :2], rows[:, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        box = keypoint_box(rays, confidence)
    assert box.shape == (3,) and box.dtype == np.float32
    seen = rays[confidence > 0.1]
    if len(seen) == 0:
        np.testing.assert_array_equal(box, [0, 0, 1])
        return
    assert (np.abs(seen - box[:2]) <= box[2] / 2 + 1e-6).all()
    assert box[2] == pytest.approx(max(np.ptp(seen, axis=0).max(), 0.02), abs=1e-6)
    stack = keypoint_box(np.stack([rays, rays + 1]), np.stack([confidence, confidence]))
    np.testing.assert_allclose(stack[1], box + [1, 1, 0], atol=1e-6)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vtm_tools.camera_calibration.filmed_board import CAMERA, COLUMNS, ROWS, SQUARE, views
from vtm.errors import VtmError
from vtm_tools.camera_calibration.board import Board, View
from vtm_tools.camera_calibration.solve import calibrate
from vtm_tools.camera_calibration.views import choose

BOARD = Board(COLUMNS, ROWS, SQUARE)
SIZE = CAMERA.width, CAMERA.height


def seen(count: int, seed: int = 0, noise: float = 0.1, sharpness: float = 1.0, **how) -> list[View]:
    """The board's corners as the camera sees them, `noise` px off."""
    rng = np.random.default_rng(seed)
    found = []
    for turn, middle in views(count, seed, **how):
        pixels = CAMERA.project(turn.apply(BOARD.points - BOARD.points.mean(0)) + middle)
        pixels = pixels + rng.normal(0, noise, pixels.shape)
        outline = pixels[[0, COLUMNS - 1, -1, -COLUMNS]]
        found.append(View(BOARD.points, pixels, outline, sharpness))
    return found


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0.02, 0.3))
def test_the_camera_is_recovered_and_its_doubt_is_honest(seed, noise):
    found = calibrate(seen(25, seed, noise), *SIZE)
    assert found.rms == pytest.approx(noise * 2**0.5, rel=0.15)
    true = np.array([CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy])
    camera = found.intrinsics
    off = np.abs(np.array([camera.fx, camera.fy, camera.cx, camera.cy]) - true)
    assert (off < 5 * found.deviation).all() and off[:2].max() < 0.01 * CAMERA.fx


@pytest.mark.parametrize("tilt", [0.0, 1.0, 4.0])
def test_boards_held_flat_do_not_tell_the_focal_length(tilt):
    with pytest.raises(VtmError, match="tilt"):
        calibrate(seen(25, noise=0.3, tilt=tilt), *SIZE)


def test_a_view_that_does_not_fit_is_left_out():
    good = seen(20)
    bent = View(good[0].points, good[0].pixels + np.random.default_rng(0).normal(0, 4, (54, 2)), good[0].outline, 1.0)
    found = calibrate([*good[1:], bent], *SIZE)
    assert bent not in found.views and found.rms < 0.2


def test_another_board_than_said_is_refused():
    squeezed = [View(one.points, one.pixels + 6 * np.sin(one.points[:, :1] * 80), one.outline, 1.0) for one in seen(20)]
    with pytest.raises(VtmError, match="use a flat board"):
        calibrate(squeezed, *SIZE)


def test_sharp_views_that_differ_are_chosen():
    blurred, sharp = seen(12, sharpness=0.3), seen(12, sharpness=1.0)
    chosen = choose([*blurred, *sharp, *sharp], *SIZE)
    assert set(chosen) <= set(range(12, 24)) and len(chosen) >= 8
    assert choose([], *SIZE) == []

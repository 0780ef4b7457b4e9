from dataclasses import astuple

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.crossing import WIDTH, beside, cut_outs
from vtm_trt.pose2d.detector import PersonDetector, anchors


@pytest.fixture(scope="module")
def detector():
    return PersonDetector()


def test_anchors_are_the_cell_centres():
    centres = anchors()
    assert centres.shape == (2254, 2)
    np.testing.assert_allclose(centres[:3] * 224, [[4, 4], [4, 4], [12, 4]])
    np.testing.assert_allclose(centres[-1] * 224, [208, 208])


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_nobody_in_an_empty_image(detector, grey):
    assert detector(frame(np.full((480, 640, 3), grey, np.uint8))) is None


def test_finds_the_person(detector, balancing):
    """His hips are near (640, 900) and he is about 800 pixels tall."""
    roi = detector(frame(balancing[0]))
    assert abs(roi.x - 640) < 60
    assert abs(roi.y - 900) < 80
    assert 900 < roi.side < 1300
    assert abs(np.degrees(roi.angle)) < 15


def test_region_moves_and_scales_with_the_image(detector, balancing):
    whole = detector(frame(balancing[0]))
    padded = np.pad(balancing[0], ((0, 0), (0, 832), (0, 0)))
    wide = detector(frame(padded))
    assert np.hypot(wide.x - whole.x, wide.y - whole.y) < 0.05 * whole.side
    half = detector(frame(np.ascontiguousarray(balancing[0][::2, ::2])))
    assert half.side == pytest.approx(whole.side / 2, rel=0.1)
    assert np.hypot(half.x - whole.x / 2, half.y - whole.y / 2) < 0.05 * half.side


def test_everybody_is_found_the_most_certain_first(detector, balancing):
    shown = beside(cut_outs(balancing[:1])[0], (20, 520), 0)
    found = list(detector.everybody(shown))
    assert len(found) == 2 and astuple(found[0]) == pytest.approx(astuple(detector(shown)), rel=1e-4)
    assert sorted(roi.x / WIDTH < 0.5 for roi in found) == [False, True]

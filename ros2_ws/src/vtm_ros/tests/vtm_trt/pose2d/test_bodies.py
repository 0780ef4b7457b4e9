from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from vtm_trt.pose2d.bodies import SAME, apart, hidden, is_surely_in_front, overlap, uncovered, without_hidden
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.landmarks import LandmarkNetwork, Landmarks
from vtm_trt.pose2d.roi import Roi


@pytest.fixture(scope="module")
def body(balancing) -> Landmarks:
    shown = frame(balancing[0])
    landmarks = LandmarkNetwork("lite")(shown, PersonDetector()(shown))
    return replace(landmarks, confidence=np.ones(33, np.float32))


def moved(body: Landmarks, x: float, y: float) -> Landmarks:
    return replace(body, pixels=body.pixels + np.float32([x, y]))


def test_one_body_and_two(body):
    side = Roi.around(body.alignment).side
    assert apart(body.pixels, body.pixels + 0.02 * side, side) < SAME
    assert apart(body.pixels, body.pixels + [0.2 * side, 0], side) == pytest.approx(0.2, abs=0.01)
    assert overlap(body, body) == pytest.approx(1) and overlap(body, moved(body, side, 0)) == 0


def test_who_is_behind_is_less_sure_of_what_is_hidden(body):
    side = Roi.around(body.alignment).side
    front = moved(body, 0.1 * side, 0.1 * side)
    for bodies in ([body, front], [front, body]):
        clear = without_hidden(bodies, bodies, [side] * 2)
        seen = {id(one): two.confidence for one, two in zip(bodies, clear, strict=True)}
        np.testing.assert_array_equal(seen[id(front)], 1)
        assert 0.2 < (seen[id(body)] < 0.5).mean() < 1


def test_a_landmark_that_strayed_to_the_other_body_is_not_seen(body):
    side = Roi.around(body.alignment).side
    front = moved(body, 0.3 * side, 0.1 * side)
    pixels = body.pixels.copy()
    pixels[[15, 16]] = front.pixels[[15, 16]]
    mixed, _ = without_hidden([replace(body, pixels=pixels), front], [body, front], [side] * 2)
    np.testing.assert_array_equal(mixed.confidence[[15, 16]], 0)
    assert mixed.confidence.mean() > 0.5


def test_people_apart_stay_as_they_are(body):
    far = moved(body, 2000, 0)
    clear = without_hidden([body, far], [body, far], [500.0, 500.0])
    assert all(np.array_equal(one.confidence, 1 * two.confidence) for one, two in zip(clear, [body, far], strict=True))


def test_who_took_on_the_front_body_is_still_the_one_behind(body):
    side = Roi.around(body.alignment).side
    front = moved(body, 0.1 * side, 0.1 * side)
    assert is_surely_in_front(front, body, side) and not is_surely_in_front(body, front, side)
    stuck = moved(front, 0, 0.01 * side)
    behind, before = without_hidden([stuck, front], [body, front], [side] * 2)
    assert behind.confidence.mean() < 0.5
    np.testing.assert_array_equal(before.confidence, 1)


def test_nobody_is_hidden_by_somebody_who_is_lost(body):
    side = Roi.around(body.alignment).side
    bodies = [body, moved(body, 0, 0.05 * side)]
    assert hidden(bodies, [side] * 2, [True, True])[0] > 0.8
    assert hidden(bodies, [side] * 2, [True, False]) == [0, 0]


def test_colours_where_bodies_meet_are_nobodys(body):
    side = Roi.around(body.alignment).side
    left = uncovered(body, [moved(body, 0.15 * side, 0), moved(body, 2000, 0)]).confidence
    assert 0.2 < (left == 0).mean() < 0.9 and set(np.unique(left)) == {0, 1}
    np.testing.assert_array_equal(uncovered(body, []).confidence, 1)

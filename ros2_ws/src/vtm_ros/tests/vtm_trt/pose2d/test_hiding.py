"""Who is lost behind somebody else."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.claims import keep_own
from vtm_trt.pose2d.hiding import is_out, stay_behind
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack

SHOWN = [frame(np.full((360, 640, 3), 100, np.uint8), index) for index in range(60)]
SEEN = 20
HIDER_X = 400


def walker(number: int, x: float, pace: float, y: float = 185) -> Person:
    """Somebody who comes to `x`, `pace` pixels per frame."""
    somebody = Person(number, PersonTrack())
    for index in range(SEEN):
        somebody.track.see(SHOWN[index], standing(x - pace * (SEEN - 1 - index), y))
    somebody.pace = somebody.track.pace
    return somebody


@pytest.fixture
def hider() -> Person:
    return walker(1, HIDER_X, 0)


@pytest.fixture
def lost(hider) -> Person:
    """Somebody who walked behind the other one and is not seen where he should be since."""
    person = walker(2, HIDER_X, 6)
    person.track.miss()
    for shown in SHOWN[SEEN : SEEN + 12]:
        hider.track.see(shown, standing(HIDER_X, 185))
        forecasts = {one: one.forecast(shown.stamp_ns) for one in (hider, person)}
        stay_behind(person, forecasts, 0.0, shown.stamp_ns)
    return person


def test_who_does_not_come_out_is_expected_behind(lost, hider):
    stamp = SHOWN[SEEN + 12].stamp_ns
    assert lost.hider is hider
    assert lost.where(stamp).x == pytest.approx(HIDER_X, abs=5)


def test_who_is_behind_somebody_goes_on(hider):
    person = walker(2, HIDER_X, 6)
    person.track.miss()
    stamp = SHOWN[SEEN + 9].stamp_ns
    stay_behind(person, {one: one.forecast(stamp) for one in (hider, person)}, 0.9, stamp)
    assert person.where(stamp).x == pytest.approx(HIDER_X + 60, abs=12)


def test_nobody_is_behind_somebody_farther_away(hider):
    nearer = walker(2, HIDER_X, 6, y=225)
    nearer.track.miss()
    stamp = SHOWN[SEEN].stamp_ns
    stay_behind(nearer, {one: one.forecast(stamp) for one in (hider, nearer)}, 0.0, stamp)
    assert nearer.hider is None


def test_who_comes_out_on_the_other_side_has_the_same_number(lost, hider):
    shown = SHOWN[SEEN + 12]
    for x, kept in ((HIDER_X - 40, [1, 2]), (HIDER_X, [1])):
        seen = {hider: standing(HIDER_X, 185), lost: standing(x, 185)}
        keep_own(shown, seen, [hider, lost])
        assert [person.number for person in seen] == kept


def test_what_is_left_of_two_bodies_is_nobody(lost):
    stamp = SHOWN[SEEN + 12].stamp_ns
    upright = standing(HIDER_X - 40, 185)
    fallen = replace(upright, pixels=upright.pixels * np.float32([1, -1]) + np.float32([0, 370]))
    unsure = replace(upright, confidence=np.full(33, 0.4, np.float32))
    assert is_out(upright, lost, stamp)
    for other in (fallen, unsure, standing(HIDER_X - 40, 210), standing(HIDER_X - 40, 185, 1.3)):
        assert not is_out(other, lost, stamp)

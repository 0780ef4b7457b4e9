"""Who a body is, by how it looks."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.look import LEAST_SPREAD, Look
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.who import exchanged, is_somebody_else, returned


def features(shirt: float) -> np.ndarray:
    """Of somebody whose shirt is so many standard deviations off."""
    return LEAST_SPREAD * np.r_[np.full(3, shirt), np.zeros(16)]


def person(number: int, shirt: float) -> Person:
    somebody = Person(number, PersonTrack())
    for _ in range(5):
        somebody.look.learn(features(shirt))
    return somebody


@pytest.mark.parametrize(
    ("others", "seen", "is_other"),
    [(2.6, 0.0, False), (2.6, 2.6, True), (0.0, 2.6, False), (0.0, 9.0, True)],
    ids=["the same", "who is known", "in another light", "a stranger"],
)
def test_a_body_is_somebody_elses(others, seen, is_other):
    own, other = person(1, 0.0), person(2, others)
    told = [is_somebody_else(Look.of(features(seen)), own, [other]) for _ in range(30)]
    assert told[-1] == is_other and not told[0]


@pytest.mark.parametrize(
    ("x", "after_s", "is_known"),
    [(320, 0.3, True), (320, 1.5, False), (380, 0.3, False)],
    ids=["there at once", "there later", "elsewhere"],
)
def test_who_is_seen_where_somebody_was_lost_is_that_person(x, after_s, is_known):
    lost = person(1, 0.0)
    lost.track.see(frame(np.zeros((360, 640, 3), np.uint8), 0), standing(300, 185))
    lost.track.miss()
    stamp = lost.seen_ns + round(after_s * 1e9)
    who = returned([standing(x, 185)], [Look.of(features(9.0))], [lost], stamp, scene_ns=0)
    assert who == [lost if is_known else None]


def test_who_is_seen_but_hardly_since_keeps_the_body():
    one, other = person(1, 0.0), person(2, 9.0)
    for somebody in (one, other):
        somebody.track.see(frame(np.zeros((360, 640, 3), np.uint8), 0), standing(300, 185))
    for _ in range(6):
        one.recent.learn(features(9.0))
    assert exchanged([one, other]) == {}, "the other may still be who it was"
    for _ in range(6):
        other.recent.learn(features(0.0))
    assert exchanged([one, other]) == {one: other, other: one}
    one.recent = Look()
    for _ in range(6):
        one.recent.learn(np.where(np.arange(19) < 3, features(9.0), np.nan))
    other.track.miss()
    assert exchanged([one, other]) == {}, "a shirt alone tells too little"

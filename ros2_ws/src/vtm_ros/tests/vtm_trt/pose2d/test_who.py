"""Who a body is, by how it looks."""

import numpy as np
import pytest

from vtm_trt.pose2d.look import LEAST_SPREAD, Look
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.who import is_somebody_else


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

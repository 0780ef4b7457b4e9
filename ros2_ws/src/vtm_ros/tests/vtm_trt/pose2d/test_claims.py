"""Whose body it is that is seen where two people should be."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.claims import keep_own
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack

STILL = [frame(np.full((360, 640, 3), 100, np.uint8), index) for index in range(20)]


def person(number: int, x: float) -> Person:
    somebody = Person(number, PersonTrack(), born_ns=STILL[0].stamp_ns)
    for shown in STILL[:-1]:
        somebody.track.see(shown, standing(x, 185))
    return somebody


def left(places: dict[Person, float]) -> list[int]:
    """Whose bodies are left of those that are seen at places on a line."""
    seen = {person: standing(x, 185) for person, x in places.items()}
    keep_own(STILL[-1], seen, list(places))
    return [person.number for person in seen]


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [(300, 318, [1, 2]), (302, 304, [1]), (316, 318, [2]), (330, 420, [1, 2])],
    ids=["who embrace", "on the first one's body", "on the other one's", "apart"],
)
def test_two_on_one_body(one, other, kept):
    first, second = person(1, 300), person(2, 318 if other < 400 else 420)
    assert left({first: one, second: other}) == kept


def test_who_was_lost_gives_way():
    first, second = person(1, 300), person(2, 310)
    first.track.miss()
    assert left({first: 304, second: 306}) == [2]


def test_a_jump_to_another_body_is_none():
    first, second = person(1, 300), person(2, 380)
    assert left({first: 375, second: 380}) == [2]


@pytest.mark.parametrize(("x", "kept"), [(292, [1, 2]), (262, [2])], ids=["a step", "a leap"])
def test_beside_somebody_nobody_leaps(x, kept):
    first, second = person(1, 300), person(2, 350)
    assert left({first: x, second: 350}) == kept


def test_alone_one_may_leap():
    assert left({person(1, 300): 342}) == [1]

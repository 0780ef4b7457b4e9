"""Several people in real pictures."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.crossing import WIDTH, beside, crossing, cut_outs
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker

APART = (20, 520)


@pytest.fixture(scope="module")
def loaded() -> PeopleTracker:
    return PeopleTracker(2, "lite")


@pytest.fixture
def people(loaded) -> PeopleTracker:
    loaded.reset()
    return loaded


@pytest.fixture(scope="module")
def pair(balancing):
    return cut_outs(balancing[:40])


def places(people: PeopleTracker) -> dict[int, float]:
    """Where everybody is who is seen, by number: from 0 on the left to 1 on the right."""
    return {person.number: person.region.x / WIDTH for person in people.people.values() if person.is_seen}


def test_two_who_cross_keep_their_numbers(people, balancing):
    seen = []
    for shown in crossing(balancing[:40], 50):
        people.step(shown)
        seen.append(places(people))
    left, right = sorted(seen[0], key=seen[0].__getitem__)
    assert set().union(*seen) == {left, right}
    assert np.mean([len(now) for now in seen]) > 1.6, "one is behind the other for some frames"
    assert seen[-1][left] > 0.7 and seen[-1][right] < 0.3


def test_exchanged_bodies_are_put_right_by_their_looks(people, pair):
    for index in range(6):
        people.step(beside(pair[index], APART, index))
    one, other = people.people.values()
    before = places(people)
    one.track, other.track = other.track, one.track
    one.rivals, other.rivals = {other}, {one}
    for index in range(6, 14):
        people.step(beside(pair[index], APART, index))
    assert places(people) == pytest.approx(before, abs=0.05)


@pytest.mark.parametrize(("away_s", "back"), [(0.3, APART[1]), (3.0, 400)], ids=["near", "elsewhere, by the looks"])
def test_who_returns_has_the_same_number(people, pair, away_s, back):
    for index in range(12):
        people.step(beside(pair[index], APART, index))
    before = places(people)
    away = round(away_s * 30)
    for index in (12, 12 + away // 2, 12 + away):
        people.step(beside(pair[12], (APART[0], None), index))
    assert len(places(people)) == 1 and len(people.people) == 1 + (away_s < 0.5)
    for index in range(13, 24):
        people.step(beside(pair[5], (APART[0], back), index + away))
    assert set(places(people)) == set(before)


def test_somebody_else_has_a_new_number(people, pair):
    """The same man on the left leaves for good, and one in other clothes comes there."""
    for index in range(12):
        people.step(beside(pair[index], (APART[0], None), index))
    (first,) = people.people
    for index in range(60, 63):
        people.step(frame(np.full_like(beside(pair[0], APART, 0).image, 120), index))
    for index in range(63, 66):
        people.step(beside(pair[index - 50], (None, APART[0]), index))
    assert set(people.people) == {first + 1}


def test_alone_a_person_is_seen_as_by_the_tracker_of_one(balancing):
    """Where it is found in the whole picture, as there."""
    people, alone = PeopleTracker(2, "lite", tiles=1), PoseTracker("lite")
    for index, image in enumerate(balancing[:12]):
        (person,) = people.step(frame(image, index))
        expected = alone.step(frame(image, index))
        np.testing.assert_array_equal(person.track.observation.keypoints, expected.keypoints)
        np.testing.assert_array_equal(person.track.observation.confidence, expected.confidence)


def test_who_is_left_out_is_not_looked_at_and_stays(people, pair):
    for index in range(3):
        people.step(beside(pair[index], APART, index))
    one, other = people.people.values()
    stamp = other.seen_ns
    assert [person.number for person in people.step(beside(pair[3], APART, 3), [other.number])] == [one.number]
    assert other.seen_ns == stamp and len(people.step(beside(pair[4], APART, 4))) == 2


def test_who_may_be_nobody_gives_way_to_somebody_else(pair):
    people = PeopleTracker(1, "lite")
    people.step(beside(pair[0], (APART[0], None), 0))
    (number,) = people.people
    for index in range(1, 25):
        people.step(beside(pair[index], (None, APART[1]), index))
        for held in people.people:
            people.believe(held, held != number)
    assert places(people) and number not in people.people


def test_no_picture_makes_it_fail(people, balancing):
    random = np.random.default_rng(0)
    for index, shape in enumerate([(0, 10), (2, 2), (1, 3000), (120, 90), (120, 90), (40000, 2)]):
        people.step(frame(random.integers(0, 256, (*shape, 3), np.uint8), index))
    assert people.step(frame(balancing[0], 9))

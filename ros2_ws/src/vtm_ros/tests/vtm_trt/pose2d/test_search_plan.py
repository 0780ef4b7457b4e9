"""When and where people are searched for."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from tests.vtm_trt.pose2d.test_moving import picture
from vtm_trt.pose2d.detector import whole
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.search_plan import AROUND, HINT_EVERY, IN_VAIN, LATELY_NS, SEARCH_EVERY, SearchPlan, tiles

STILL = [picture(300)] * 200


def plan_of(images, people, lost=(), is_wanted=True):
    """In which frames after the first it searches, and which part; nobody is found."""
    plan, found = SearchPlan(2), {}
    for index, image in enumerate(images):
        parts = plan(frame(image, index), people, lost, is_wanted)
        if parts:
            plan.found(False)
        if parts and index:
            (found[index],) = parts
    return found


@pytest.fixture
def person() -> Person:
    somebody = Person(1, PersonTrack())
    somebody.track.see(frame(picture(100)), standing(100, 185))
    return somebody


def test_every_part_comes_in_turn(person):
    found = plan_of(STILL[: 6 * SEARCH_EVERY + 1], [person])
    assert list(found) == [times * SEARCH_EVERY for times in range(1, 7)]
    squares = [part.square for part in found.values()]
    assert squares[:3] == squares[3:] and len(set(squares)) == 3
    assert list(plan_of(STILL[:9], [])) == list(range(1, 9)), "in every frame while nobody is seen"


def test_the_first_frame_is_searched_in_all_parts_and_finer_ones(person):
    plan, first = SearchPlan(2), frame(STILL[0])
    height, width = first.image.shape[:2]
    squares = [part.square for part in plan(first, [], [], is_wanted=True)]
    assert squares == [whole(first), *tiles(width, height, 2), *tiles(width, height, 3)]
    assert plan(frame(STILL[1], 1), [person], [], is_wanted=True) == []
    plan.begin()
    assert [part.square for part in plan(frame(STILL[2], 2), [person], [], is_wanted=True)] == squares
    assert [part.square for part in SearchPlan(1)(first, [], [], is_wanted=True)] == [whole(first)]


def test_nobody_is_searched_for_where_all_are_known(person):
    assert plan_of(STILL[:9], [person], is_wanted=False) == {}


def test_what_moves_is_looked_at_soon_and_for_some_time(person):
    walking = [picture(200 + 3 * index) for index in range(60)]
    found = plan_of(walking, [person])
    hints = [index for index, part in found.items() if part.region]
    pauses = np.diff(hints)
    assert hints[0] <= 2 * HINT_EVERY and (pauses[0], pauses[-1]) == (2 * HINT_EVERY, 2 * SEARCH_EVERY)
    assert list(pauses) == sorted(pauses) and hints[-1] > 2 * IN_VAIN
    for index in hints:
        assert abs(found[index].region.x - 200 - 3 * index) < 25


def test_who_is_lost_is_searched_around_the_place(person):
    person.track.miss()
    found = plan_of(STILL[:20], [person], [person], is_wanted=False)
    around = [part for part in found.values() if part.square.side == AROUND * person.side]
    assert around and all(part.region is None for part in around)


def test_who_was_just_lost_is_searched_for_often_in_any_case(person):
    seen = Person(2, PersonTrack())
    seen.track.see(frame(picture(100)), standing(400, 185))
    person.track.miss()
    plan, found = SearchPlan(2), []
    for _ in range(2 * IN_VAIN):
        plan.found(False)
    for index, image in enumerate(STILL[:60]):
        if plan(frame(image, index), [seen], [person], is_wanted=False):
            found.append(index)
    lately = LATELY_NS * 30e-9
    pauses = np.diff([index for index in found if index > 3])
    soon = [index + HINT_EVERY <= lately for index in found if index > 3][:-1]
    assert set(pauses[soon]) == {HINT_EVERY} and pauses[-1] == SEARCH_EVERY


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1920, 1080), (640, 640), (300, 1000)])
def test_tiles_cover_the_image(size, count):
    squares = tiles(*size, count)
    covered = np.zeros(size, bool)
    for square in squares:
        low = np.maximum(np.array([square.x, square.y]) - square.side / 2, 0).round().astype(int)
        high = np.array([square.x, square.y]) + square.side / 2
        covered[low[0] : round(high[0]), low[1] : round(high[1])] = True
    assert covered.all() if count > 1 else not squares

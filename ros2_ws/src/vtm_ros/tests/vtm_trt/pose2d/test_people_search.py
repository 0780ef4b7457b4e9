"""Finds beside those who are followed."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.people_search import PeopleSearch, stands_apart
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.search_plan import Part

ALL, LEFT, RIGHT = (Part(Roi(x, 180.0, side, 0.0)) for x, side in ((320.0, 640.0), (200.0, 300.0), (440.0, 300.0)))


class Places:
    """A detector that finds what it is told."""

    def __init__(self, found):
        self.found = found

    def everybody(self, _, within):
        return [Roi(x, 185.0, 250.0, 0.0) for x in self.found[within]]


def stand_there(_, regions):
    """Landmark networks that see somebody in every region."""
    return [standing(region.x, region.y, region.side / 250) for region in regions]


@pytest.fixture(scope="module")
def search() -> PeopleSearch:
    return PeopleSearch(stand_there, "auto", 1, Crops())


def middles(search, parts, followed=()):
    picture = frame(np.zeros((360, 640, 3), np.uint8))
    bodies, confirmed = search(picture, parts, followed, 5)
    return [round(float(body.alignment[0, 0])) for body in bodies], confirmed


def test_a_place_that_several_parts_show_comes_first_as_the_finest_shows_it(search):
    """Where two stand side by side a part that is too large may show one between them."""
    search._detector = Places({ALL.square: [330, 301], LEFT.square: [300], RIGHT.square: [400]})
    assert middles(search, [ALL, LEFT, RIGHT])[0] == [300, 400, 330]


def test_who_is_followed_is_confirmed_and_not_found_again(search):
    followed = Person(1, PersonTrack())
    followed.track.see(frame(np.zeros((360, 640, 3), np.uint8), 0), standing(200, 185))
    search._detector = Places({ALL.square: [201], LEFT.square: [200], RIGHT.square: [400]})
    assert middles(search, [ALL, LEFT, RIGHT], [followed]) == ([400], {followed})


@pytest.mark.parametrize(("x", "is_apart"), [(300, False), (308, False), (330, True), (500, True)])
def test_who_stands_before_somebody_is_nobody_new(x, is_apart):
    followed = Person(1, PersonTrack())
    followed.track.see(frame(np.zeros((360, 640, 3), np.uint8), 0), standing(300, 185))
    assert stands_apart(standing(x, 185), [followed]) == is_apart

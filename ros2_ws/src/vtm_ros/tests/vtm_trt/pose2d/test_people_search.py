"""Finds beside those who are followed."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.people_search import stands_apart
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack


@pytest.mark.parametrize(("x", "is_apart"), [(300, False), (308, False), (330, True), (500, True)])
def test_who_stands_before_somebody_is_nobody_new(x, is_apart):
    followed = Person(1, PersonTrack())
    followed.track.see(frame(np.zeros((360, 640, 3), np.uint8), 0), standing(300, 185))
    assert stands_apart(standing(x, 185), [followed]) == is_apart

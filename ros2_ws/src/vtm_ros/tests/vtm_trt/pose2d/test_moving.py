"""What moves in pictures."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.moving import Moving


def picture(x: int, height: int = 360) -> np.ndarray:
    """Something of a person's size, its middle at x."""
    image = np.full((height, 640, 3), 100, np.uint8)
    image[100:270, x - 15 : x + 15] = 200
    return image


@pytest.fixture
def moving() -> Moving:
    return Moving()


def test_who_walks_is_where_the_picture_changes(moving):
    assert moving(frame(picture(300), 0), []) == []
    (place,) = moving(frame(picture(306), 6), [])
    assert abs(place.x - 303) < 12 and abs(place.y - 185) < 12
    assert 1.2 < place.side / 170 < 1.6


def test_what_is_explained_or_still_is_not_searched(moving):
    moving(frame(picture(300), 0), [])
    assert moving(frame(picture(306), 6), [standing(303, 185).pixels]) == []
    moving.reset()
    moving(frame(picture(300), 7), [])
    assert moving(frame(picture(300), 13), []) == []


def test_a_picture_that_changes_everywhere_tells_nothing(moving):
    random = np.random.default_rng(0)
    for index in range(2):
        assert moving(frame(random.integers(0, 256, (360, 640, 3), np.uint8), 6 * index), []) == []


def test_pictures_of_another_size_are_not_compared(moving):
    moving(frame(picture(300), 0), [])
    assert moving(frame(picture(306, 480), 6), []) == []

"""One person alone in a picture of two."""

import numpy as np

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.painting import alone, draw
from vtm_trt.pose2d.roi import Roi

PERSON = standing(200, 120)
REGION = Roi.around(PERSON.alignment)


def pixels(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = points[11:].round().astype(int).T
    return image[y, x]


def shown_on(wall: np.ndarray, *bodies: np.ndarray) -> np.ndarray:
    """A picture of white bodies before a wall."""
    for body in bodies:
        draw(wall, body, 1.2, 255)
    return wall


def test_the_other_is_painted_over_and_the_person_is_not():
    other = standing(265, 125)
    wall = np.tile(np.linspace(20, 120, 400).astype(np.uint8)[None, :, None], (240, 1, 3))
    shown = frame(np.dstack([shown_on(channel.copy(), other.pixels) for channel in wall.transpose(2, 0, 1)]))
    before = shown.image.copy()
    painted = alone(shown, REGION, PERSON.pixels, [other.pixels]).image
    np.testing.assert_array_equal(pixels(painted, PERSON.pixels), pixels(before, PERSON.pixels))
    assert (pixels(before, other.pixels) == 255).all()
    assert np.abs(pixels(painted, other.pixels).astype(int) - pixels(wall, other.pixels)).max() < 20, (
        "as the wall there"
    )
    np.testing.assert_array_equal(painted[:, :100], before[:, :100])
    np.testing.assert_array_equal(shown.image, before)


def test_who_is_in_front_is_painted_over_the_person():
    shown = frame(np.random.default_rng(0).integers(0, 256, (240, 400, 3), np.uint8))
    near = standing(205, 120)
    behind = alone(shown, REGION, PERSON.pixels, [near.pixels]).image
    in_front = alone(shown, REGION, PERSON.pixels, [], [near.pixels]).image
    hips = PERSON.pixels[[23, 24]].round().astype(int)
    for x, y in hips:
        np.testing.assert_array_equal(behind[y, x], shown.image[y, x])
        assert (in_front[y, x] != shown.image[y, x]).any()


def test_a_picture_without_others_is_the_same():
    shown = frame(np.zeros((240, 400, 3), np.uint8))
    outside = Roi(-900, 0, 100, 0)
    for region, others in ((REGION, []), (REGION, [standing(2000, 100).pixels]), (outside, [PERSON.pixels])):
        assert alone(shown, region, PERSON.pixels, others) is shown

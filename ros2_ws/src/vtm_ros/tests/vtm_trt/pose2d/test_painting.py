"""One person alone in a picture of two."""

import numpy as np

from tests.vtm_trt.pose2d.conftest import frame
from tests.vtm_trt.pose2d.stick import standing
from vtm_trt.pose2d.painting import alone
from vtm_trt.pose2d.roi import Roi

PERSON = standing(200, 120)
REGION = Roi.around(PERSON.alignment)


def pixels(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = points[11:].round().astype(int).T
    return image[y, x]


def test_the_other_is_painted_over_and_the_person_is_not():
    shown = frame(np.random.default_rng(0).integers(0, 256, (240, 400, 3), np.uint8))
    before, other = shown.image.copy(), standing(265, 125)
    painted = alone(shown, REGION, PERSON.pixels, [other.pixels]).image
    np.testing.assert_array_equal(pixels(painted, PERSON.pixels), pixels(before, PERSON.pixels))
    assert len(np.unique(pixels(painted, other.pixels), axis=0)) == 1
    np.testing.assert_array_equal(painted[:, :100], before[:, :100])
    np.testing.assert_array_equal(shown.image, before)


def test_a_picture_without_others_is_the_same():
    shown = frame(np.zeros((240, 400, 3), np.uint8))
    outside = Roi(-900, 0, 100, 0)
    for region, others in ((REGION, []), (REGION, [standing(2000, 100).pixels]), (outside, [PERSON.pixels])):
        assert alone(shown, region, PERSON.pixels, others) is shown

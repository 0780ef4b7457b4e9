"""What a real man looks like, and what he would look like in other clothes."""

import numpy as np
import pytest

from tests.vtm_trt.pose2d.conftest import frame
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.landmarks import LandmarkNetwork
from vtm_trt.pose2d.look import Look, features


@pytest.fixture(scope="module")
def bodies(balancing):
    network, detector = LandmarkNetwork("lite"), PersonDetector()
    frames = [frame(image, index) for index, image in enumerate(balancing[:80:10])]
    return [(shown.image, network(shown, detector(shown))) for shown in frames]


def look(bodies, change=lambda image: image) -> Look:
    learned = Look()
    for image, body in bodies:
        learned.learn(features(change(image), body))
    return learned


def test_he_looks_like_himself_and_not_like_somebody_in_other_colours(bodies):
    him = look(bodies[::2])
    again, dimmer = look(bodies[1::2]), look(bodies[1::2], lambda image: (image * 0.85).astype(np.uint8))
    other = look(bodies[1::2], lambda image: image[..., ::-1])
    assert him.distance(again) < 1 and him.distance(dimmer) < 1.5
    assert him.distance(other) > max(2 * him.distance(again), 1.6)


def test_what_is_not_seen_tells_nothing(bodies):
    image, body = bodies[0]
    outside = features(np.zeros((4, 4, 3), np.uint8), body)
    assert np.isnan(outside[:12]).all()
    unknown = Look()
    assert unknown.distance(look(bodies)) == 1.0
    unknown.learn(np.full(19, np.nan))
    assert unknown.views == 1 and unknown.distance(look(bodies)) == 1.0

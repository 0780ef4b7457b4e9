import numpy as np
import pytest

from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES, MIRROR_KEYPOINTS
from vtm_trt.pose2d.canonical import BLAZEPOSE, canonical, fade_outside


@pytest.fixture
def person():
    random = np.random.default_rng(1)
    return random.random((33, 2), dtype=np.float32) * 1000, random.random(33, dtype=np.float32)


def test_every_keypoint_comes_from_a_landmark_or_a_middle():
    assert set(BLAZEPOSE) | {"mid_hip", "neck"} == set(KEYPOINT_NAMES)
    assert len(set(BLAZEPOSE.values())) == len(BLAZEPOSE)


def test_landmarks_are_copied_and_middles_are_means(person):
    pixels, confidence = person
    keypoints, certain = canonical(pixels, confidence)
    for name, landmark in BLAZEPOSE.items():
        np.testing.assert_array_equal(keypoints[KEYPOINT_INDEX[name]], pixels[landmark])
        assert certain[KEYPOINT_INDEX[name]] == confidence[landmark]
    np.testing.assert_allclose(keypoints[KEYPOINT_INDEX["neck"]], pixels[[11, 12]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(keypoints[KEYPOINT_INDEX["mid_hip"]], pixels[[23, 24]].mean(0), rtol=1e-6)
    assert certain[KEYPOINT_INDEX["neck"]] == confidence[[11, 12]].min()
    assert certain[KEYPOINT_INDEX["mid_hip"]] == confidence[[23, 24]].min()


def test_left_and_right_landmarks_give_left_and_right_keypoints():
    """BlazePose's left landmarks have odd numbers from 7 on, its right ones the next even number."""
    for name, landmark in BLAZEPOSE.items():
        if name.startswith("left") and landmark >= 7:
            mirrored = KEYPOINT_NAMES[MIRROR_KEYPOINTS[KEYPOINT_INDEX[name]]]
            assert landmark % 2 == 1
            assert BLAZEPOSE[mirrored] == landmark + 1


@pytest.mark.parametrize(
    ("pixel", "share"),
    [
        ((0, 0), 1),
        ((639, 479), 1),
        ((-5, 100), 0.5),
        ((644, 100), 0.5),
        ((100, 484), 0.5),
        ((-5, -9), 0.1),
        ((900, 9), 0),
    ],
)
def test_confidence_fades_outside_the_image(pixel, share):
    faded = fade_outside(np.array([0.8]), np.array([pixel], np.float32), 640, 480, 10.0)
    assert faded.dtype == np.float32
    np.testing.assert_allclose(faded, [0.8 * share], atol=1e-6)

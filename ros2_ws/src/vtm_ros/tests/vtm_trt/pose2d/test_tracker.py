import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vtm_trt.pose2d.conftest import frame
from vtm.body.keypoints import KEYPOINT_INDEX, MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.body.pose_features import POSE_CHANNELS
from vtm.errors import VtmError
from vtm_trt.pose2d.canonical import BLAZEPOSE
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.roi import SteadyPoints
from vtm_trt.pose2d.tracker import PATIENCE, PoseTracker

LEFT_HIP, RIGHT_HIP, NOSE, LEFT_ANKLE = (KEYPOINT_INDEX[n] for n in ("left_hip", "right_hip", "nose", "left_ankle"))


def check(observation, image):
    assert observation.keypoints.shape == (NUM_KEYPOINTS, 2)
    assert observation.confidence.shape == (NUM_KEYPOINTS,)
    assert observation.keypoints.dtype == observation.confidence.dtype == np.float32
    assert np.isfinite(observation.keypoints).all()
    assert (observation.confidence >= 0).all()
    assert (observation.confidence <= 1).all()
    height, width = image.shape[:2]
    far = (np.abs(observation.keypoints - (width / 2, height / 2)) > (width, height)).any(-1)
    assert (observation.confidence[far] == 0).all()


def test_follows_a_person(tracker, balancing):
    seen = [tracker.step(frame(image, index)) for index, image in enumerate(balancing[:30])]
    for observation, image in zip(seen, balancing, strict=False):
        check(observation, image)
    path = np.array([observation.keypoints for observation in seen])
    assert np.linalg.norm(np.diff(path[:, LEFT_HIP], axis=0), axis=-1).max() < 40
    assert (path[:, NOSE, 1] < path[:, LEFT_HIP, 1]).all()
    assert (path[:, LEFT_HIP, 1] < path[:, LEFT_ANKLE, 1]).all()
    assert np.mean([observation.confidence for observation in seen]) > 0.6


def test_stamp_and_intrinsics_pass_unchanged(tracker, balancing):
    given_frame = frame(balancing[0], 7)
    observation = tracker.step(given_frame)
    assert observation.stamp_ns == given_frame.stamp_ns
    assert observation.intrinsics is given_frame.intrinsics


def test_left_is_left(tracker, balancing):
    """He is seen from behind: his left hip is on the left of the picture; in a mirror it is on the right."""
    seen = tracker.step(frame(balancing[0]))
    assert seen.keypoints[LEFT_HIP, 0] < seen.keypoints[RIGHT_HIP, 0]
    tracker.reset()
    mirrored = tracker.step(frame(balancing[0][:, ::-1]))
    expected = seen.keypoints[list(MIRROR_KEYPOINTS)] * [-1, 1] + [balancing[0].shape[1] - 1, 0]
    assert np.median(np.linalg.norm(mirrored.keypoints - expected, axis=-1)) < 25


def test_who_looks_twice_sees_the_same_in_a_mirror(balancing):
    """But for the rounding of the crops; seen once, a landmark is up to 25 pixels elsewhere."""
    looks_twice = PoseTracker("lite", twice=True)
    seen = looks_twice.step(frame(balancing[0]))
    looks_twice.reset()
    mirrored = looks_twice.step(frame(balancing[0][:, ::-1]))
    expected = seen.keypoints[list(MIRROR_KEYPOINTS)] * [-1, 1] + [balancing[0].shape[1] - 1, 0]
    assert np.linalg.norm(mirrored.keypoints - expected, axis=-1).max() < 8
    np.testing.assert_allclose(mirrored.confidence, seen.confidence[list(MIRROR_KEYPOINTS)], atol=0.05)


def test_world_landmarks_are_a_person_in_metres(tracker, balancing):
    assert tracker.world_landmarks is None
    tracker.step(frame(balancing[0]))
    world = tracker.world_landmarks
    assert world.shape == (33, 3)
    assert np.abs(world[[23, 24]].mean(0)).max() < 0.02
    assert 1.2 < world[[27, 28], 1].mean() - world[0, 1] < 2.0


def test_image_features_are_the_world_landmarks(tracker, balancing):
    tracker.reset()
    seen = tracker.step(frame(balancing[0]))
    assert seen.image.shape == (POSE_CHANNELS,) and seen.image.dtype == np.float32 and seen.image[-1] == 1
    points, world = seen.image[:-1].reshape(-1, 3), tracker.world_landmarks
    for name in ("nose", "left_wrist", "right_knee"):
        ours, own = points[KEYPOINT_INDEX[name]], world[BLAZEPOSE[name]] - world[[23, 24]].mean(0)
        assert ours @ own / np.linalg.norm(ours) / np.linalg.norm(own) == pytest.approx(1, abs=1e-4)


def test_world_landmarks_end_with_the_person(tracker, balancing):
    tracker.reset()
    tracker.step(frame(balancing[0]))
    tracker.step(frame(np.zeros_like(balancing[0]), 1))
    assert tracker.world_landmarks is None


def test_person_lies_where_the_picture_is_turned(tracker, balancing):
    upright = tracker.step(frame(balancing[0]))
    tracker.reset()
    lying = tracker.step(frame(np.rot90(balancing[0])))
    expected = np.stack([upright.keypoints[:, 1], balancing[0].shape[1] - 1 - upright.keypoints[:, 0]], -1)
    assert np.median(np.linalg.norm(lying.keypoints - expected, axis=-1)) < 40


def test_person_leaves_and_returns(tracker, balancing):
    empty = np.full_like(balancing[0], 90)
    assert tracker.step(frame(empty, 0)) is None
    assert not tracker.tracking
    before = tracker.step(frame(balancing[0], 1))
    assert tracker.tracking
    assert tracker.step(frame(empty, 2)) is None
    assert not tracker.tracking
    after = tracker.step(frame(balancing[0], 3))
    np.testing.assert_allclose(after.keypoints, before.keypoints, atol=1e-3)


@pytest.mark.parametrize(("moved", "searches"), [(0, 1), (700, 2)])
def test_who_is_too_small_in_the_whole_picture_is_found_in_a_part_of_it(tracker, outdoors, moved, searches):
    """A man of a third of its height, in the tile on the left or, with the picture moved on, in that on the right."""
    image = np.ascontiguousarray(np.roll(outdoors[20], moved, axis=1))
    assert PersonDetector()(frame(image)) is None
    seen = [tracker.step(frame(image, index)) for index in range(searches)]
    assert seen[:-1] == [None] * (searches - 1)
    sure = seen[-1].confidence > 0.5
    assert sure.sum() > 15
    low, high = seen[-1].keypoints[sure].min(0), seen[-1].keypoints[sure].max(0)
    assert abs((low + high)[0] / 2 - 640 - moved) < 30 and 0.3 < (high - low)[1] / image.shape[0] < 0.45


def test_parts_are_searched_only_when_who_was_there_is_gone_for_long(tracker, balancing, monkeypatch):
    searched: list[int] = []
    find = tracker._search
    monkeypatch.setattr(tracker, "_search", lambda image, *within: searched.append(len(within)) or find(image, *within))
    grey = np.full_like(balancing[0], 90)
    for index, image in enumerate([grey, balancing[0], *[grey] * (PATIENCE + 1)]):
        tracker.step(frame(image, index))
    assert searched == [0, 1, 0, *[0] * PATIENCE, 0, 1]


def test_person_who_jumps_across_the_picture_is_found_in_the_same_frame(tracker, balancing):
    small = np.ascontiguousarray(balancing[0][::3, ::3])
    left, right = np.zeros((640, 800, 3), np.uint8), np.zeros((640, 800, 3), np.uint8)
    left[:, : small.shape[1]], right[:, -small.shape[1] :] = small, small
    first = tracker.step(frame(left, 0))
    second = tracker.step(frame(right, 1))
    shift = np.median(second.keypoints - first.keypoints, axis=0)
    np.testing.assert_allclose(shift, (800 - small.shape[1], 0), atol=10)


def test_size_that_changes_starts_anew(tracker, balancing):
    tracker.step(frame(balancing[0], 0))
    half = np.ascontiguousarray(balancing[0][::2, ::2])
    changed = tracker.step(frame(half, 1))
    tracker.reset()
    np.testing.assert_array_equal(changed.keypoints, tracker.step(frame(half, 2)).keypoints)


def test_who_is_followed_elsewhere_is_followed_on(tracker, balancing):
    other = PoseTracker("lite")
    for index, image in enumerate(balancing[:5]):
        tracker.step(frame(image, index))
    other.follow(SteadyPoints.of_memory(tracker.steady.memory, frame(balancing[4], 4).stamp_ns), balancing[0].shape)
    for index, image in enumerate(balancing[5:8], start=5):
        np.testing.assert_array_equal(
            other.step(frame(image, index)).keypoints, tracker.step(frame(image, index)).keypoints
        )
    other.follow(None, balancing[0].shape)
    assert not other.tracking


def test_keypoints_cut_off_by_the_border_are_uncertain(tracker, balancing):
    """Only what is above his knees is in the picture."""
    cut = np.ascontiguousarray(balancing[0][:1040])
    observation = tracker.step(frame(cut))
    feet = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("heel", "big_toe", "ankle")]
    assert observation.confidence[feet].max() < 0.1
    assert observation.confidence[LEFT_HIP] > 0.5


def test_grey_picture_of_a_person_is_enough(tracker, balancing):
    grey = np.repeat(balancing[0].mean(-1, keepdims=True).astype(np.uint8), 3, -1)
    assert tracker.step(frame(grey)) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_picture_makes_it_fail(tracker, balancing, data):
    """Noise, flat and tiny pictures, odd strides, and pieces of a person, one after the other."""
    for index in range(data.draw(st.integers(1, 3))):
        height, width = data.draw(st.integers(0, 300)), data.draw(st.integers(0, 300))
        random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        image = {
            "noise": lambda h=height, w=width, r=random: r.integers(0, 256, (h, w, 3), np.uint8),
            "flat": lambda h=height, w=width, r=random: np.full((h, w, 3), r.integers(256), np.uint8),
            "piece": lambda h=height, w=width: balancing[0][450 : 450 + 3 * h : 3, 400 : 400 + 3 * w : 3],
            "flipped": lambda h=height, w=width: balancing[0][450 : 450 + h, 400 : 400 + w][::-1, ::-1, ::-1],
        }[data.draw(st.sampled_from(["noise", "flat", "piece", "flipped"]))]()
        observation = tracker.step(frame(image, index))
        if observation is not None:
            check(observation, image)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (40000, 2), (0, 10), (10, 0), (2, 2)])
def test_odd_sizes(tracker, shape):
    assert tracker.step(frame(np.full((*shape, 3), 200, np.uint8))) is None


def test_unknown_network_names_the_choices():
    with pytest.raises(VtmError, match="lite, full, heavy"):
        PoseTracker("huge")


@pytest.mark.parametrize("variant", ["full", "heavy"])
def test_other_networks_see_the_same_person(tracker, balancing, variant):
    lite = tracker.step(frame(balancing[0]))
    other = PoseTracker(variant).step(frame(balancing[0]))
    assert np.median(np.linalg.norm(lite.keypoints - other.keypoints, axis=-1)) < 25


def test_describes_what_runs_it(tracker):
    assert "onnxruntime" in tracker.describe()

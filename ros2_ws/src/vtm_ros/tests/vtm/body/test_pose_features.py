import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.pose_features import POSE_CHANNELS, pose_features
from vtm.body.skeleton import VIRTUAL_OFFSETS
from vtm_trt.pose2d.canonical import BLAZEPOSE, canonical


def body() -> np.ndarray:
    """Rough keypoints (23, 3) of the rest pose: each on the joint of its name, or on the head or the ankle."""
    _, joints = forward_kinematics(np.broadcast_to(np.eye(3), (22, 3, 3)), VIRTUAL_OFFSETS, np.zeros(3))
    order = [15] * 5 + [16, 17, 18, 19, 20, 21, 1, 2, 4, 5, 7, 8, 7, 8, 10, 11]
    middles = [joints[[1, 2]].mean(0), joints[[16, 17]].mean(0)]
    return np.concatenate([joints[order], middles])


@given(st.floats(0.3, 3), st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_place_and_size_do_not_matter(scale, shift):
    assert np.allclose(pose_features(body() * scale + shift), pose_features(body()), atol=1e-6)


def test_virtual_skeleton_keeps_its_size():
    points = body()
    features = pose_features(points)
    assert features.shape == (POSE_CHANNELS,) == (70,)
    assert np.allclose(features[:69].reshape(23, 3), points - points[KEYPOINT_INDEX["mid_hip"]])
    assert features[69] == 1


def test_torch_says_the_same():
    points = np.stack([body(), body() * 2, np.full((NUM_KEYPOINTS, 3), np.nan)]).astype(np.float32)
    got = pose_features(torch.from_numpy(points))
    assert got.dtype == torch.float32
    assert np.allclose(got.numpy(), pose_features(points), atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_number_means_missing(value):
    points = np.stack([body(), body()])
    points[1, 4, 2] = value
    features = pose_features(points)
    assert (features[1] == 0).all() and features[0, -1] == 1


def test_no_extent_means_missing():
    assert (pose_features(np.zeros((NUM_KEYPOINTS, 3))) == 0).all()


def test_blazepose_landmarks_become_keypoints_in_space():
    landmarks = np.random.default_rng(0).normal(size=(33, 3)).astype(np.float32)
    points, _ = canonical(landmarks, np.ones(33, np.float32))
    assert points.shape == (23, 3)
    for name, landmark in BLAZEPOSE.items():
        assert np.array_equal(points[KEYPOINT_INDEX[name]], landmarks[landmark])
    assert np.allclose(points[KEYPOINT_INDEX["mid_hip"]], landmarks[[23, 24]].mean(0))

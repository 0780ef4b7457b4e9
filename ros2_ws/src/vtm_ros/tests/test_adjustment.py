from dataclasses import replace

import numpy as np
import pytest

from vtm.adjustment import Problem, Recording, adjust
from vtm.body.keypoint_sites import BASE, DEFINED_APART, FRAME, OFFSET
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import scaled_offsets

FRAMES = 12


def joints_of(local, ratio):
    offsets = np.broadcast_to(scaled_offsets(ratio), (len(local), 22, 3))
    return forward_kinematics(local, offsets, np.zeros((len(local), 3)))


@pytest.fixture
def exact() -> Recording:
    """A person who moves slowly, 3 m away, upright in the camera, seen without error."""
    rng = np.random.default_rng(3)
    turn = rng.normal(0, 0.15, (1, 22, 3)) + np.linspace(0, 1, FRAMES)[:, None, None] * rng.normal(0, 0.1, (22, 3))
    local = matrix_from_rotvec(turn)
    local[:, 0] = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]) @ local[:, 0]
    ratio, depth, definition = np.full(21, 1.05), np.linspace(3.0, 3.1, FRAMES), np.full(FRAMES, 0.5)
    rotations, joints = joints_of(local, ratio)
    share = 1 - DEFINED_APART * (1 - definition[:, None, None])
    points = joints[:, BASE] + (rotations[:, FRAME] @ (share * OFFSET)[..., None])[..., 0]
    rays = points[..., :2] / (points[..., 2:] + depth[:, None, None])
    return Recording(
        local=local, depth=depth, bone_ratio=ratio, rays=np.pad(rays, ((0, 0), (0, 2), (0, 0))),
        confidence=np.full((FRAMES, 23), 0.9), definition=definition, seconds=np.arange(FRAMES) / 30,
    )  # fmt: skip


def wrong(exact: Recording, seed: int) -> Recording:
    """The same as a network sees it: joints turned by 6 degrees, bones 4 % off, depth 5 %."""
    rng = np.random.default_rng(seed)
    turn = np.broadcast_to(rng.normal(0, 0.1, (1, 22, 3)), exact.local.shape[:-1])
    bones = exact.bone_ratio * np.exp(rng.normal(0, 0.04, 21))
    return replace(exact, local=exact.local @ matrix_from_rotvec(turn), depth=exact.depth * 1.05, bone_ratio=bones)


def test_the_gradient_is_that_of_the_sum(exact):
    rng = np.random.default_rng(0)
    seconds = np.cumsum(rng.uniform(0.02, 0.06, FRAMES)) + 0.5 * (np.arange(FRAMES) > 8)
    recording = replace(wrong(exact, 1), seconds=seconds, confidence=rng.uniform(0, 1, (FRAMES, 23)))
    problem = Problem(recording)
    at = rng.normal(0, 0.1, problem.size)
    _, gradient = problem(at)
    for index in rng.choice(problem.size, 150, replace=False):
        step = np.zeros(problem.size)
        step[index] = 1e-6
        slope = (problem(at + step)[0] - problem(at - step)[0]) / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_motion_comes_closer_to_the_true_one(exact, seed):
    given = wrong(exact, seed)
    local, depth, ratio = adjust(given)
    true = joints_of(exact.local, exact.bone_ratio)[1]
    before = np.linalg.norm(joints_of(given.local, given.bone_ratio)[1] - true, axis=-1).mean()
    after = np.linalg.norm(joints_of(local, ratio)[1] - true, axis=-1).mean()
    assert after < 0.8 * before


def test_a_true_motion_stays(exact):
    local, depth, ratio = adjust(exact)
    assert np.abs(joints_of(local, ratio)[1] - joints_of(exact.local, exact.bone_ratio)[1]).max() < 0.005
    assert depth == pytest.approx(exact.depth, rel=0.005)


def test_keypoints_that_no_body_can_follow_are_left_alone(exact):
    noise = np.random.default_rng(0).normal(0, 0.02, exact.rays.shape)
    assert adjust(replace(exact, rays=exact.rays + noise)) is None


def test_a_missing_keypoint_pulls_nothing(exact):
    rays, confidence = exact.rays.copy(), exact.confidence.copy()
    rays[4:, 9], confidence[4:, 9] = 5.0, 0.0
    local, _, ratio = adjust(replace(exact, rays=rays, confidence=confidence))
    assert np.abs(joints_of(local, ratio)[1] - joints_of(exact.local, exact.bone_ratio)[1]).max() < 0.005


@pytest.mark.parametrize("frames", [1, 2])
def test_short_recordings(exact, frames):
    short = Recording(
        **{name: value if name == "bone_ratio" else value[:frames] for name, value in vars(exact).items()}
    )
    assert adjust(short)[0].shape == (frames, 22, 3, 3)

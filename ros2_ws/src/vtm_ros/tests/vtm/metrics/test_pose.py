import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import rotations, seeds
from vtm.metrics.pose import angle_error, mpjae, mpjpe, pa_mpjpe, position_error, similarity_aligned


def points(seed: int, frames: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, 14, 3))


@given(seeds, rotations(5), st.floats(0.2, 5))
def test_pa_mpjpe_ignores_a_similarity(seed, turn, scale):
    moved = scale * points(seed) @ np.swapaxes(turn.as_matrix(), -1, -2) + [0.3, -2.0, 5.0]
    assert pa_mpjpe(points(seed), moved) < 1e-9
    assert mpjpe(points(seed), moved) > 1


@given(seeds, seeds)
def test_nothing_aligns_better(seed, other):
    """No small turn, shift or change of size makes the aligned points fit better."""
    aligned, target = similarity_aligned(points(seed), points(other)), points(other)
    rng = np.random.default_rng(seed)
    turn = Rotation.from_rotvec(rng.normal(0, 0.01, (5, 3))).as_matrix()
    centre = aligned.mean(1, keepdims=True)
    nudged = (aligned - centre) @ np.swapaxes(turn, -1, -2) * (1 + rng.normal(0, 0.01)) + centre
    nudged += rng.normal(0, 0.01, 3)
    assert (((nudged - target) ** 2).sum((1, 2)) >= ((aligned - target) ** 2).sum((1, 2)) - 1e-12).all()


def test_alignment_does_not_mirror():
    assert pa_mpjpe(points(0) * [-1, 1, 1], points(0)) > 0.1


def test_mpjpe_is_the_mean_distance():
    shift = np.zeros((2, 14, 3))
    shift[1, 7] = (0.3, 0, -0.4)
    assert mpjpe(points(0, 2) + shift, points(0, 2)) == pytest.approx(0.5 / 28)
    assert position_error(points(0, 2) + shift, points(0, 2))[1, 7] == pytest.approx(0.5)


@given(rotations(8), seeds, st.floats(0, 180))
def test_a_turn_counts_exactly_its_angle(start, seed, degrees):
    axis = np.random.default_rng(seed).normal(size=3)
    turn = Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis))
    error = angle_error((turn * start).as_matrix(), start.as_matrix())
    np.testing.assert_allclose(error, degrees, atol=1e-5)


def test_mpjae_is_the_mean_angle():
    turn = Rotation.from_rotvec([[0, 0, 0], [0, 30, 0]], degrees=True).as_matrix()
    assert mpjae(np.broadcast_to(np.eye(3), (2, 3, 3)), turn) == pytest.approx(15)


@given(seeds, seeds)
def test_torch_agrees(seed, other):
    a, b = points(seed), points(other)
    for metric in (mpjpe, pa_mpjpe):
        assert float(metric(torch.from_numpy(a), torch.from_numpy(b))) == pytest.approx(float(metric(a, b)), abs=1e-9)
    one, two = (Rotation.random(6, random_state=s).as_matrix() for s in (seed, other))
    assert float(mpjae(torch.from_numpy(one), torch.from_numpy(two))) == pytest.approx(float(mpjae(one, two)))

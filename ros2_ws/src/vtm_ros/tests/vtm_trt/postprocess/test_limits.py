"""Joint angles between the network and a robot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vtm_trt.postprocess.limits import LONGEST_STEP_S, JointLimits, step_towards

START_NS = 1_700_000_000_000_000_000


def followed(targets: np.ndarray, steps_s: np.ndarray, velocity: float, acceleration: float) -> np.ndarray:
    limits, stamp, taken = JointLimits(), START_NS, []
    for target, seconds in zip(targets, steps_s, strict=True):
        stamp += round(seconds * 1e9)
        taken.append(limits(stamp, target, velocity, acceleration))
    return np.array(taken)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    velocity=st.sampled_from([0.0, 0.5, 3.0, 20.0]),
    acceleration=st.sampled_from([5.0, 40.0, 300.0]),
    jump=st.floats(0, 3),
)
def test_speed_and_acceleration_stay_below_their_limits_whatever_comes(seed, velocity, acceleration, jump):
    random = np.random.default_rng(seed)
    targets = np.cumsum(random.normal(0, 0.1, (60, 5)) + jump * (random.random((60, 5)) < 0.05), axis=0)
    steps = random.choice([1 / 30, 1 / 60, 1 / 15], 60)
    speeds = np.diff(followed(targets, steps, velocity, acceleration), axis=0) / steps[1:, None]
    assert np.abs(speeds).max() <= (velocity or np.inf) * (1 + 1e-4)  # stamps are whole nanoseconds
    between = (steps[1:-1] + steps[2:])[:, None] / 2  # mean speeds belong to the middle of their steps
    assert np.abs(np.diff(speeds, axis=0) / between).max() <= acceleration * (1 + 1e-4)


@given(st.floats(-3, 3), st.sampled_from([1.0, 6.0]), st.sampled_from([10.0, 100.0]))
@settings(deadline=None, max_examples=30)
def test_a_step_is_reached_without_overshoot(size, velocity, acceleration):
    targets = np.vstack([[0.0], np.full((200, 1), size)])
    taken = followed(targets, np.full(201, 1 / 30), velocity, acceleration)
    assert np.abs(taken).max() <= abs(size) + 1e-9
    assert taken[-1, 0] == pytest.approx(size, abs=1e-6)


def test_what_is_slow_enough_is_followed_with_the_lag_that_is_stated():
    seconds = np.arange(120) / 30
    targets = np.sin(2 * np.pi * 0.3 * seconds)[:, None]
    taken = followed(targets, np.full(120, 1 / 30), 10.0, 50.0)
    fastest = 2 * np.pi * 0.3
    assert np.abs(taken - targets)[5:].max() < fastest**2 / (2 * 50.0) + fastest / 30


def test_whole_turns_are_no_motion():
    taken = followed(np.array([[12.5], [12.55], [12.6 - 4 * np.pi], [12.6 - 4 * np.pi]]), np.full(4, 0.1), 5.0, 100.0)
    assert taken[2, 0] == pytest.approx(12.6 - 4 * np.pi, abs=0.06)


@pytest.mark.parametrize("pause_s", [30.0, -5.0, 0.0])
def test_after_a_pause_the_joints_go_on_from_where_they_were(pause_s):
    targets = np.vstack([np.zeros((3, 1)), np.full((1, 1), 2.0)])
    taken = followed(targets, np.array([0.1, 0.1, 0.1, pause_s]), 1.0, 1000.0)
    assert 0 < taken[-1, 0] <= LONGEST_STEP_S * 1.0


def test_limits_may_be_lowered_in_motion():
    limits = JointLimits()
    for step in range(10):
        limits(START_NS + step * 33_333_333, np.array([0.3 * step]), 10.0, 100.0)
    taken = [limits(START_NS + (10 + n) * 33_333_333, np.array([9.0]), 1.0, 20.0)[0] for n in range(40)]
    assert np.diff(taken)[-10:] == pytest.approx(1 / 30, rel=1e-3)


LIMITS = st.sampled_from([0.5, 3.0, 20.0])
NUMBERS = st.lists(st.floats(-30, 30), min_size=4, max_size=4).map(np.array)


@settings(max_examples=300)
@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([1 / 60, 1 / 30, 0.2]), LIMITS, st.sampled_from([5.0, 40.0, 300.0]))
def test_a_step_is_that_of_ruckig(target, angles, speeds, seconds, velocity, acceleration):
    """[Berscheid, Kröger: Jerk-limited Real-time Trajectory Generation with Arbitrary Target States, RSS 2021]"""
    ruckig = pytest.importorskip("ruckig", reason="the reference; it has no wheels for this machine")
    speeds = np.clip(speeds / 10, -velocity, velocity)  # beyond, it brakes first to where the speed is allowed
    given, found = ruckig.InputParameter(4), ruckig.OutputParameter(4)
    given.synchronization = ruckig.Synchronization.No
    given.current_position, given.current_velocity, given.target_position = angles, speeds, target
    given.max_velocity, given.max_acceleration = np.full(4, velocity), np.full(4, acceleration)
    given.max_jerk = np.full(4, np.inf)
    ruckig.Ruckig(4, seconds).update(given, found)
    ours = step_towards(target, angles, speeds, seconds, velocity, acceleration)
    np.testing.assert_allclose(ours[0], found.new_position, atol=1e-6)
    np.testing.assert_allclose(ours[1], found.new_velocity, atol=1e-4)


@settings(max_examples=100)
@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from([0.5, 3.0, np.inf]), st.sampled_from([5.0, 40.0, np.inf]))
def test_small_steps_make_the_large_one(target, angles, speeds, velocity, acceleration):
    """Each step goes on where the one before would have led, also from beyond the limit of speed."""
    if velocity == acceleration == np.inf:
        return
    large = step_towards(target, angles, speeds, 0.2, velocity, acceleration)
    for _ in range(20):
        angles, speeds = step_towards(target, angles, speeds, 0.01, velocity, acceleration)
    np.testing.assert_allclose(angles, large[0], atol=1e-6)
    np.testing.assert_allclose(speeds, large[1], atol=1e-4)


def test_a_joint_at_rest_at_its_target_stays():
    there = np.array([0.0, 1.0, -2.0])
    angles, speeds = step_towards(there, there, np.zeros(3), 0.1, 1.0, 10.0)
    assert (angles == there).all() and (speeds == 0).all()

"""Two-bone inverse kinematics of the legs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vtm_trt.postprocess.people import bent_legs, level_camera, standing
from vtm_trt.postprocess.legs import (
    ANKLE,
    HIP,
    KNEE,
    LONGEST_REACH,
    Legs,
    legs,
    root_in_world,
    with_ankles,
    with_root_in_world,
)

shifts = st.tuples(*[st.floats(-0.15, 0.15)] * 3).map(np.array)


def person(degrees: float = 25.0):
    return standing(0, bent_legs(degrees), camera=level_camera())


def moved(before: Legs, side: int, target: np.ndarray) -> np.ndarray:
    """The ankles (2, 3) with one at `target`."""
    ankles = before.position[:, ANKLE].copy()
    ankles[side] = target
    return ankles


@settings(deadline=None, max_examples=60)
@given(shift=shifts, side=st.sampled_from([0, 1]), degrees=st.floats(15, 60))
def test_an_ankle_within_reach_comes_exactly_there_and_its_foot_keeps_its_direction(shift, side, degrees):
    motion = person(degrees)
    before = legs(motion)
    target = before.position[side, ANKLE] + shift
    hip, knee, ankle = before.position[side, :3]
    length = np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee)
    after = legs(with_ankles(motion, before, moved(before, side, target)))
    if np.linalg.norm(target - hip) < LONGEST_REACH * length:
        np.testing.assert_allclose(after.position[side, ANKLE], target, atol=1e-5)
    np.testing.assert_allclose(after.rotation[side, ANKLE], before.rotation[side, ANKLE], atol=1e-5)
    np.testing.assert_allclose(after.position[1 - side], before.position[1 - side], atol=1e-6)
    np.testing.assert_allclose(after.position[side, HIP], hip, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(direction=st.tuples(*[st.floats(-1, 1)] * 3).map(np.array).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_out_of_reach_the_leg_points_there_all_but_straight(direction):
    motion = person()
    before = legs(motion)
    hip = before.position[0, HIP]
    after = legs(with_ankles(motion, before, moved(before, 0, hip + 5 * direction / np.linalg.norm(direction))))
    way = after.position[0, ANKLE] - hip
    np.testing.assert_allclose(way / np.linalg.norm(way), direction / np.linalg.norm(direction), atol=1e-4)
    whole = sum(np.linalg.norm(np.diff(after.position[0, [a, b]], axis=0)) for a, b in ((HIP, KNEE), (KNEE, ANKLE)))
    assert np.linalg.norm(way) == pytest.approx(LONGEST_REACH * whole, rel=1e-4)


@pytest.mark.parametrize("degrees", [0.0, 1e-5, 1.0])
def test_the_knee_of_a_straight_leg_bends_forwards(degrees):
    motion = person(degrees)
    before = legs(motion)
    after = legs(with_ankles(motion, before, moved(before, 0, before.position[0, ANKLE] + [0, 0, 0.1])))
    forward = before.pelvis[:, 0]
    middle = after.position[0, [HIP, ANKLE]].mean(0)
    assert (after.position[0, KNEE] - middle) @ forward > 0.1
    assert np.isfinite(after.rotation).all()


def test_an_ankle_on_its_hip_gives_finite_rotations():
    motion = person()
    before = legs(motion)
    assert np.isfinite(with_ankles(motion, before, moved(before, 0, before.position[0, HIP])).quat_local).all()


def test_the_root_is_moved_in_the_world():
    motion = person()
    place = np.array([4.0, -1.0, 0.8])
    np.testing.assert_allclose(root_in_world(with_root_in_world(motion, place)), place, atol=1e-6)
    turned = replace(motion, camera=replace(motion.camera, rotation=np.roll(motion.camera.rotation, 1, 0)))
    np.testing.assert_allclose(root_in_world(with_root_in_world(turned, place)), place, atol=1e-6)

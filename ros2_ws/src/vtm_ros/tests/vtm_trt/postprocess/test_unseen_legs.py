"""Somebody at a desk, or cut off at the hip by the border of the image."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import FPS, walker
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, NUM_BONES, NUM_JOINTS, scaled_offsets
from vtm.types import Observation
from vtm_trt.postprocess.unseen_legs import feet_seen, straightened
from vtm_trt.stream.person_stream import MotionStream

BELOW = [index for name, index in KEYPOINT_INDEX.items() if name.endswith(("knee", "ankle", "heel", "toe"))]
PARTS = "knee", "ankle", "hip"
HIPS = [KEYPOINT_INDEX[name] for name in ("left_hip", "right_hip", "mid_hip")]


def cut(observation: Observation, hips: float) -> Observation:
    confidence = observation.confidence.copy()
    confidence[BELOW], confidence[HIPS] = 0.0, hips
    return replace(observation, confidence=confidence)


@pytest.fixture(scope="module")
def walk() -> list[Observation]:
    rng = np.random.default_rng(0)
    seen = walker(60).observations
    noise = [rng.normal(0, 2.0, (23, 2)).astype(np.float32) for _ in seen]
    return [replace(one, keypoints=one.keypoints + shake) for one, shake in zip(seen, noise, strict=True)]


def fastest(motions) -> float:
    roots = np.stack([motion.root_cam for motion in motions])
    return float(np.linalg.norm(np.diff(roots, axis=0), axis=-1).max() * FPS)


def test_the_root_of_a_person_cut_at_the_hip_does_not_jump(walk):
    """The hips come and go at the border; half-way the legs go out of sight."""
    rng, stream = np.random.default_rng(1), MotionStream(backend="onnxruntime")
    seen = [one if i < 20 else cut(one, float(rng.choice([0.0, 0.5, 0.9]))) for i, one in enumerate(walk)]
    motions = [stream.lift(one) for one in seen]
    assert all(motions)
    assert fastest(motions[20:]) < 3.5
    depth = [motion.root_cam[2] for motion in motions]
    assert max(depth[20:]) < 1.2 * depth[19] and min(depth[20:]) > depth[19] / 1.2


def test_feet_that_are_not_seen_do_not_stand(walk):
    stream = MotionStream(backend="onnxruntime")
    motions = [stream.lift(cut(one, 0.9)) for one in walk[:30]]
    assert all((motion.contacts == 0).all() for motion in motions)
    whole = MotionStream(backend="onnxruntime")
    assert max(whole.lift(one).contacts.max() for one in walk[:30]) > 0.5


def test_a_foot_is_seen_by_its_ankle_or_itself(walk):
    confidence = np.zeros(23, np.float32)
    confidence[[KEYPOINT_INDEX["left_ankle"], KEYPOINT_INDEX["right_big_toe"]]] = 0.9, 0.15
    assert feet_seen(replace(walk[0], confidence=confidence)) == pytest.approx([1, 1, 0, 0.5])


@pytest.mark.parametrize(("bend", "seen", "want"), [(30, 0.0, 0), (30, 0.15, 15), (30, 0.9, 30), (90, 0.0, 90)])
def test_legs_that_are_not_seen_are_straight_unless_they_sit(walk, bend, seen, want):
    local, offsets = np.tile(np.eye(3), (NUM_JOINTS, 1, 1)), scaled_offsets(np.ones(NUM_BONES))
    knees, ankles, hips = ([JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in PARTS)
    local[knees] = matrix_from_rotvec(np.radians([0.0, bend, 0.0]))
    local[hips] = matrix_from_rotvec(np.radians([5.0, -bend, 3.0]))
    told = replace(walk[0], confidence=np.where(np.isin(np.arange(23), BELOW), seen, 0.9).astype(np.float32))
    turned = straightened(local, offsets, told)
    assert np.degrees(geodesic_angle(turned[knees], np.eye(3))) == pytest.approx(want, abs=1e-6)
    turns, joints = zip(*(forward_kinematics(one, offsets, np.zeros(3)) for one in (local, turned)), strict=True)
    ways = [one[ankles] - one[hips] for one in joints]
    ways = [one / np.linalg.norm(one, axis=-1, keepdims=True) for one in ways]
    assert np.allclose(*ways) and np.allclose(turns[0][ankles], turns[1][ankles])


def test_who_is_cut_at_the_hip_stands_straight(walk):
    stream = MotionStream(backend="onnxruntime")
    motions = [stream.lift(cut(one, 0.0)) for one in walk[:8]]
    knees = [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]
    assert all((abs(motion.quat_local[knees, 3]) > np.cos(np.radians(2))).all() for motion in motions)

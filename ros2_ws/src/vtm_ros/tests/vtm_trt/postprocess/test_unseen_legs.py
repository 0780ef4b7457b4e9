"""Somebody at a desk, or cut off at the hip by the border of the image."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import FPS, walker
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.types import Observation
from vtm_trt.postprocess.unseen_legs import feet_seen
from vtm_trt.stream.person_stream import MotionStream

BELOW = [index for name, index in KEYPOINT_INDEX.items() if name.endswith(("knee", "ankle", "heel", "toe"))]
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

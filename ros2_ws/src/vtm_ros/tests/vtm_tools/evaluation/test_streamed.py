"""The shipped network on keypoints of a person whose motion is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import walker
from vtm.body.skeleton import LIMB_BONES
from vtm.files.assemble import assemble
from vtm.metrics.score import LIMBS, evaluate, summary
from vtm.metrics.track import Track
from vtm_tools.evaluation.streamed import run, streamed
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.postprocess.expected_error import expected_error
from vtm_trt.stream.person_stream import MotionStream


@pytest.fixture(scope="module")
def stream() -> MotionStream:
    return MotionStream(None, lookahead=2)


@pytest.fixture(scope="module")
def example():
    return walker(60)


def test_the_track_is_what_the_stream_says(stream, example):
    track = streamed(stream, example.observations)
    motions, stamps = run_sequence(stream, stream.lifts, example.observations)
    clip = assemble(motions, stamps, 30.0, example.observations[0].intrinsics)
    assert np.isfinite(track.joints).all() and len(motions) == len(track.joints)
    np.testing.assert_allclose(track.joints[-1], clip.joints_cam[-1], atol=1e-5)
    np.testing.assert_allclose(
        track.bones[-1][LIMB_BONES], np.linalg.norm(clip.offsets[1:], axis=-1)[LIMB_BONES], atol=1e-5
    )
    np.testing.assert_allclose(1 / (1 + track.expected_error / 0.1), clip.confidence, atol=1e-5)
    np.testing.assert_allclose(track.expected_angle, expected_error(clip.confidence).angle_deg, rtol=1e-4)
    np.testing.assert_allclose(track.contacts, clip.contacts, atol=1e-6)


def test_a_walker_is_lifted_about_as_well_as_on_held_out_subjects(stream, example):
    scores = summary(run(stream, [example]).errors)
    assert scores["mpjpe_mm"] < 150 and scores["depth_percent"] < 15 and scores["seen_percent"] == 100
    assert scores["mpjae_deg"] < 40


def test_frames_without_the_person_stay_empty(stream, example):
    hidden = [
        replace(one, confidence=np.zeros(23, np.float32)) if 20 <= frame < 26 else one
        for frame, one in enumerate(example.observations)
    ]
    track = streamed(stream, hidden)
    assert np.flatnonzero(np.isnan(track.joints[:, 0, 0])).tolist() == list(range(20, 26))
    judged = run(stream, [replace(example, observations=hidden)])
    assert summary(judged.errors)["seen_percent"] == pytest.approx(90)


def test_the_peer_is_judged_on_the_frames_that_both_saw(stream, example):
    joints = np.full_like(example.true.joints, np.nan)
    joints[10:, LIMBS] = example.true.joints[10:, LIMBS]
    judged = run(stream, [replace(example, baseline=Track(joints, placed=False))])
    assert summary(judged.baseline_limbs)["mpjpe_mm"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(judged.limbs[0].position[:10]).all() and np.isfinite(judged.limbs[0].position[10:, 20]).all()


def test_each_clip_starts_afresh(stream, example):
    alone = run(stream, [example]).errors[0]
    again = run(stream, [example, example]).errors[1]
    np.testing.assert_array_equal(alone.position, again.position)
    assert summary([alone]) == summary(
        [evaluate(streamed(stream, example.observations), example.true, 30.0, example.protocol)]
    )

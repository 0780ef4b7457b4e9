"""The shipped network and its refinement on keypoints of people whose motion in the world is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import FACING_RIGHT, walker
from tests.vtm_trt.stream.test_still_person import CAMERA, STANDING
from vtm.body.rotations import matrix_from_rotvec
from vtm.types import CameraPose, Observation
from vtm_tools.evaluation.prediction import HEAD, PREDICTORS, predicted
from vtm_tools.evaluation.world import CHOICES, lifted, refined, true_track, without_poses
from vtm_trt.postprocess.legs import legs
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.person_stream import MotionStream

FRAMES = 90
FPS = 30
STILL_S, SETTLED_S = 20, 10


@pytest.fixture(scope="module")
def stream() -> MotionStream:
    return MotionStream()


@pytest.fixture(scope="module")
def example():
    """The walker, seen by a camera that is turned in the world as the walker's body axes say."""
    one = walker(FRAMES)
    camera = CameraPose(FACING_RIGHT.T, np.array([0.0, 0, 1.5]), source="truth")
    return replace(one, observations=[replace(seen, camera=camera) for seen in one.observations])


def test_the_true_track_is_upright_and_goes_ahead(example):
    track = true_track(example)
    way = track.joints[-1, 0] - track.joints[0, 0]
    np.testing.assert_allclose(way, [(FRAMES - 1) / 30, 0, 0], atol=1e-6)
    assert (track.joints[:, 15, 2] > track.joints[:, 0, 2]).all()
    np.testing.assert_allclose(track.local[:, 0], np.eye(3)[None].repeat(FRAMES, 0), atol=1e-6)


def test_refinement_after_lifting_is_what_the_stream_does(stream, example):
    """Lifting once and refining each choice afterwards saves time and changes nothing."""
    motions = lifted(stream, [example])
    found = refined(PostprocessConfig(), [example], motions)
    stream_of_both = MotionStream(postprocess=PostprocessConfig())
    last = [stream_of_both.lift(observation) for observation in example.observations][-1]
    assert last is not None and last.camera is not None
    root = last.camera.rotation @ last.root_cam + last.camera.position
    np.testing.assert_allclose(found.tracks[0].joints[-1, 0], root, atol=1e-6)


def test_every_choice_is_judged(stream, example):
    motions = lifted(stream, [example])
    found = {name: refined(choice, [example], motions).scores(30.0) for name, choice in CHOICES.items()}
    assert found["smoothing"]["jitter_m_s3"] < found["network"]["jitter_m_s3"]
    assert found["teleop"]["lag_ms"] < found["recording"]["lag_ms"]
    assert found["feet"]["penetration_mm"] < found["network"]["penetration_mm"]
    unknown = refined(PostprocessConfig(), [example], [without_poses(one) for one in motions]).scores(30.0)
    assert unknown["tilt_deg"] < 15 and unknown["penetration_mm"] < 60


def test_prediction_of_no_motion_would_be_holding(stream, example):
    found = predicted(stream, [example])
    assert set(found) == {HEAD, *PREDICTORS}
    assert all(
        np.isfinite([ahead.joints_mm, ahead.own_joints_mm, ahead.root_mm]).all()
        for row in found.values()
        for ahead in row
    )
    held = [ahead.own_joints_mm for ahead in found["last pose held"]]
    assert held == sorted(held), "the farther ahead, the more has moved"


def test_a_camera_that_is_lost_for_a_moment_costs_nothing_that_was_learned(example):
    stream = MotionStream(postprocess=PostprocessConfig(), needs_camera=True)
    for index, seen in enumerate(example.observations):
        motion = stream.lift(replace(seen, camera=None) if index == 60 else seen)
        assert (motion.camera is None) == (index == 60)
        assert stream.postprocessor.source == "truth"


def test_a_still_person_stays_where_they_are():
    """Drift at most 10 mm a minute, and feet that are held do not move, under the noise of the 2D network."""
    rng = np.random.default_rng(1)
    stream, feet, roots = MotionStream(postprocess=PostprocessConfig()), [], []
    camera = CameraPose(matrix_from_rotvec(np.array([-np.pi / 2, 0, 0])), np.zeros(3))
    for index in range(FPS * (SETTLED_S + STILL_S)):
        keypoints = STANDING + rng.normal(0, 2.0, STANDING.shape).astype(np.float32)
        seen = Observation(round(index * 1e9 / FPS), CAMERA, keypoints, np.full(23, 0.9, np.float32), camera=camera)
        motion = stream.lift(seen)
        assert motion is not None
        feet.append(legs(motion).points)
        roots.append(motion.camera.rotation @ motion.root_cam)
    feet, roots = np.array(feet[FPS * SETTLED_S :]), np.array(roots[FPS * SETTLED_S :])
    drift = np.linalg.norm(roots[-FPS:].mean(0) - roots[:FPS].mean(0))
    assert drift < 0.010 * STILL_S / 60 * 2, drift
    assert np.median(np.linalg.norm(np.diff(feet, axis=0), axis=-1)) * FPS < 0.03

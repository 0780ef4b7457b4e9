"""A recording and its mirror image, forwards and backwards, give one and the same motion."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_tools.evaluation.walker import walker
from tests.vtm_trt.offline.mirror import mirrored_motion, mirrored_observation
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import MIRROR, scaled_offsets
from vtm.camera import Intrinsics
from vtm.types import CameraPose, Motion, Observation
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.offline.test_time_augmentation import _mean
from vtm_trt.offline.test_time_augmentation import test_time_augmentation as augment
from vtm_trt.offline.ways import Way, seen_again
from vtm_trt.stream.person_stream import MotionStream

FRAMES = 40


@pytest.fixture(scope="module")
def observations() -> list[Observation]:
    return walker(FRAMES).observations


@pytest.fixture(scope="module")
def stream() -> MotionStream:
    return MotionStream(None, 8)


def seen(stream: MotionStream, observations: list[Observation]) -> list[Motion]:
    motions, stamps = run_sequence(stream, stream.lifts, observations)
    return augment(stream, motions, stamps, observations[0].intrinsics)


def joints(motion: Motion) -> np.ndarray:
    local = matrix_from_quat(motion.quat_local.astype(np.float64))
    return forward_kinematics(local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(np.float64))[1]


def test_mirrored_motion_is_the_mirror_image(observations):
    rng = np.random.default_rng(0)
    quats = Rotation.random(22, rng=1).as_quat().astype(np.float32)
    ratio, sure = rng.uniform(0.8, 1.2, 21).astype(np.float32), rng.random(22).astype(np.float32)
    motion = Motion(0, quats, np.float32([0.3, 0.1, 3]), ratio, sure, np.arange(4.0), observations[0])
    mirrored = mirrored_motion(motion)
    np.testing.assert_allclose(joints(mirrored), joints(motion)[list(MIRROR)] * (-1, 1, 1), atol=1e-6)
    assert mirrored.contacts.tolist() == [2, 3, 0, 1]
    np.testing.assert_allclose(joints(mirrored_motion(mirrored)), joints(motion), atol=1e-6)


def test_mirrored_observation_takes_the_lens_into_account(observations):
    lens = Intrinsics(640, 480, 500, 510, 300, 250, (-0.2, 0.05, 0.001, -0.002))
    seen = replace(observations[0], intrinsics=lens, box=np.array([200.0, 100.0, 150.0, 300.0]))
    mirrored = mirrored_observation(seen)
    swap = mirrored_observation(mirrored)
    np.testing.assert_allclose(swap.rays, seen.rays, atol=1e-5)
    np.testing.assert_allclose(mirrored.rays[5], seen.rays[6] * (-1, 1), atol=1e-5)
    assert mirrored.box[2] > 0 and mirrored.box[3] > 0


def test_the_mirror_image_and_the_film_played_backwards_give_the_same_motion(stream, observations):
    straight = seen(stream, observations)
    mirrored = seen(stream, [mirrored_observation(observation) for observation in observations])
    end = observations[-1].stamp_ns + observations[0].stamp_ns
    backwards = seen(stream, [replace(o, stamp_ns=end - o.stamp_ns) for o in reversed(observations)])
    for one, other, third in zip(straight, mirrored, reversed(backwards), strict=True):
        np.testing.assert_allclose(joints(mirrored_motion(other)), joints(one), atol=2e-3)
        np.testing.assert_allclose(joints(third), joints(one), atol=2e-3)


def test_frames_keep_their_places_and_evidence(stream, observations):
    gap = [
        replace(observation, confidence=observation.confidence * (index not in (10, 11, 12)))
        for index, observation in enumerate(observations)
    ]
    motions = seen(stream, gap)
    assert [m.stamp_ns for m in motions] == [o.stamp_ns for i, o in enumerate(gap) if i not in (10, 11, 12)]
    assert all(motion.observation.stamp_ns == motion.stamp_ns for motion in motions)
    assert np.linalg.norm([motion.quat_local for motion in motions], axis=-1) == pytest.approx(1, abs=1e-5)


def test_nobody_in_no_frame(stream, observations):
    assert augment(stream, [], [], observations[0].intrinsics) == []


def test_a_way_that_sees_the_person_turned_otherwise_does_not_count(stream, observations):
    """Three ways that agree and one that takes the front for the back: the mean of both would be neither."""
    motions, _ = run_sequence(stream, stream.lifts, observations)
    about = Rotation.from_rotvec([0, np.pi, 0])
    turned = [
        replace(motion, quat_local=np.vstack([(about * Rotation.from_quat(pelvis)).as_quat(), motion.quat_local[1:]]))
        for motion in motions
        for pelvis in motion.quat_local[:1]
    ]
    ways = [{m.stamp_ns: m for m in way} for way in (motions, turned, motions, motions)]
    for mean, one in zip(_mean(motions, ways, motions[-1].bone_ratio), motions, strict=True):
        cosine = abs(float(mean.quat_local[0] @ one.quat_local[0]))
        assert 2 * np.arccos(min(cosine, 1.0)) < 0.05


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_way_says_what_the_stream_says_of_the_film_changed_so(stream, observations, mirrored, backwards):
    unsure = np.where(np.arange(23) > 14, 0.1, 1)  # no leg is seen for a while
    clip = [
        replace(
            one,
            confidence=(one.confidence * (unsure if 12 < row < 25 else 1)).astype(np.float32),
            camera=CameraPose(Rotation.from_rotvec([0.01 * row, 0.02 * row, 0]).as_matrix(), np.zeros(3)),
        )
        for row, one in enumerate(observations)
    ]
    clip[30] = replace(clip[30], confidence=np.zeros(23, np.float32))
    found = seen_again(stream.lifter, clip, Way(mirrored, backwards))
    film = [mirrored_observation(one) for one in clip] if mirrored else clip
    end = clip[0].stamp_ns + clip[-1].stamp_ns
    film = [replace(one, stamp_ns=end - one.stamp_ns) for one in reversed(film)] if backwards else film
    wanted, _ = run_sequence(stream, stream.lifts, film)
    assert len(found) == len(wanted) == FRAMES - 1
    for one, other in zip(found, wanted, strict=True):
        other = mirrored_motion(other) if mirrored else other
        np.testing.assert_allclose(joints(one), joints(other), atol=1e-4)
        np.testing.assert_allclose(one.confidence, other.confidence, atol=1e-5)
        np.testing.assert_allclose(one.contacts, other.contacts, atol=1e-5)
        assert one.stamp_ns == (end - other.stamp_ns if backwards else other.stamp_ns)

"""What no person can do is told, in the frame where it happens, and nothing else is."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.vtm_tools.evaluation.walker import CAMERA, FPS, walker
from vtm.body.keypoints import MIRROR_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.one_body import posed
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.types import Motion, Observation
from vtm_trt.postprocess.plausibility import FASTEST_TURN, LONGEST_S, Kind, Plausibility, fit
from vtm_trt.stream.person_stream import MotionStream

TABLE_FOOT = np.array([
    (640, 300), (645, 298), (635, 298), (655, 302), (625, 302), (660, 330), (620, 330), (664, 420), (616, 420),
    (668, 470), (612, 468), (646, 340), (634, 338), (700, 560), (560, 480), (770, 585), (520, 600), (775, 590),
    (515, 605), (790, 600), (500, 590), (640, 339), (640, 328),
], dtype=np.float32)  # fmt: skip
"""The keypoints that a 2D network puts on a column with three feet."""


def true_motion(frame: int) -> Motion:
    """The walker's, exactly."""
    told = walker(frame + 1)
    local, joints = told.true.local[frame], told.true.joints[frame]
    return Motion(
        told.observations[frame].stamp_ns, quat_from_matrix(local).astype(np.float32), joints[0].astype(np.float32),
        np.ones(21, np.float32), np.full(22, 0.8, np.float32), np.ones(4, np.float32), told.observations[frame],
    )  # fmt: skip


def turned(motion: Motion, degrees: float) -> Motion:
    quats = motion.quat_local.copy()
    quats[0] = (Rotation.from_rotvec([0, np.radians(degrees), 0]) * Rotation.from_quat(quats[0])).as_quat()
    return replace(motion, quat_local=quats)


def unsure(motion: Motion) -> Motion:
    """The same, of whom both networks see hardly anything."""
    near = motion.observation.keypoints + np.random.default_rng(0).normal(0, 16, (23, 2)).astype(np.float32)
    seen = replace(motion.observation, keypoints=near, confidence=np.full(23, 0.4, np.float32))
    return replace(motion, observation=seen, confidence=np.full(22, 0.2, np.float32))


def kinds(faults) -> set[Kind]:
    return {fault.kind for fault in faults}


def test_one_body_has_the_kinematics_of_all():
    rng = np.random.default_rng(0)
    quats = Rotation.random(22, rng=rng).as_quat()
    offsets = scaled_offsets(rng.uniform(0.7, 1.3, 21))
    want = forward_kinematics(matrix_from_quat(quats), offsets, np.zeros(3))
    assert all(np.allclose(one, other, atol=1e-12) for one, other in zip(posed(quats, offsets), want, strict=True))


def test_a_walk_has_no_fault_and_fits():
    check = Plausibility()
    for frame in range(0, 30, 3):
        motion = true_motion(frame)
        assert check(motion) == ()
        assert fit(motion).mean < 0.5 and fit(motion).worst < 1.5


@pytest.mark.parametrize(("degrees", "hard"), [(30, False), (60, True), (180, True)])
def test_a_pelvis_that_turns_too_fast(degrees, hard):
    check = Plausibility()
    check(true_motion(5))
    assert (Kind.TURN in kinds(check(turned(true_motion(6), degrees)))) is hard
    assert Kind.TURN not in kinds(check(true_motion(7)))


def test_what_stays_is_believed_as_soon_as_a_person_could_have_turned():
    check = Plausibility()
    check(true_motion(0))
    told = [Kind.TURN in kinds(check(turned(true_motion(frame), 180))) for frame in range(1, 12)]
    wanted = np.pi / FASTEST_TURN * FPS
    assert told.count(True) == pytest.approx(wanted, abs=1.5) and told == sorted(told, reverse=True)


def test_a_limb_that_jumps():
    check, motion = Plausibility(), true_motion(6)
    check(true_motion(5))
    quats = motion.quat_local.copy()
    quats[JOINT_INDEX["left_shoulder"]] = (
        Rotation.from_quat(quats[JOINT_INDEX["left_shoulder"]]) * Rotation.from_euler("x", 170, degrees=True)
    ).as_quat()
    assert Kind.SPEED in kinds(check(replace(motion, quat_local=quats)))


def test_a_size_that_jumps_is_doubtful_and_not_hard():
    check, motion = Plausibility(), true_motion(6)
    check(true_motion(5))
    faults = check(replace(motion, root_cam=motion.root_cam * np.float32(1.5)))
    assert Kind.SIZE in kinds(faults) and not any(fault.hard for fault in faults if fault.kind is Kind.SIZE)


def test_stamps_that_nearly_coincide_tell_no_speed():
    """A microsecond apart, as some files begin."""
    check, motion = Plausibility(), true_motion(6)
    check(true_motion(5))
    near = replace(motion, stamp_ns=true_motion(5).stamp_ns + 1000)
    assert not kinds(check(near)) & {Kind.TURN, Kind.SPEED, Kind.SIZE}


def test_labels_that_are_exchanged_fit_no_worse_for_whether_it_is_a_person():
    motion = true_motion(4)
    crossed = replace(motion.observation, keypoints=motion.observation.keypoints[list(MIRROR_KEYPOINTS)])
    found = fit(replace(motion, observation=crossed))
    assert found.whatever_labels < 1 < found.mean


@pytest.mark.parametrize("noise_px", [0.0, 4.0])
@pytest.mark.parametrize("fps", [10, 30])
def test_a_table_foot_is_nobody(noise_px, fps):
    rng = np.random.default_rng(0)
    stream = MotionStream(backend="onnxruntime")
    for index in range(2 * fps):
        points = TABLE_FOOT + rng.normal(0, noise_px, TABLE_FOOT.shape).astype(np.float32)
        sure = np.clip(rng.normal(0.82, 0.1, 23), 0, 1).astype(np.float32)
        motion = stream.lift(Observation(round(index * 1e9 / fps), CAMERA, points, sure, keypoint_convention=1.0))
        assert motion is None and not stream.tracking
    assert stream.gate.plausibility.counts[Kind.NOBODY] == 2 * fps


def test_what_fits_but_is_hardly_seen_is_nobody_for_another_reason_than_its_misfit():
    motion = unsure(true_motion(4))
    said = Plausibility()(motion)[0]
    assert 2 < fit(motion).whatever_labels < 6 and said.kind is Kind.NOBODY and "unsure" in said.text


def test_a_table_in_place_of_the_person_ends_the_motion_within_three_frames():
    stream, seen = MotionStream(backend="onnxruntime"), walker(60).observations
    middle = seen[29].keypoints.mean(0)
    given = []
    for index, observation in enumerate(seen):
        if 30 <= index < 45:
            points = TABLE_FOOT - TABLE_FOOT.mean(0) + middle
            observation = replace(observation, keypoints=points, confidence=np.full(23, 0.8, np.float32))
        given.append(stream.lift(observation) is not None)
    assert all(given[:30]) and not any(given[33:45]) and all(given[52:])


@pytest.mark.parametrize("clip", ["cam01", "cam03", "cam04"])
def test_real_people_are_within_the_bounds(clips, clip):
    """Nothing is dropped of clips whose labels the 2D network keeps, and the pelvis turns below 20 rad/s."""
    from tests.vtm_trt.pose2d.conftest import frame, read_clip
    from vtm_trt.pose2d.tracker import PoseTracker

    stream = MotionStream(PoseTracker("lite"))
    given = [stream.step(frame(image, index)) for index, image in enumerate(read_clip(f"pose2sim/{clip}.mp4", 40))]
    assert all(given) and not stream.gate.decisions
    assert np.median([fit(motion).mean for motion in given]) < 3


@pytest.mark.parametrize("clip", ["pose2sim/cam02.mp4", "sports2d/demo.mp4"])
def test_what_is_given_out_of_hard_clips_is_within_the_bounds(clips, clip):
    """One whose labels are exchanged for long, and one in which other people come."""
    from vtm_trt.capture import Capture

    captured = Capture(pose_model="lite").video(clips / clip)
    assert captured.clip.valid.mean() > 0.9
    for before, motion in pairwise(captured.motions):
        seconds = (motion.stamp_ns - before.stamp_ns) * 1e-9
        if motion.person_id == before.person_id and seconds < LONGEST_S:
            cosine = min(abs(float(motion.quat_local[0] @ before.quat_local[0])), 1.0)
            assert 2 * np.arccos(cosine) / seconds < FASTEST_TURN
    assert np.median([fit(motion).mean for motion in captured.motions]) < 3

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import seeds
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.metrics.score import HIPS, JUDGED, LIMBS, Protocol, calibration, evaluate, per_joint, summary
from vtm.metrics.track import Track

FPS, FRAMES = 30.0, 40
EVERYTHING = Protocol()


def moving(seed: int, size: float = 1.0) -> Track:
    """Somebody who swings every joint and walks, feet in contact every other ten frames."""
    rng = np.random.default_rng(seed)
    time = np.arange(FRAMES)[:, None, None] / FPS
    swing = rng.normal(0, 0.4, (NUM_JOINTS, 3)) * np.sin(3 * time + rng.uniform(0, 6, (NUM_JOINTS, 3)))
    local = Rotation.from_rotvec(swing.reshape(-1, 3)).as_matrix().reshape(FRAMES, NUM_JOINTS, 3, 3)
    root = np.array([0.1, 0.2, 3.0]) + time[:, 0] * [0.5, 0, 0.4]
    offsets = np.broadcast_to(VIRTUAL_OFFSETS * size, (FRAMES, NUM_JOINTS, 3))
    contacts = np.tile((np.arange(FRAMES) // 10 % 2)[:, None], (1, 4)).astype(float)
    joints = forward_kinematics(local, offsets, root)[1]
    return Track(joints, local, offsets, contacts, np.full((FRAMES, NUM_JOINTS), 0.02))


def scores(predicted: Track, true: Track, protocol: Protocol = EVERYTHING) -> dict[str, float]:
    return summary([evaluate(predicted, true, FPS, protocol)])


ZERO_WHEN_PERFECT = {
    "mpjpe_mm", "pa_mpjpe_mm", "first_mpjpe_mm", "acceleration_error_mm_s2", "root_mm", "root_percent",
    "depth_percent", "mpjae_deg", "mpjae_local_deg", "bone_percent", "bone_spread_percent", "foot_slide_mm_s",
    "foot_slide_of_pose_mm_s",
}  # fmt: skip


@given(seeds)
def test_the_truth_is_perfect(seed):
    found = scores(moving(seed), moving(seed))
    assert {name: found[name] for name in ZERO_WHEN_PERFECT} == pytest.approx(
        dict.fromkeys(ZERO_WHEN_PERFECT, 0), abs=1e-5
    )
    assert found["contact_f1"] == 1 and found["seen_percent"] == 100
    assert found["jitter_m_s3"] == found["true_jitter_m_s3"]


@given(seeds, st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_moving_the_root_changes_only_what_is_about_the_root(seed, shift):
    true = moving(seed)
    found, same = scores(replace(true, joints=true.joints + shift), true), scores(true, true)
    depths = true.joints[:, 0, 2]
    assert found.pop("depth_percent") == pytest.approx(100 * np.abs(np.log((depths + shift[2]) / depths)).mean())
    about = {"depth_percent", "calibration_log_ratio", "calibration_rank_correlation"}
    for name in found.keys() - about:
        assert found[name] == pytest.approx(same[name], abs=1e-4), name


def test_a_root_that_drifts():
    true = moving(0)
    drift = np.arange(FRAMES)[:, None, None] * np.array([0.3, 0, 0.4]) / FPS
    found = scores(replace(true, joints=true.joints + drift), true)
    assert found["root_mm"] == pytest.approx(500 * (FRAMES - 1) / 2 / FPS)
    assert found["root_percent"] == pytest.approx(100 * 0.5 / 2 / np.hypot(0.5, 0.4))
    assert found["foot_slide_mm_s"] == pytest.approx(500)
    assert found["foot_slide_of_pose_mm_s"] == pytest.approx(0, abs=1e-6)
    assert found["mpjpe_mm"] == pytest.approx(0, abs=1e-6)


@given(seeds, st.floats(1, 90), st.integers(0, 2))
def test_a_turned_joint_counts_its_angle(seed, degrees, axis):
    """The elbow's own rotation is off by the angle; relative to the camera so are the joints below it."""
    true, elbow = moving(seed), JOINT_INDEX["left_elbow"]
    turn = Rotation.from_rotvec(np.eye(3)[axis] * np.radians(degrees)).as_matrix()
    local = true.local.copy()
    local[:, elbow] = local[:, elbow] @ turn
    found = scores(replace(true, local=local), true)
    assert found["mpjae_local_deg"] == pytest.approx(degrees / NUM_JOINTS, abs=1e-4)
    assert found["mpjae_deg"] == pytest.approx(2 * degrees / NUM_JOINTS, abs=1e-4)
    angles = per_joint([evaluate(replace(true, local=local), true, FPS, EVERYTHING)])
    assert angles["left_elbow"]["angle_local_deg"] == pytest.approx(degrees, abs=1e-4)
    assert angles["right_elbow"]["angle_local_deg"] == pytest.approx(0, abs=1e-4)


@given(st.floats(0.7, 1.4))
def test_another_size_is_no_error_of_proportions(size):
    found = scores(moving(0, size), moving(0))
    assert found["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-6) and found["bone_percent"] == pytest.approx(0, abs=1e-9)
    assert found["mpjae_deg"] == pytest.approx(0, abs=1e-5)


def test_only_the_protocols_joints_and_frames_are_judged():
    true = moving(0)
    joints = true.joints.copy()
    joints[:, JOINT_INDEX["left_collar"]] += 0.5
    joints[:15] += np.arange(NUM_JOINTS)[:, None] * 0.01
    found = scores(replace(true, joints=joints), true, Protocol(skip_first=15))
    assert found["mpjpe_mm"] == pytest.approx(0, abs=1e-9)
    assert found["first_mpjpe_mm"] == pytest.approx(10 * 3**0.5 * np.mean(JUDGED))


def test_frames_without_the_person_do_not_count():
    true = moving(0)
    rows = np.arange(FRAMES)
    rows[20:28] = -1
    found = scores(true.frames(rows), true)
    assert found["seen_percent"] == pytest.approx(80)
    assert found["mpjpe_mm"] == pytest.approx(0, abs=1e-9) and found["contact_f1"] == 1
    assert np.isfinite(list(found.values())).all()


def test_a_source_that_knows_only_joints_of_its_own():
    """World landmarks: twelve joints round the hips, no place, no rotation."""
    true = moving(0)
    joints = np.full_like(true.joints, np.nan)
    joints[:, LIMBS] = true.joints[:, LIMBS] - true.joints[:, HIPS].mean(1, keepdims=True)
    found = scores(Track(joints, placed=False), true, Protocol(LIMBS, HIPS))
    assert found["mpjpe_mm"] == pytest.approx(0, abs=1e-9)
    assert "foot_slide_of_pose_mm_s" in found
    assert not found.keys() & {"root_mm", "root_percent", "depth_percent", "mpjae_deg", "bone_percent", "contact_f1"}
    table = per_joint([evaluate(Track(joints, placed=False), true, FPS, Protocol(LIMBS, HIPS))])
    assert table.keys() == {name for name, index in JOINT_INDEX.items() if index in LIMBS}


def test_expected_errors_are_compared_with_actual_ones():
    true = moving(0)
    joints = true.joints.copy()
    joints[:, 1:, 0] += 0.04
    curve = calibration([evaluate(replace(true, joints=joints), true, FPS, EVERYTHING)])
    assert curve.expected == pytest.approx(np.full(10, 0.02))
    assert curve.actual.mean() == pytest.approx(0.04 * 21 / 22, rel=0.01)


def test_expected_angles_and_roots_are_compared_with_actual_ones():
    true = moving(0)
    told = replace(
        true,
        joints=true.joints + [0.3, 0.4, 0.1],
        expected_angle=np.full((FRAMES, NUM_JOINTS), 5.0),
        expected_root=np.tile([0.25, 0.2], (FRAMES, 1)),
    )
    errors = [evaluate(told, true, FPS, EVERYTHING)]
    assert calibration(errors, "angle").actual == pytest.approx(np.zeros(10), abs=1e-4)
    assert calibration(errors, "root", [0]).actual == pytest.approx(np.full(10, 0.5))
    assert calibration(errors, "root", [1]).actual == pytest.approx(np.full(10, 0.1))
    assert summary(errors)["root_calibration_log_ratio"] == pytest.approx(np.log(2))
    assert calibration([evaluate(true, true, FPS, EVERYTHING)], "angle") is None


def test_clips_are_pooled_by_frame():
    true = moving(0)
    short = true.frames(slice(0, 10))
    off = replace(short, joints=short.joints + (np.arange(NUM_JOINTS) > 0)[:, None] * [0, 0.1, 0])
    errors = [evaluate(true, true, FPS, EVERYTHING), evaluate(off, short, FPS, EVERYTHING)]
    assert summary(errors)["mpjpe_mm"] == pytest.approx(100 * 10 / 50)

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.vtm_ros.support import FRAME_NS, START_NS, motion
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets, stature
from vtm.errors import VtmError
from vtm.types import Motion
from vtm_ros.capture.calibration import BodyCalibration, calibrate, with_bones

FACING_THE_CAMERA = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])
DOWN = {"left_shoulder": (-75.0, 0, 0), "right_shoulder": (75.0, 0, 0)}


def standing(index: int = 0, heading_deg: float = 0.0, bone_ratio=None, **turns_deg) -> Motion:
    """T-pose at 3 m, the body turned to its left by `heading_deg`, single joints by rotation vectors."""
    local = np.tile(np.eye(3), (22, 1, 1))
    local[0] = FACING_THE_CAMERA @ matrix_from_rotvec(np.array([0.0, 0.0, np.radians(heading_deg)]))
    for name, turn in turns_deg.items():
        local[JOINT_INDEX[name]] = matrix_from_rotvec(np.radians(np.array(turn, float)))
    ratio = np.ones(21, np.float32) if bone_ratio is None else np.asarray(bone_ratio, np.float32)
    person = motion(START_NS + index * FRAME_NS, bone_ratio=ratio)
    person = replace(person, quat_local=quat_from_matrix(local).astype(np.float32))
    return replace(person, observation=seen_exactly(person))


def joints_of(person: Motion) -> np.ndarray:
    local = matrix_from_quat(person.quat_local.astype(float))
    return forward_kinematics(local, scaled_offsets(person.bone_ratio), person.root_cam.astype(float))[1]


def seen_exactly(person: Motion):
    """The observation whose limb keypoints lie on the joints."""
    keypoints, confidence = np.zeros((23, 2), np.float32), np.zeros(23, np.float32)
    pixels = person.observation.intrinsics.project(joints_of(person))
    for name in JOINT_INDEX.keys() & KEYPOINT_INDEX.keys() - {"neck"}:
        keypoints[KEYPOINT_INDEX[name]], confidence[KEYPOINT_INDEX[name]] = pixels[JOINT_INDEX[name]], 0.9
    return replace(person.observation, keypoints=keypoints, confidence=confidence)


def second(**options) -> list[Motion]:
    return [standing(index, **options) for index in range(31)]


def test_both_poses_are_known():
    assert calibrate(second()).pose == "T"
    assert calibrate(second(**DOWN)).pose == "I"


@settings(max_examples=25)
@given(st.floats(-179, 179))
def test_heading_is_the_turn_to_the_persons_left(heading):
    assert calibrate(second(heading_deg=heading)).heading_deg == pytest.approx(heading, abs=0.01)


def test_bones_are_the_mean():
    ratios = np.random.default_rng(0).uniform(0.9, 1.1, (31, 21))
    measured = calibrate([standing(index, bone_ratio=ratio) for index, ratio in enumerate(ratios)])
    np.testing.assert_allclose(measured.bone_ratio, ratios.mean(0), rtol=1e-6)
    assert f"{stature(scaled_offsets(ratios.mean(0))):.2f} m" in measured.describe()


@pytest.mark.parametrize(
    ("turns", "limb"),
    [
        (dict(left_shoulder=(-45.0, 0, 0), right_shoulder=(45.0, 0, 0)), "upper arm|forearm"),
        (dict(DOWN, left_elbow=(0, 0, -90.0)), "left forearm"),
        (dict(right_knee=(0, 60.0, 0)), "right shin"),
        (dict(DOWN, left_hip=(0, -90.0, 0), right_hip=(0, -90.0, 0)), "thigh"),
    ],
)
def test_other_poses_are_refused_by_the_limb_that_is_wrong(turns, limb):
    with pytest.raises(VtmError, match=f"neither T nor I: the .*({limb})"):
        calibrate(second(**turns))


def test_a_single_wrong_frame_in_the_second_is_enough():
    frames = second()
    frames[15] = standing(15, right_elbow=(0, 0, 90.0))
    with pytest.raises(VtmError, match="right forearm"):
        calibrate(frames)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_too_short_a_look_is_refused(count):
    with pytest.raises(VtmError, match="hold a T- or I-pose for 1 s"):
        calibrate(second()[:count])


def test_only_the_last_second_counts():
    body = BodyCalibration()
    for index in range(30):
        body.take(standing(index, left_hip=(0, -90.0, 0)))
    with pytest.raises(VtmError, match="left thigh"):
        body.fix()
    for index in range(30, 65):
        body.take(standing(index))
    assert body.fix().motions == 31


def test_fixed_bones_hold_until_released_and_survive_a_failed_attempt():
    body = BodyCalibration()
    for person in second(bone_ratio=np.full(21, 1.1)):
        assert body.take(person) is person
    body.fix()
    body.forget()
    later = standing(100, bone_ratio=np.full(21, 0.95))
    np.testing.assert_allclose(body.take(later).bone_ratio, 1.1, rtol=1e-6)
    with pytest.raises(VtmError):
        body.fix()
    np.testing.assert_allclose(body.take(standing(101)).bone_ratio, 1.1, rtol=1e-6)
    body.release()
    last = standing(102)
    assert body.take(last) is last


def test_time_that_steps_back_begins_a_new_second():
    body = BodyCalibration()
    for person in second():
        body.take(person)
    body.take(standing(3))
    with pytest.raises(VtmError, match="0.0 s"):
        body.fix()


@given(st.floats(0.8, 1.25), st.floats(-90, 90))
def test_with_other_bones_the_person_still_covers_the_seen_keypoints(growth, heading):
    person = standing(heading_deg=heading)
    grown = with_bones(person, (person.bone_ratio * growth).astype(np.float32))
    lens = person.observation.intrinsics
    np.testing.assert_allclose(lens.project(joints_of(grown)), lens.project(joints_of(person)), atol=0.5)
    np.testing.assert_allclose(grown.root_cam, person.root_cam * growth, rtol=0.01)


@given(st.integers(0, 50))
def test_the_persons_own_bones_change_nothing(seed):
    person = motion(seed=seed, bone_ratio=np.ones(21, np.float32))
    assume(joints_of(person)[:, 2].min() > 1.0)
    person = replace(person, observation=seen_exactly(person))
    np.testing.assert_allclose(with_bones(person, person.bone_ratio).root_cam, person.root_cam, atol=2e-3)

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.bundle_adjustment.people import mover
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix, rotvec_from_matrix
from vtm.body.skeleton import JOINT_INDEX
from vtm.camera import Intrinsics
from vtm.types import Motion, Observation
from vtm_trt.bundle_adjustment import following
from vtm_trt.bundle_adjustment.body import TURNED, place_points
from vtm_trt.bundle_adjustment.fit import placed, sites
from vtm_trt.bundle_adjustment.following import Following
from vtm_trt.bundle_adjustment.records import Recording
from vtm_trt.bundle_adjustment.terms import keypoint_errors

LENS = Intrinsics(1280, 720, 1000.0, 1000.0, 640.0, 360.0)
SHOULDER, ELBOW = JOINT_INDEX["right_shoulder"], JOINT_INDEX["right_elbow"]
SEEN = np.zeros(23)
SEEN[:21] = 0.9


def raised(person: Recording, joint: int, degrees: float) -> Recording:
    """What a network takes the person for that knows nothing of one joint's turn."""
    turn = np.zeros((22, 3))
    turn[joint, 0] = np.radians(degrees)
    return replace(person, local=person.local @ matrix_from_rotvec(turn))


def motions(given: Recording, confidence: np.ndarray = SEEN) -> list[Motion]:
    """`given` as a network gives it, frame by frame."""
    keypoints = (given.rays * LENS.fx + (LENS.cx, LENS.cy)).astype(np.float32)
    quats, stamps = quat_from_matrix(given.local), np.round(given.seconds * 1e9).astype(int).tolist()
    convention = given.keypoint_convention
    return [
        Motion(
            stamp, quats[row], given.root[row], given.bone_ratio, np.ones(22), np.zeros(4),
            Observation(stamp, LENS, keypoints[row], confidence, keypoint_convention=float(convention[row])),
        )
        for row, stamp in enumerate(stamps)
    ]  # fmt: skip


def follow(given: Recording, confidence: np.ndarray = SEEN, follower: Following | None = None) -> Recording:
    """`given`, frame by frame as live. The keypoints are those of `given`, whatever its body does."""
    found = list(map(follower or Following(), motions(given, confidence)))
    local = matrix_from_quat(np.array([motion.quat_local for motion in found]))
    return replace(given, local=local, root=np.array([motion.root_cam for motion in found]))


def worst(recording: Recording) -> np.ndarray:
    """(T,) metres from the keypoint that is furthest from where the body has it."""
    offset, rays, _ = sites(recording)
    _, points = place_points(recording.local, recording.bone_ratio, offset)
    error, _ = keypoint_errors(points[:, 22:], placed(recording.root), rays)
    return np.linalg.norm(error, axis=-1).max(-1)


def test_a_body_near_its_keypoints_is_left_alone():
    follower = Following()
    assert all(follower(motion) is motion for motion in motions(raised(mover(20), SHOULDER, 6.0)))


@pytest.mark.parametrize("joint", [SHOULDER, JOINT_INDEX["left_knee"], JOINT_INDEX["right_hip"], JOINT_INDEX["spine1"]])
def test_a_limb_far_from_its_keypoints_comes_near_at_once(joint):
    person = raised(mover(20), joint, 70.0)
    before, after = worst(person), worst(follow(person))
    assert (before > 0.25).all()
    assert (after[1:] < 0.85 * before[1:]).all() and (after[5:] < 0.16).all()


def test_only_what_the_keypoints_tell_of_is_turned():
    found = follow(person := raised(mover(20), ELBOW, 80.0))
    turned = np.linalg.norm(rotvec_from_matrix(person.local.swapaxes(-1, -2) @ found.local), axis=-1)
    legs = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("hip", "knee", "ankle")]
    assert turned[10:, [SHOULDER, ELBOW]].max(-1).min() > 0.1
    assert turned[:, [*legs, JOINT_INDEX["left_elbow"], JOINT_INDEX["left_shoulder"]]].max() < 0.05


def test_the_turn_fades_when_the_network_agrees_again():
    true = mover(40)
    wrong = raised(true, SHOULDER, 70.0)
    given = replace(true, local=np.concatenate([wrong.local[:20], true.local[20:]]))
    found = follow(given)
    off = np.linalg.norm(rotvec_from_matrix(true.local.swapaxes(-1, -2) @ found.local), axis=-1).max(-1)
    assert off[20] > 0.05
    assert (off[26:] < 1e-6).all()


def test_keypoints_that_are_not_seen_tell_nothing():
    sure = SEEN.copy()
    sure[KEYPOINT_INDEX["right_elbow"]] = sure[KEYPOINT_INDEX["right_wrist"]] = following.SEEN - 0.01
    follower = Following()
    assert all(follower(motion) is motion for motion in motions(raised(mover(10), SHOULDER, 70.0), sure))


def test_nothing_stays_of_the_person_before():
    person, follower = raised(mover(10), SHOULDER, 70.0), Following()
    first = follow(person, follower=follower)
    follower.reset()
    np.testing.assert_array_equal(follow(person, follower=follower).local, first.local)


def test_wild_keypoints_turn_no_joint_far_at_once():
    person = mover(10)
    rng = np.random.default_rng(1)
    wild = replace(person, rays=rng.normal(0, 3, person.rays.shape))
    found = follow(wild)
    assert np.isfinite(found.local).all() and np.isfinite(found.root).all() and (found.root[:, 2] > 0.1).all()
    step = rotvec_from_matrix(person.local.swapaxes(-1, -2) @ found.local)[0]
    assert np.linalg.norm(step[TURNED], axis=-1).max() <= following.STEPS * following.LARGEST_TURN + 1e-6


def test_a_joint_that_was_moved_is_trusted_less():
    given = motions(raised(mover(10), SHOULDER, 70.0))
    found = list(map(Following(), given))[-1]
    assert found.confidence[JOINT_INDEX["right_wrist"]] < 0.6
    assert found.confidence[JOINT_INDEX["left_ankle"]] > 0.7


def test_steps_end_once_they_are_small_and_that_changes_nothing_that_is_seen(monkeypatch):
    steps, solved = [], following._solved
    monkeypatch.setattr(following, "_solved", lambda *given: steps.append(given) or solved(*given))
    person = raised(mover(40), SHOULDER, 30.0)
    short, count = follow(person), len(steps)
    monkeypatch.setattr(following, "SETTLED", 0.0)
    whole = follow(person)
    assert count < 0.7 * (len(steps) - count)
    away = rotvec_from_matrix(whole.local.swapaxes(-1, -2) @ short.local)
    assert np.linalg.norm(away, axis=-1).max() < np.radians(1)

"""Fingers and wrists over time, with the network that ships."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm.body.poses import HANGING
from tests.vtm_trt.stream.test_hand_lifter import CAMERA, DEPTH, FIST, seen_hand
from vtm.body.hand import ANGLE_NAMES, LOWER, UPPER
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_quat, matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.types import Motion, Observation
from vtm_trt.stream.hand_lifter import LiftedHand, hand_network
from vtm_trt.stream.hands import REST, HandMotion, _Hand

STEP_NS = 33_000_000
PIP = ANGLE_NAMES.index("middle_pip")
WRIST, ELBOW = JOINT_INDEX["right_wrist"], JOINT_INDEX["right_elbow"]


def motion(frame: int, right, looked: bool = True) -> Motion:
    stamp_ns = frame * STEP_NS
    hands = (None, right) if looked else None
    seen = Observation(stamp_ns, CAMERA, np.zeros((23, 2), np.float32), np.ones(23, np.float32), hands=hands)
    return Motion(
        stamp_ns, HANGING.astype(np.float32), np.array([0, 0, DEPTH]), np.ones(21, np.float32), np.ones(22),
        np.zeros(4), seen,
    )  # fmt: skip


@pytest.fixture(scope="module")
def runner():
    return hand_network("onnxruntime")


def turned_hand(moved: Motion) -> np.ndarray:
    local = matrix_from_quat(moved.quat_local.astype(float))
    return forward_kinematics(local, scaled_offsets(moved.bone_ratio), moved.root_cam)[0][WRIST]


def test_a_fist_is_followed_held_and_relaxed(runner):
    stage, fist = HandMotion(runner), seen_hand(FIST)
    moved = [stage(motion(frame, fist)) for frame in range(20)]
    hands = moved[-1].hands
    assert np.degrees(hands.angles[1, PIP]) > 60 and hands.confidence[1] > 0.4
    np.testing.assert_allclose(hands.angles[0], REST, atol=1e-6)
    assert hands.confidence[0] == 0, "nobody saw the left hand"
    still = np.degrees(np.abs(np.diff([one.hands.angles[1] for one in moved[10:]], axis=0)))
    assert still.max() < 1.0, "a still hand is still"
    held = stage(motion(22, None))
    np.testing.assert_array_equal(held.hands.angles[1], hands.angles[1])
    assert held.hands.confidence[1] < hands.confidence[1]
    for frame in range(23, 120):
        rested = stage(motion(frame, None))
    np.testing.assert_allclose(rested.hands.angles[1], REST, atol=0.05)
    np.testing.assert_array_equal(rested.quat_local, motion(0, None).quat_local)


def test_the_wrist_goes_towards_the_hand_that_is_seen_without_a_jump(runner):
    stage = HandMotion(runner)
    off, steps, before = [], [], turned_hand(motion(0, None))
    there = before @ matrix_from_rotvec(np.radians([0.0, 60.0, 0.0]))
    for frame in range(20):
        now = turned_hand(stage(motion(frame, seen_hand({}, there))))
        off.append(np.degrees(geodesic_angle(now, there)))
        steps.append(np.degrees(geodesic_angle(now, before)))
        before = now
    assert off[-1] < 0.8 * off[0] and max(steps) < 30
    arm = stage(motion(20, seen_hand({}, there))).quat_local
    others = [joint for joint in range(22) if joint not in (WRIST, ELBOW)]
    np.testing.assert_array_equal(arm[others], HANGING.astype(np.float32)[others])


def test_a_hand_that_is_not_looked_at_stays_as_it_is(runner):
    """Looked at in every other frame, it is as sure of itself as in every frame, and the arm follows as far."""
    every, other = HandMotion(runner), HandMotion(runner)
    fist, before = seen_hand(FIST), None
    for frame in range(20):
        often, looked = every(motion(frame, fist)), frame % 2 == 1
        given = motion(frame, fist if looked else None)
        seldom = other(replace(given, observation=replace(given.observation, looked=(True, looked))))
        if before and not looked:
            np.testing.assert_array_equal(seldom.hands.angles[1], before.hands.angles[1])
            np.testing.assert_array_equal(seldom.quat_local, before.quat_local)
        before = seldom
    assert np.degrees(np.abs(seldom.hands.angles[1] - often.hands.angles[1])).max() < 8
    assert seldom.hands.confidence[1] == pytest.approx(often.hands.confidence[1], abs=0.05)
    assert np.degrees(geodesic_angle(turned_hand(seldom), turned_hand(often))) < 10


def test_where_nobody_looks_nothing_is_done(runner):
    given = motion(0, None, looked=False)
    assert HandMotion(runner)(given) is given


def test_nonsense_is_survived(runner):
    stage = HandMotion(runner)
    nan = replace(seen_hand(FIST), pixels=np.full((21, 2), np.nan, np.float32))
    for frame in range(5):
        moved = stage(motion(frame, nan if frame % 2 else seen_hand(FIST)))
        angles = moved.hands.angles
        assert np.isfinite(angles).all() and (angles >= LOWER - 1e-6).all() and (angles <= UPPER + 1e-6).all()
        assert np.isfinite(moved.quat_local).all()


def test_what_trembles_is_held_and_what_turns_is_followed(runner):
    hand, rng, frames = _Hand(runner, "right"), np.random.default_rng(0), 60

    def follow(turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Degrees by which the hand turns from frame to frame, and by which it is behind, after half of the turns."""
        hand.reset()
        followed = []
        for frame, seen in enumerate(matrix_from_rotvec(turns)):
            hand.follow(frame * STEP_NS, LiftedHand(REST, seen, np.full(5, 0.2), np.radians(15.0)), np.eye(3))
            followed.append(hand.rotation)
        shown, true = np.stack(followed)[frames // 2 :], matrix_from_rotvec(turns)[frames // 2 :]
        return np.degrees(geodesic_angle(shown[1:], shown[:-1])), np.degrees(geodesic_angle(shown, true))

    trembling = np.radians(rng.normal(0, 3.0, (frames, 3)))
    assert follow(trembling)[0].mean() < 1.0
    turning = np.zeros((frames, 3))
    turning[:, 1] = np.radians(180.0) * STEP_NS * 1e-9 * np.arange(frames)
    assert follow(turning)[1].mean() < 180.0 * 0.06, "60 ms behind"


def test_fingers_that_tremble_are_held_and_one_that_bends_is_followed(runner):
    hand, rng, frames = _Hand(runner, "right"), np.random.default_rng(0), 60

    def follow(angles: np.ndarray) -> np.ndarray:
        """Degrees that are shown, (frames, 21)."""
        hand.reset()
        shown = []
        for frame, seen in enumerate(angles):
            hand.follow(frame * STEP_NS, LiftedHand(seen, np.eye(3), np.full(5, 0.2), 0.2), np.eye(3))
            shown.append(hand.angles)
        return np.degrees(shown)

    trembling = REST + np.radians(rng.normal(0, 2.0, (frames, 21)))
    assert (
        np.abs(np.diff(follow(trembling), axis=0)).mean() < 0.25 * np.abs(np.diff(np.degrees(trembling), axis=0)).mean()
    )
    bending = np.tile(REST, (frames, 1))
    bending[:, PIP] += np.radians(180.0) * STEP_NS * 1e-9 * np.arange(frames)
    behind = np.degrees(bending) - follow(bending)
    assert behind[frames // 2 :, PIP].mean() < 180.0 * 0.03, "30 ms behind"
    np.testing.assert_allclose(np.delete(behind, PIP, axis=1), 0, atol=1e-6)


def test_a_hand_goes_along_with_its_forearm(runner):
    """Where the arm turns clearly, also while the hand is not seen; one that trembles leaves a seen hand alone."""
    hand, step = _Hand(runner, "right"), matrix_from_rotvec(np.radians([0.0, 8.0, 0.0]))
    arm, seen = np.eye(3), LiftedHand(REST, np.eye(3), np.full(5, 0.2), np.radians(15.0))
    for frame in range(10):
        hand.follow(frame * STEP_NS, seen, arm)
    taken = hand.hold
    for frame in range(10, 16):
        arm = step @ arm
        hand.follow(frame * STEP_NS, None, arm)
    assert np.degrees(geodesic_angle(hand.rotation, arm)) < 1e-3 and hand.hold == taken == 1.0
    for frame in range(16, 22):
        arm = step @ arm
        hand.follow(frame * STEP_NS, replace(seen, rotation=arm), arm)
        assert np.degrees(geodesic_angle(hand.rotation, arm)) < 6.0
    hand.reset()
    rng, turns = np.random.default_rng(0), []
    for frame in range(60):
        before = hand.rotation
        hand.follow(frame * STEP_NS, seen, matrix_from_rotvec(np.radians(rng.normal(0, 0.4, 3))))
        turns.append(0.0 if before is None else np.degrees(geodesic_angle(hand.rotation, before)))
    assert np.mean(turns) < 0.2

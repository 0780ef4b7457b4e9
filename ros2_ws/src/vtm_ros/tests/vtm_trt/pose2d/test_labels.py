"""Exchanged labels of left and right are put right, and limbs that truly cross are left alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm.body.keypoint_offsets import BASE, FRAME, OFFSET, SITED
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.camera import Intrinsics
from vtm.types import Observation
from vtm_trt.pose2d.exchange import GROUPS, exchange
from vtm_trt.pose2d.labels import LabelBelief, smoothed

CAMERA = Intrinsics.from_fov(1280, 960)
FPS = 30.0
OPTICAL = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
ALL, LEGS, ARMS = 7, 1, 2
NOISE_PX = 1.5


def person(frames: int, heading: np.ndarray, stride: float, fps: float = FPS) -> list[Observation]:
    """Somebody walking on the spot 4 m away. heading: (T,) radians, pi faces the camera.  stride: radians of the
    hips."""
    rng = np.random.default_rng(3)
    phase = 2 * np.pi * 0.9 * np.arange(frames) / fps
    turns = np.zeros((frames, NUM_JOINTS, 3))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        swing = sign * stride * np.sin(phase)
        turns[:, JOINT_INDEX[f"{side}_hip"], 1] = -swing
        turns[:, JOINT_INDEX[f"{side}_knee"], 1] = stride * (1 + np.sin(phase * 1 + sign * np.pi / 2)) / 2
        turns[:, JOINT_INDEX[f"{side}_shoulder"], 0] = -sign * 1.3
        turns[:, JOINT_INDEX[f"{side}_elbow"], 2] = -sign * 0.4
    local = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(frames, NUM_JOINTS, 3, 3)
    local[:, 0] = Rotation.from_euler("z", heading).as_matrix()
    offsets = np.broadcast_to(VIRTUAL_OFFSETS, (frames, NUM_JOINTS, 3))
    rotations, joints = forward_kinematics(local, offsets, np.broadcast_to([4.0, 0.0, -0.4], (frames, 3)))
    points = joints[:, BASE] + (rotations[:, FRAME] @ OFFSET[..., None])[..., 0]
    pixels = CAMERA.project(points @ OPTICAL.T) + rng.normal(0, NOISE_PX, (frames, SITED, 2))
    pairs = [[KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("hip", "shoulder")]
    middle = [pixels[:, pair].mean(1) for pair in pairs]
    pixels = np.concatenate([pixels, np.stack(middle, 1)], 1).astype(np.float32)
    sure = np.full(len(pixels[0]), 0.95, np.float32)
    return [Observation(round(t * 1e9 / fps), CAMERA, row, sure) for t, row in enumerate(pixels)]


def live(observations: list[Observation]) -> list[Observation]:
    belief = LabelBelief()
    return [belief(observation) for observation in observations]


def off(found: list[Observation], true: list[Observation]) -> np.ndarray:
    """(T,) mean distance of the keypoints from where they are, pixels."""
    return np.array([
        np.linalg.norm(a.keypoints - b.keypoints, axis=-1).mean() for a, b in zip(found, true, strict=True)
    ])  # fmt: skip


def exchanged(true: list[Observation], groups: int, first: int, last: int) -> list[Observation]:
    """What a detector says that exchanges `groups` in the frames first..last."""
    return [
        replace(exchange(seen, groups), exchanged=0) if first <= frame <= last else seen
        for frame, seen in enumerate(true)
    ]


VIEWS = {"front": np.pi, "half": np.pi - 0.7, "behind": 0.0}


@pytest.mark.parametrize("groups", range(1, 2 ** len(GROUPS)))
def test_an_exchange_undoes_itself(groups):
    (seen,) = person(1, np.array([2.5]), 0.3)
    twice = exchange(exchange(seen, groups), groups)
    assert np.array_equal(twice.keypoints, seen.keypoints) and twice.exchanged == 0
    assert exchange(seen, groups).exchanged == groups


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("groups", [LEGS, ARMS, LEGS | ARMS, ALL])
def test_36_exchanged_frames_are_put_right(view, groups):
    true = person(120, np.full(120, VIEWS[view]), 0.35)
    seen = exchanged(true, groups, 40, 75)
    assert off(seen, true)[40:76].min() > 10
    assert off(smoothed(seen), true).max() < 3
    assert off(live(seen), true).max() < 3


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("groups", [LEGS, LEGS | ARMS, ALL])
def test_an_exchange_over_a_frame_in_which_both_labellings_fall_together(view, groups):
    true = person(90, np.full(90, VIEWS[view]), 0.4)
    said, between = exchanged(true, groups, 40, 48), [40, 48]
    for frame in between:
        points = (exchange(true[frame], groups).keypoints + true[frame].keypoints) / 2
        said[frame] = replace(true[frame], keypoints=points)
    for found in (live(said), smoothed(said)):
        wrong = off(found, true) > 20.0
        wrong[between] = False
        assert not wrong.any(), np.flatnonzero(wrong)


@pytest.mark.parametrize("groups", [LEGS, ALL])
def test_first_frames_that_were_wrong_are_found_out(groups):
    true = person(120, np.full(120, np.pi), 0.35)
    seen = exchanged(true, groups, 0, 14)
    assert off(smoothed(seen), true).max() < 3
    belief, revised, found = LabelBelief(), [], []
    for observation in seen:
        found.append(belief(observation))
        revised.append(belief.revised)
    assert off(found, true)[60:].max() < 3
    assert groups == LEGS or max(revised) >= 10  # legs against the arms are seen at once


def test_legs_exchanged_in_profile():
    true = person(90, np.full(90, np.pi / 2), 0.5)
    seen = true
    for first, last in ((6, 6), (12, 13), (20, 20), (43, 49), (60, 75)):
        seen = exchanged(seen, LEGS, first, last)
    before, after = off(seen, true), off(smoothed(seen), true)
    assert (before > 10).sum() >= 20
    assert (after > 10).sum() == 0
    assert (off(live(seen), true) > 10).mean() < 0.1


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("stride", [0.2, 0.4, 0.6])
def test_legs_that_cross_are_left_alone(fps, stride):
    true = person(120, np.full(120, np.pi / 2), stride, fps)
    assert (off(smoothed(true), true) > 10).mean() < 0.02  # where both legs are in one place, it does not matter
    assert (off(live(true), true) > 10).mean() < 0.05


@pytest.mark.parametrize("seconds", [0.7, 1.2, 2.0])
def test_somebody_who_turns_round_does(seconds):
    time = np.arange(120) / FPS
    heading = np.pi + np.pi * np.clip((time - 1.0) / seconds, 0, 1)
    true = person(120, heading, 0.2)
    assert off(smoothed(true), true).max() < 10
    assert off(live(true), true)[-30:].max() < 3


def test_after_a_gap_nothing_of_before_counts():
    true = person(60, np.full(60, np.pi), 0.3)
    later = [replace(seen, stamp_ns=seen.stamp_ns + 5_000_000_000) for seen in person(60, np.zeros(60), 0.3)]
    assert not any(observation.exchanged for observation in smoothed([*true, *later]))


def test_missing_keypoints_say_nothing():
    true = person(60, np.full(60, np.pi), 0.3)
    nobody = Observation(true[30].stamp_ns, CAMERA, np.zeros((23, 2), np.float32), np.zeros(23, np.float32))
    seen = [*true[:30], nobody, *true[31:]]
    found = smoothed(seen)
    assert found[30] is nobody
    assert not any(observation.exchanged for observation in found)


def test_feet_that_stay_the_wrong_way_round_are_not_seen():
    feet = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("heel", "big_toe")]
    wrong = []
    for seen in person(60, np.zeros(60), 0.1):
        points = seen.keypoints.copy()
        points[feet[1::2], 1] = points[feet[::2], 1] + 30  # toes towards the camera of somebody seen from behind
        wrong.append(replace(seen, keypoints=points))
    found = live(wrong)
    assert not any(observation.exchanged for observation in found)
    assert not found[-1].confidence[feet].any() and found[-1].confidence.sum() > 15
    assert all(observation.confidence[feet].all() for observation in live(person(60, np.zeros(60), 0.1)))


def test_limbs_whose_sides_may_be_the_other_way_round_are_doubted():
    """After both labellings have fallen together for a while, either may be meant."""
    true = person(60, np.full(60, np.pi - 0.3), 0.6)
    both = [replace(seen, keypoints=(seen.keypoints + exchange(seen, ALL).keypoints) / 2) for seen in true]
    doubted = [seen.doubted for seen in live([*true[:30], *both[30:45], *true[45:]])]
    assert not any(doubted[:45]), "nor is it a doubt that both are in the same place"
    assert doubted[45] == LEGS | ARMS and not any(doubted[50:])

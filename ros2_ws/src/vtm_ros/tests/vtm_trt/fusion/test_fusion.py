from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.fusion.rig import CAMERAS, LENS, SEAT, camera, captured, joints, person, placed, together
from vtm.errors import VtmError
from vtm.types import Motion
from vtm_trt.fusion.fusion import Fused, Fusion, Seat
from vtm_trt.fusion.recordings import fuse_recordings, motion_at
from vtm_trt.fusion.sides import strangers
from vtm_trt.fusion.triangulation import triangulate
from vtm_trt.fusion.view import view_of
from vtm_trt.pose2d.exchange import exchange

FRAMES = 7
TRUE = person(FRAMES)
JOINTS = joints(TRUE)
SEEN = [captured(TRUE, pose, seed, noise=2.0) for seed, pose in enumerate(CAMERAS)]
FRAME_NS = 1e9 / 30


def fused(frames: list[list[Motion]], seat: Seat = SEAT) -> list[Fused]:
    fusion = Fusion(seat)
    return [fusion(motions, motions[0].stamp_ns) for motions in frames]


def off(found: list[Fused]) -> np.ndarray:
    """(T,) mean distance of the joints from the true ones in the room, m."""
    return np.array([np.linalg.norm(placed(one.motion) - JOINTS[row], axis=-1).mean() for row, one in enumerate(found)])


def moved(motion: Motion, pixels: float) -> Motion:
    seen = motion.observation
    return replace(motion, observation=replace(seen, keypoints=seen.keypoints + np.float32([pixels, 0])))


def exchanged(motion: Motion, groups: int) -> Motion:
    return replace(motion, observation=exchange(motion.observation, groups))


def test_the_true_body_is_found_from_two_cameras_and_better_from_four():
    alone = off(fused(together(SEEN[:1])))
    from_two, from_four = fused(together(SEEN[:2])), fused(together(SEEN))
    two, four = off(from_two), off(from_four)
    assert alone.mean() > 0.1 and two.mean() < 0.04 and four.mean() < 0.025
    assert four.max() < 0.04
    assert from_two[-1].motion.confidence.mean() < from_four[-1].motion.confidence.mean()


def test_the_motion_is_the_same_from_wherever_it_is_told():
    frames = together(SEEN)[:3]
    here, there = fused(frames), fused(frames, Seat(camera(70.0, 6.0), LENS))
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(placed(one.motion), placed(other.motion), atol=1e-4)
        assert other.motion.camera is not None and one.motion.stamp_ns == other.motion.stamp_ns
    told = here[-1].motion.observation
    np.testing.assert_allclose(told.keypoints[:21], SEEN[0][2].observation.keypoints[:21], atol=15)


@pytest.mark.parametrize(("groups", "count"), [(0b001, 2), (0b111, 2), (0b010, 4)])
def test_left_and_right_that_a_camera_exchanges_are_put_right(groups, count):
    cameras = [list(motions) for motions in SEEN[:count]]
    cameras[1][3:] = [exchanged(motion, groups) for motion in cameras[1][3:]]
    found = fused(together(cameras))
    assert all(1 in one.exchanged and not one.strangers for one in found[3:])
    assert off(found)[3:].max() < (0.06 if count == 2 else 0.04)


def test_who_follows_somebody_else_is_left_out():
    cameras = [SEEN[0], [moved(motion, 300) for motion in SEEN[1]], SEEN[2], SEEN[3]]
    found = fused(together(cameras))
    assert all(one.strangers == (1,) and one.heard == (0, 2, 3) for one in found)
    assert off(found).max() < 0.05
    views = [view_of(motion) for motion in (SEEN[0][0], moved(SEEN[1][0], 300))]
    assert strangers(views, triangulate(views, views[0].points())) != []


def test_a_keypoint_that_one_camera_has_wrong_is_not_followed():
    wrong = SEEN[1][0].observation.keypoints.copy()
    wrong[9] += 200
    views = [view_of(motions[0]) for motions in SEEN]
    right = triangulate(views, views[0].points())
    views[1] = view_of(replace(SEEN[1][0], observation=replace(SEEN[1][0].observation, keypoints=wrong)))
    found = triangulate(views, right.place)
    assert found.heard[1, 9] < 0.1 < 0.9 < found.heard[[0, 2, 3], 9].min()
    assert np.linalg.norm(found.place - right.place, axis=-1).max() < 0.02
    seen_once = triangulate(views[:1], right.place)
    assert np.linalg.matrix_rank(seen_once.known[5], tol=1.0) == 2 and not seen_once.seen_twice.any()


def test_a_camera_that_is_left_alone_keeps_the_size_that_all_have_measured():
    frames = together(SEEN)
    frames[5:] = [motions[2:3] for motions in frames[5:]]
    found = fused(frames)
    assert all(one.heard == (0,) for one in found[5:])
    np.testing.assert_array_equal(found[5].motion.bone_ratio, found[4].motion.bone_ratio)
    np.testing.assert_array_equal(found[5].motion.confidence, frames[5][0].confidence)
    given = placed(frames[5][0])
    rays = [(points - CAMERAS[2].position)[16] for points in (placed(found[5].motion), given)]
    assert np.cross(*(ray / np.linalg.norm(ray) for ray in rays)) == pytest.approx(np.zeros(3), abs=0.02)


def test_one_camera_that_is_elsewhere_does_not_exchange_the_others_sides():
    away = replace(CAMERAS[3], position=CAMERAS[3].position + [0.8, 0.8, 0.0])
    frames = together([*SEEN[:3], [replace(motion, camera=away) for motion in SEEN[3]]])
    found = fused(frames)
    assert all(one.strangers == (3,) and not one.exchanged for one in found)
    stamps = [motion.stamp_ns for motion in SEEN[0]]
    cameras = [[motions[camera] for motions in frames] for camera in range(4)]
    assert off(fuse_recordings(cameras, stamps, [FRAME_NS] * 4, SEAT)).mean() < 0.04


def test_nothing_can_be_made_of_nothing_or_of_cameras_that_are_nowhere():
    with pytest.raises(VtmError, match="no camera sees"):
        Fusion(SEAT)([], 0)
    with pytest.raises(VtmError, match="give the calibration"):
        Fusion(SEAT)([replace(SEEN[0][0], camera=None)], 0)


def test_recordings_are_matched_in_time_and_have_one_skeleton():
    stamps = [motion.stamp_ns for motion in SEEN[0]]
    late = [replace(motion, stamp_ns=motion.stamp_ns + 12_000_000) for motion in SEEN[1][:-1]]
    between = motion_at(late, stamps[4], FRAME_NS)
    assert between is not None
    share = np.float32(1 - 12e6 / FRAME_NS)
    keypoints = [late[row].observation.keypoints for row in (3, 4)]
    np.testing.assert_allclose(
        between.observation.keypoints, keypoints[0] + share * (keypoints[1] - keypoints[0]), atol=0.01
    )
    assert motion_at(late, late[-1].stamp_ns + round(0.6 * FRAME_NS), FRAME_NS) is None
    del late[5]
    found = fuse_recordings([SEEN[0], late, SEEN[2]], stamps, [FRAME_NS] * 3, SEAT)
    assert len(found) == FRAMES and np.ptp([one.motion.bone_ratio for one in found], axis=0).max() == 0
    assert off(found).mean() < 0.04


def test_recordings_that_do_not_belong_together_are_refused():
    stamps = [motion.stamp_ns for motion in SEEN[0]]
    hours = [replace(motion, stamp_ns=motion.stamp_ns + 10**13) for motion in SEEN[1]]
    with pytest.raises(VtmError, match="--offset"):
        fuse_recordings([SEEN[0], hours], stamps, [FRAME_NS] * 2, SEAT)
    fallen = replace(CAMERAS[1], position=CAMERAS[1].position - [0, 0, 0.7])
    swapped = [replace(motion, camera=fallen) for motion in SEEN[1]]
    with pytest.raises(VtmError, match="pose of its own camera"):
        fuse_recordings([SEEN[0], swapped], stamps, [FRAME_NS] * 2, SEAT)

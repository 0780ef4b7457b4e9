from dataclasses import replace

import numpy as np
import pytest

from tests.vtm_trt.fusion.rig import CAMERAS, LENS, SEAT, camera, captured, joints, person, placed, together
from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, rotvec_from_matrix
from vtm.types import CameraPose, HandPoses, Motion
from vtm_trt.fusion.fusion import Fusion, Seat
from vtm_trt.fusion.hands import Hands
from vtm_trt.fusion.live import LiveFusion
from vtm_trt.fusion.steady import Pose, Steady

FRAMES = 18
TRUE = person(FRAMES)
JOINTS = joints(TRUE)
FRAME_S = 1 / 30


def aside(motion: Motion, pixels: float) -> Motion:
    seen = motion.observation
    return replace(motion, observation=replace(seen, keypoints=seen.keypoints + np.float32([pixels, 0])))


SEEN = [captured(TRUE, pose, seed, noise=0.5) for seed, pose in enumerate(CAMERAS[:3])]
SEEN[1] = [aside(motion, 35.0) for motion in SEEN[1]]
"""About a hand's breadth off, which two others do not take for somebody else's."""


def steps(placed_joints: list[np.ndarray]) -> np.ndarray:
    """(T - 1,) m, how much further than truly the joint went that jumped most, from frame to frame."""
    return np.linalg.norm(np.diff(placed_joints - JOINTS, axis=0), axis=-1).max(-1)


@pytest.mark.parametrize(
    "there", [{6: (0, 2)}, {0: (0, 2), 6: (0, 1, 2)}, {6: (2,)}, {6: (0, 2), 7: (0, 1, 2), 8: (0, 2)}]
)
def test_nothing_jumps_where_a_camera_comes_or_goes(there):
    live, plain, who = LiveFusion(SEAT), Fusion(SEAT), (0, 1, 2)
    found: list[np.ndarray] = []
    without: list[np.ndarray] = []
    for row, motions in enumerate(together(SEEN)):
        who = there.get(row, who)
        told = [motions[number] for number in who]
        found.append(placed(live(told, told[0].stamp_ns, [str(number) for number in who]).motion))
        without.append(placed(plain(told, told[0].stamp_ns).motion))
    jump, still = steps(without)[5], np.median(steps(without))
    assert jump > 0.02
    assert steps(found)[5:].max() < still + jump / 4
    assert np.linalg.norm(found[-1] - without[-1], axis=-1).mean() < 0.02


def test_a_pose_that_moves_evenly_is_not_late_and_one_that_trembles_is_calmer():
    steady, rng = Steady(), np.random.default_rng(0)
    turn, way = rng.normal(0, 1.0, (22, 3)), np.array([1.0, -0.5, 0.2])
    for row in range(90):
        seconds = row * FRAME_S
        true = Pose(matrix_from_rotvec(seconds * turn), seconds * way)
        found = steady(true, round(1e9 * seconds))
    np.testing.assert_allclose(found.root, true.root, atol=1e-6)
    assert np.abs(rotvec_from_matrix(true.local.swapaxes(-1, -2) @ found.local)).max() < 1e-4
    steady, places = Steady(), rng.normal(0, 0.01, (200, 3))
    calm = np.array(
        [steady(Pose(np.eye(3)[None], place), round(row * 1e9 / 60)).root for row, place in enumerate(places)]
    )
    assert np.diff(calm, n=3, axis=0).std() < 0.5 * np.diff(places, n=3, axis=0).std()


@pytest.mark.parametrize("angles", [(20.0, 110.0), (20.0, 40.0), (20.0, 110.0, 200.0, 290.0)])
@pytest.mark.parametrize("noise", [3.0, 10.0])
def test_the_covariance_is_right_within_a_factor_of_two(angles, noise):
    true, errors, expected = person(6), [], []
    for seed in range(3):
        cameras = [captured(true, camera(angle), 10 * seed + row, noise) for row, angle in enumerate(angles)]
        fusion = Fusion(Seat(CameraPose(np.eye(3), np.zeros(3)), LENS))
        for row, motions in enumerate(together(cameras)):
            fused = fusion(motions, motions[0].stamp_ns)
            turn = matrix_from_quat(fused.motion.quat_local[0].astype(float)) @ true.local[row, 0].T
            errors.append([*(fused.motion.root_cam - true.root[row]), *rotvec_from_matrix(turn)])
            expected.append(fused.covariance.diagonal())
    actual, said = np.square(errors).mean(0), np.mean(expected, axis=0)
    for part in (slice(0, 3), slice(3, 6)):
        assert 0.5 < np.sqrt(actual[part].sum() / said[part].sum()) < 2


def test_the_direction_that_nobody_measures_is_the_uncertain_one():
    world = Seat(CameraPose(np.eye(3), np.zeros(3)), LENS)
    for angles, least in (((20.0, 40.0), 2.0), ((30.0,), 4.0)):
        told = [captured(TRUE, camera(angle), row, 2.0)[0] for row, angle in enumerate(angles)]
        across, along = np.linalg.eigh(Fusion(world)(told, told[0].stamp_ns).covariance[:3, :3])
        ahead = np.array([np.cos(np.radians(30.0)), np.sin(np.radians(30.0)), 0.0])
        assert abs(along[:, 2] @ ahead) > 0.95 and across[2] > least * across[1]


def test_a_hand_stays_with_its_camera_until_another_one_is_clearly_surer():
    def chosen(left: float, right: float) -> float:
        told = {
            name: replace(SEEN[0][0], hands=HandPoses(np.full((2, 21), bent), np.full(2, sure)))
            for name, bent, sure in (("left", 0.1, left), ("right", 0.2, right))
        }
        found = hands(told)
        assert found is not None
        return float(found.angles[0, 0])

    hands = Hands()
    assert hands({"left": SEEN[0][0]}) is None
    assert [chosen(0.6, 0.5), chosen(0.5, 0.6), chosen(0.5, 0.7), chosen(0.6, 0.55)] == [0.1, 0.1, 0.2, 0.2]
    assert chosen(0.05, 0.0) == 0.1

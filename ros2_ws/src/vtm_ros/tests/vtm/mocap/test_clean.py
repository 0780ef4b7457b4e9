import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vtm.mocap.people import FPS, walk
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.mocap.clean import on_the_ground, pieces, resample
from vtm.mocap.retarget import Motion


@settings(max_examples=20, deadline=None)
@given(rate=st.sampled_from([24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 100.0, 119.88, 120.0, 240.0]))
def test_every_rate_becomes_sixty(rate):
    """The same motion recorded at 1200 frames/s and seen at `rate` is at 60 frames/s what it was."""
    fine = 1200
    time = np.arange(2 * fine + 1) / fine
    root = np.stack([time, np.sin(3 * time), 0.9 + 0 * time], 1)
    turn = 0.5 * np.sin(4 * time)
    local = np.broadcast_to(np.eye(3), (len(time), 22, 3, 3)).copy()
    local[:, 5, :2, :2] = np.moveaxis(np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]), -1, 0)
    frames = np.round(np.arange(0, 2 + 1e-9, 1 / rate) * fine).astype(int)
    quat, moved = resample(local[frames], root[frames], rate)
    assert len(quat) == len(moved) == int((len(frames) - 1) / rate * FPS + 1e-6) + 1
    every = np.arange(len(quat)) * 20
    np.testing.assert_allclose(moved, root[every], atol=0.003)
    assert geodesic_angle(matrix_from_quat(quat), local[every]).max() < np.radians(0.5)
    np.testing.assert_allclose(np.linalg.norm(quat, axis=-1), 1)
    assert ((quat[1:] * quat[:-1]).sum(-1) > 0).all(), "signs are continuous"


def test_a_single_frame_stays_one():
    local, root = walk(1)
    quat, moved = resample(local, root, 120.0)
    assert quat.shape == (1, 22, 4) and moved.shape == (1, 3)


def test_feet_stand_on_the_ground():
    local, root = walk(200)
    lifted = on_the_ground(Motion(local, root + [0, 0, 7.0], VIRTUAL_OFFSETS, 1.0))
    position = lifted.pose()[1]
    ankles = position[:, [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]], 2]
    toes = position[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
    lowest = np.minimum(ankles - 0.07, toes - 0.025).min(1)
    assert abs(np.percentile(lowest, 1)) < 1e-9
    np.testing.assert_allclose(lifted.root[:, :2], root[:, :2])


def cut(local: np.ndarray, root: np.ndarray) -> list[tuple[int, int]]:
    return [(part.start, part.stop) for part in pieces(quat_from_matrix(local), root, VIRTUAL_OFFSETS)]


def test_whole_motion_is_one_piece():
    assert cut(*walk(120)) == [(0, 120)]


def test_jumps_of_place_and_of_pose_are_cut():
    local, root = walk(200)
    root[80:] += [1.0, 0, 0]
    quarter = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    local[150:, JOINT_INDEX["left_hip"]] = local[150:, JOINT_INDEX["left_hip"]] @ quarter
    assert cut(local, root) == [(0, 80), (80, 150), (150, 200)]


def test_what_nobody_does_is_left_out_and_short_rests_with_it():
    local, root = walk(120)
    local[50:60, JOINT_INDEX["head"]] = np.diag([-1.0, -1.0, 1.0])
    assert cut(local, root) == [(0, 50), (60, 120)]
    local[20:30, JOINT_INDEX["head"]] = np.diag([-1.0, -1.0, 1.0])
    assert cut(local, root) == [(60, 120)]


def test_fast_people_are_not_cut():
    """A throw: the wrist at 15 m/s, the elbow turning at 30 rad/s."""
    frames = 60
    local = np.broadcast_to(np.eye(3), (frames, 22, 3, 3)).copy()
    angle = np.clip((np.arange(frames) - 30) / FPS * 30, 0, 2.4)
    elbow = local[:, JOINT_INDEX["right_elbow"]]
    elbow[:, 0, 0] = elbow[:, 1, 1] = np.cos(angle)
    elbow[:, 0, 1], elbow[:, 1, 0] = -np.sin(angle), np.sin(angle)
    root = np.zeros((frames, 3)) + [0, 0, 1]
    root[:, 0] = np.arange(frames) / FPS * 9
    speed = np.diff(forward_kinematics(local, VIRTUAL_OFFSETS, root)[1], axis=0)
    assert np.linalg.norm(speed, axis=-1).max() * FPS == pytest.approx(14, abs=2)
    assert cut(local, root) == [(0, frames)]

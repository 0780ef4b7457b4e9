from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from tests.vtm.body.poses import POSTURES, mirrored, poses, posture, seeds
from vtm.body.joint_angles import ANGLE_LIMIT, ANGLE_NAMES, JOINT_ORDERS, angles_from_quats, quats_from_angles
from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, MIRROR


def assert_same_pose(angles, quats, atol):
    np.testing.assert_allclose(
        matrix_from_quat(quats_from_angles(angles))[..., 1:, :, :], matrix_from_quat(quats)[..., 1:, :, :], atol=atol
    )


def test_names():
    assert len(set(ANGLE_NAMES)) == 63
    assert sorted(ANGLE_NAMES) == sorted(f"{name}_{axis}" for name in JOINT_NAMES[1:] for axis in "xyz")
    assert all(JOINT_ORDERS[joint - 1] == JOINT_ORDERS[MIRROR[joint] - 1] for joint in range(1, 22))


@given(poses())
def test_angles_reproduce_the_rotations(quats):
    single = quats.astype(np.float32)
    previous = None
    for frame in single:
        previous = angles_from_quats(frame, previous)
        assert_same_pose(previous, frame, atol=1e-5)
    assert_same_pose(angles_from_quats(quats), quats, atol=1e-9)


@given(poses(frames=1))
def test_a_mirrored_pose_has_mirrored_angles(quats):
    angles = dict(zip(ANGLE_NAMES, angles_from_quats(quats[0]), strict=True))
    swapped = dict(zip(ANGLE_NAMES, angles_from_quats(mirrored(quats[0])), strict=True))
    for name, angle in angles.items():
        other = name.replace("left", "?").replace("right", "left").replace("?", "right")
        assert swapped[other] == pytest.approx(angle if name.endswith("y") else -angle, abs=1e-6)


@pytest.mark.parametrize("name", POSTURES)
def test_ordinary_postures_are_far_from_singular(name):
    middle = np.abs(angles_from_quats(POSTURES[name]).reshape(21, 3)[:, 1])
    assert np.degrees(middle.max()) < 55, JOINT_NAMES[1 + middle.argmax()]


def test_angles_follow_whole_turns_without_a_jump_and_stay_inside_the_limit():
    shoulder = slice(ANGLE_NAMES.index("left_shoulder_x"), ANGLE_NAMES.index("left_shoulder_x") + 3)
    previous, path = None, []
    for turn in np.arange(0, 6 * np.pi, 0.1):
        angles = np.zeros(63)
        angles[shoulder] = turn, 0.3, -0.2
        previous = angles_from_quats(quats_from_angles(angles).astype(np.float32), previous)
        path.append(previous[shoulder])
    path = np.array(path)
    steps = np.diff(path[:, 0])
    jumps = np.abs(steps - 0.1) > 1e-4
    assert jumps.sum() == 1 and steps[jumps][0] == pytest.approx(0.1 - 4 * np.pi, abs=1e-4)
    assert path[:, 0].max() > ANGLE_LIMIT - 0.2 and np.abs(path).max() <= ANGLE_LIMIT
    np.testing.assert_allclose(path[:, 1:], np.tile([0.3, -0.2], (len(path), 1)), atol=1e-5)


def test_passing_beyond_ninety_degrees_does_not_flip():
    """An arm that swings through its singular pose by a small margin keeps its branch."""
    previous, path = None, []
    for middle in np.radians(np.arange(60, 121, 2.0)):
        angles = np.zeros(63)
        angles[ANGLE_NAMES.index("right_elbow_x")] = middle
        previous = angles_from_quats(quats_from_angles(angles), previous)
        path.append(previous)
    assert np.abs(np.diff(path, axis=0)).max() < np.radians(2.1)


def followed(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angles (T, 21, 3) along the rotations `path` (T, 22, 4), and how far each joint turns from frame to frame."""
    angles = []
    for frame in path.astype(np.float32):
        angles.append(angles_from_quats(frame, angles[-1] if angles else None))
    assert_same_pose(np.array(angles), path, atol=1e-5)
    turned = matrix_from_quat(path)[:, 1:]
    return np.array(angles).reshape(-1, 21, 3), geodesic_angle(turned[:-1], turned[1:])


def between(first: np.ndarray, last: np.ndarray, frames: int = 31) -> np.ndarray:
    """From one pose (22, 4) to another in a second at 30 fps, every joint at a constant rate."""
    joints = [Slerp([0, 1], Rotation.from_quat(ends)) for ends in zip(first, last, strict=True)]
    return np.stack([joint(np.linspace(0, 1, frames)).as_quat() for joint in joints], axis=1)


@settings(max_examples=50, deadline=None)
@given(poses(frames=1), seeds, st.floats(0.1, 12.0))
def test_a_step_is_bounded_by_the_rotation_and_its_distance_from_the_singular_pose(start, seed, degrees):
    """Three revolute axes, of which the outer two enclose 90° - b, turn by at most the rotation over
    sqrt(1 - sin b); b is the middle angle, its distance from zero at most half a step beyond that of the samples."""
    axes = np.random.default_rng(seed).normal(size=(22, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    turns = [Rotation.from_rotvec(np.radians(degrees) * frame * axes) for frame in range(30)]
    path = np.stack([(Rotation.from_quat(start[0]) * turn).as_quat() for turn in turns])
    angles, turned = followed(path)
    middle = np.arcsin(np.abs(np.sin(angles[..., 1])))
    farthest = np.minimum(np.maximum(middle[:-1], middle[1:]) + turned / 2, np.pi / 2 - 1e-6)
    steps = np.linalg.norm(np.diff(angles, axis=0), axis=-1)
    assert (steps <= turned / np.sqrt(1 - np.sin(farthest)) + 1e-3).all()


@pytest.mark.parametrize(("first", "last"), list(permutations(POSTURES, 2)))
def test_between_ordinary_postures_no_angle_turns_much_faster_than_its_joint(first, last):
    angles, turned = followed(between(POSTURES[first], POSTURES[last]))
    assert (np.abs(np.diff(angles, axis=0)).max(-1) <= 1.5 * turned + 1e-3).all()


CIRCLES = {
    "arms, past the hips, forward, overhead and behind": lambda turn: posture(
        left_shoulder=("YX", [turn, -85]), right_shoulder=("YX", [turn, 85])
    ),
    "arms, past the hips, out to the side and overhead": lambda turn: posture(
        left_shoulder=("X", turn), right_shoulder=("X", -turn)
    ),
    "arms, forward and behind at the height of the shoulders": lambda turn: posture(
        left_shoulder=("Z", -turn), right_shoulder=("Z", turn)
    ),
    "legs, forward and behind": lambda turn: posture(
        left_hip=("Y", 50 - 70 * np.cos(np.radians(turn))), right_hip=("Y", 50 + 70 * np.cos(np.radians(turn)))
    ),
    "legs, forward, out to the side and back": lambda turn: posture(
        left_hip=("XYZ", [35 - 35 * np.cos(np.radians(turn)), -60 * np.sin(np.radians(turn)), 20]),
        right_hip=("XYZ", [35 * np.cos(np.radians(turn)) - 35, -60 * np.sin(np.radians(turn)), -20]),
    ),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_limbs_go_round_without_a_flip(name):
    angles, turned = followed(np.stack([CIRCLES[name](turn) for turn in np.arange(0, 720, 6.0)]))
    assert (np.abs(np.diff(angles, axis=0)).max(-1) <= 2 * turned + 1e-3).all()

import numpy as np
import pytest
from hypothesis import given

from tests.body.poses import POSTURES, mirrored, poses
from vtm.body.joint_angles import ANGLE_LIMIT, ANGLE_NAMES, JOINT_ORDERS, angles_from_quats, quats_from_angles
from vtm.body.rotations import matrix_from_quat
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

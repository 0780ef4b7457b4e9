import bvhio
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.vtm.body.poses import HANGING, bodies, poses
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.files.bvh import read_bvh, write_bvh

FACING_CAMERA = [0.5, 0.5, -0.5, 0.5]
"""Body axes in optical axes of a person who stands upright and looks into the camera: x to -z, y to x, z to -y."""


def standing(frames: int) -> np.ndarray:
    quats = np.tile(HANGING, (frames, 1, 1))
    quats[:, 0] = FACING_CAMERA
    return quats


def joints(quats, offsets, root):
    return forward_kinematics(matrix_from_quat(quats), offsets, root)[1]


def seen_by_bvhio(path, frame: int) -> dict[str, np.ndarray]:
    """Joint positions in the file's world, by name."""
    root = bvhio.readAsHierarchy(str(path))
    root.loadPose(frame)
    return {joint.Name: np.array(joint.PositionWorld) for joint, _, _ in root.layout()}


same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


@same_folder
@given(poses(frames=5), bodies())
def test_round_trip(tmp_path, quats, offsets):
    root = np.linspace([-1, 0.2, 2], [1, 0.5, 4], 5)
    write_bvh(tmp_path / "a.bvh", quats, root, offsets, 29.97)
    back = read_bvh(tmp_path / "a.bvh")
    assert geodesic_angle(matrix_from_quat(quats), matrix_from_quat(back.quat_local)).max() < 1e-4
    np.testing.assert_allclose(back.root, root, atol=1e-5)
    np.testing.assert_allclose(back.offsets, offsets, atol=1e-5)
    assert back.fps == pytest.approx(29.97, abs=1e-5)


@same_folder
@given(poses(frames=4), bodies())
def test_a_public_reader_sees_the_same_joints(tmp_path, quats, offsets):
    root = np.linspace([-1, 0.2, 2], [1, 0.5, 4], 4)
    write_bvh(tmp_path / "a.bvh", quats, root, offsets, 30)
    expected = joints(quats, offsets, root) * [1, -1, -1]
    for frame in range(4):
        seen = seen_by_bvhio(tmp_path / "a.bvh", frame)
        np.testing.assert_allclose([seen[name] for name in JOINT_NAMES], expected[frame], atol=1e-4)
    file = bvhio.readAsBvh(str(tmp_path / "a.bvh"))
    assert file.FrameCount == 4 and file.FrameTime == pytest.approx(1 / 30, abs=1e-8)


def test_a_person_before_the_camera_stands_upright_and_faces_it(tmp_path):
    write_bvh(tmp_path / "a.bvh", standing(1), [[0, 0.2, 3]], VIRTUAL_OFFSETS, 30)
    at = seen_by_bvhio(tmp_path / "a.bvh", 0)
    assert at["head"][1] > at["pelvis"][1] + 0.4 > at["left_foot"][1] + 1.2
    assert at["left_foot"][2] > at["left_ankle"][2] + 0.1, "toes point to +z, towards the camera"
    assert at["left_shoulder"][0] > at["right_shoulder"][0] + 0.3, "its left is on the right of the picture"
    pelvis = bvhio.readAsBvh(str(tmp_path / "a.bvh")).Root.Keyframes[0]
    np.testing.assert_allclose(np.array(pelvis.Position), [0, -0.2, -3], atol=1e-6)
    np.testing.assert_allclose(np.array(pelvis.Rotation), [1, 0, 0, 0], atol=1e-6)


def test_missing_frames_hold_the_last_valid_pose(tmp_path):
    quats, root = standing(5), np.arange(15.0).reshape(5, 3)
    quats[[0, 3]], root[[0, 3, 4]] = np.nan, np.nan
    write_bvh(tmp_path / "a.bvh", quats, root, VIRTUAL_OFFSETS, 30)
    np.testing.assert_allclose(read_bvh(tmp_path / "a.bvh").root, np.arange(15.0).reshape(5, 3)[[1, 1, 2, 2, 2]])


def test_angles_are_continuous(tmp_path):
    turn = np.linspace(0, 4 * np.pi, 200)
    quats = standing(200)
    quats[:, 16] = np.stack([np.sin(turn / 2), 0 * turn, 0 * turn, np.cos(turn / 2)], axis=1)
    write_bvh(tmp_path / "a.bvh", quats, np.zeros((200, 3)), VIRTUAL_OFFSETS, 30)
    channels = np.loadtxt((tmp_path / "a.bvh").read_text().partition("Frame Time")[2].splitlines()[1:])
    assert np.abs(np.diff(channels, axis=0)).max() < 5
    assert np.ptp(channels, axis=0).max() > 700


def test_without_a_person_nothing_is_left_behind(tmp_path):
    with pytest.raises(VtmError, match="no frame shows a person"):
        write_bvh(tmp_path / "a.bvh", np.full((3, 22, 4), np.nan), np.full((3, 3), np.nan), VIRTUAL_OFFSETS, 30)
    assert not list(tmp_path.iterdir())


def test_unwritable_place(tmp_path):
    with pytest.raises(VtmError, match="cannot write"):
        write_bvh(tmp_path / "no" / "a.bvh", standing(1), np.zeros((1, 3)), VIRTUAL_OFFSETS, 30)


def test_foreign_and_damaged_files(tmp_path):
    path = tmp_path / "a.bvh"
    with pytest.raises(VtmError, match="cannot read"):
        read_bvh(path)
    write_bvh(path, standing(2), np.zeros((2, 3)), VIRTUAL_OFFSETS, 30)
    text = path.read_text()
    for damaged in ("", "hello", text[: len(text) // 2], text[:-30], text.replace("OFFSET 0", "OFFSET x")):
        path.write_text(damaged)
        with pytest.raises(VtmError, match="not a complete BVH file"):
            read_bvh(path)
    path.write_text(text.replace("left_knee", "LeftLeg"))
    with pytest.raises(VtmError, match="another skeleton"):
        read_bvh(path)

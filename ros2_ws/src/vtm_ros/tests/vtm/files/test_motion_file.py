import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest

from tests.vtm.body.poses import HANGING
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, person_scale, scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.assemble import assemble
from vtm.files.motion_file import FORMAT_VERSION, MotionClip
from vtm.types import CameraPose, Motion, Observation

CAMERA = Intrinsics(640, 480, 500.0, 510.0, 320.0, 240.0, (0.1, -0.05, 0.0, 0.001))
STAMPS = [1_000_000_000 + 40_000_000 * frame for frame in range(8)]
SEEN = (1, 2, 3, 6)
VERSION_1 = Path(__file__).with_name("motion_v1.npz")


def motion(frame: int) -> Motion:
    """A person whose bones are believed longer with every frame."""
    rng = np.random.default_rng(frame)
    keypoints = Observation(
        STAMPS[frame], CAMERA, rng.uniform(0, 480, (23, 2)).astype(np.float32), np.ones(23, np.float32)
    )
    return Motion(
        stamp_ns=STAMPS[frame],
        quat_local=HANGING.astype(np.float32),
        root_cam=np.array([0.1, 0.2, 3.0 + frame], np.float32),
        bone_ratio=np.full(21, 0.9 + 0.02 * frame, np.float32),
        confidence=np.full(22, 0.5, np.float32),
        contacts=np.full(4, 0.25, np.float32),
        observation=keypoints,
    )


@pytest.fixture
def clip() -> MotionClip:
    return assemble([motion(frame) if frame in SEEN else None for frame in range(8)], STAMPS, 25.0, CAMERA)


def test_every_frame_is_there(clip):
    np.testing.assert_allclose(clip.stamps, np.array(STAMPS) / 1e9)
    np.testing.assert_array_equal(np.flatnonzero(clip.valid), SEEN)
    for key in ("quat_local", "root_cam", "joints_cam", "keypoints", "confidence", "contacts"):
        values = getattr(clip, key).reshape(8, -1)
        assert np.isfinite(values[clip.valid]).all() and np.isnan(values[~clip.valid]).all(), key
    assert clip.keypoints.shape == (8, 23, 3) and clip.keypoints.dtype == np.float32
    np.testing.assert_array_equal(clip.joint_names, JOINT_NAMES)
    np.testing.assert_array_equal(clip.K, CAMERA.matrix)
    assert clip.intrinsics == CAMERA


def test_one_body_for_the_whole_clip_keeps_every_frame_in_its_place_in_the_picture(clip):
    final = motion(6).bone_ratio
    np.testing.assert_array_equal(clip.bone_ratio, final)
    np.testing.assert_allclose(clip.offsets, scaled_offsets(final), atol=1e-6)
    for frame in SEEN:
        before = motion(frame)
        grown = person_scale(final) / person_scale(before.bone_ratio)
        np.testing.assert_allclose(clip.root_cam[frame], before.root_cam * grown, rtol=1e-6)
        then = forward_kinematics(
            matrix_from_quat(before.quat_local), scaled_offsets(before.bone_ratio), before.root_cam
        )[1]
        np.testing.assert_allclose(CAMERA.project(clip.joints_cam[frame]), CAMERA.project(then), atol=1e-2)


def test_motions_may_come_late(clip):
    late = assemble([None, None, None, *(motion(frame) for frame in SEEN)], STAMPS, 25.0, CAMERA)
    np.testing.assert_array_equal(late.root_cam, clip.root_cam)


def test_a_clip_without_a_person_is_kept(tmp_path):
    empty = assemble([None] * 8, STAMPS, 25.0, CAMERA)
    empty.save(tmp_path / "a.npz")
    assert not MotionClip.load(tmp_path / "a.npz").valid.any()


def test_round_trip(clip, tmp_path):
    clip.save(tmp_path / "a.npz")
    back = MotionClip.load(tmp_path / "a.npz")
    for field in dataclasses.fields(MotionClip):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(clip, field.name))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_failing_to_save_leaves_the_old_file(clip, tmp_path):
    path = tmp_path / "a.npz"
    path.write_text("precious")
    broken = dataclasses.replace(clip, stamps=type("Unwritable", (), {"__array__": lambda *_, **__: 1 / 0})())
    with pytest.raises(ZeroDivisionError):
        broken.save(path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["precious"]
    with pytest.raises(VtmError, match="cannot write"):
        clip.save(tmp_path / "missing" / "a.npz")


def test_a_damaged_file_is_refused_or_read_whole(clip, tmp_path):
    path = tmp_path / "a.npz"
    clip.save(path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [content[:cut] for cut in rng.integers(0, len(content), 40)]
    for position in rng.integers(0, len(content), 300):
        damaged.append(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
    refused = 0
    for data in damaged:
        path.write_bytes(data)
        try:
            np.testing.assert_array_equal(MotionClip.load(path).joints_cam, clip.joints_cam)
        except VtmError:
            refused += 1
    assert refused > 200


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a motion file"),
        (b"no archive", "is not a motion file"),
        (npy(np.zeros(3)), "is not a motion file"),
        (npz(a=np.zeros(3)), "it lacks stamps"),
        (npz(a=np.array([{}], dtype=object)), "is not a motion file"),
    ],
)
def test_foreign_files(tmp_path, content, message):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(VtmError, match=message):
        MotionClip.load(tmp_path / "a.npz")


def test_missing_file(tmp_path):
    with pytest.raises(VtmError, match="cannot read"):
        MotionClip.load(tmp_path / "a.npz")


def test_wrong_shape(clip, tmp_path):
    dataclasses.replace(clip, root_cam=clip.root_cam[:, :2]).save(tmp_path / "a.npz")
    with pytest.raises(VtmError, match="root_cam has shape"):
        MotionClip.load(tmp_path / "a.npz")


def test_files_of_version_1_are_read(tmp_path):
    """Two people in frames of a real clip, as it was captured by the last program that wrote that version."""
    clip = MotionClip.load(VERSION_1)
    with np.load(VERSION_1) as archive:
        for key in archive.files:
            now = "keypoint_convention" if key == "definition" else key
            np.testing.assert_array_equal(getattr(clip, now), archive[key])
        first = {
            key: archive[key] for key in archive.files if key not in ("adjusted", "exchanged", "person", "person_bones")
        }
    motions = clip.motions()
    assert [one.person_id for one in motions] == clip.person[clip.valid].tolist() == [0, 0, 0, 1, 1]
    assert {(one.camera, one.observation.camera_id) for one in motions} == {(None, "")}
    assert {one.observation.keypoint_convention for one in motions} == {1.0}
    np.savez(tmp_path / "first.npz", **first)
    earliest = MotionClip.load(tmp_path / "first.npz")
    assert not earliest.adjusted.any() and not earliest.exchanged.any() and not earliest.person.any()
    np.testing.assert_array_equal(earliest.person_bones, clip.bone_ratio[None])


def test_files_of_a_later_version_are_refused(clip, tmp_path):
    clip.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["format_version"] == FORMAT_VERSION
        later = {**archive, "format_version": np.array(FORMAT_VERSION + 1)}
    np.savez(tmp_path / "b.npz", **later)
    with pytest.raises(VtmError, match="newer than 2; install a newer vtm"):
        MotionClip.load(tmp_path / "b.npz")


def test_camera_and_people_come_back(tmp_path):
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    poses = {frame: CameraPose(rotation, np.array([0.0, frame, 1.5]), source="tf") for frame in (1, 3)}
    motions = [
        dataclasses.replace(
            motion(frame),
            person_id=40 + frame % 2,
            observation=dataclasses.replace(
                motion(frame).observation, camera=poses.get(frame), camera_id="left", exchanged=frame
            ),
        )
        for frame in SEEN
    ]
    assemble(motions, STAMPS, 25.0, CAMERA).save(tmp_path / "a.npz")
    back = MotionClip.load(tmp_path / "a.npz").motions()
    for one, given in zip(back, motions, strict=True):
        assert one.person_id == given.person_id
        assert (one.observation.camera_id, one.observation.exchanged) == ("left", given.observation.exchanged)
        pose = given.observation.camera
        assert (one.camera is None) == (pose is None)
        if pose:
            assert one.observation.camera is one.camera and one.camera.source == "tf"
            np.testing.assert_array_equal(one.camera.rotation, pose.rotation)
            np.testing.assert_array_equal(one.camera.position, pose.position)


def test_adjusted_rows_are_told(tmp_path):
    motions = [dataclasses.replace(motion(frame), adjusted=frame != 2) for frame in SEEN]
    clip = assemble(motions, STAMPS, 25.0, CAMERA)
    assert np.flatnonzero(clip.adjusted).tolist() == [1, 3, 6]
    assert [one.adjusted for one in clip.motions()] == [True, False, True, True]


def test_each_person_has_bones():
    bones = {frame: np.full(21, 1.0 if frame < 4 else 1.25, np.float32) for frame in SEEN}
    motions = [
        dataclasses.replace(motion(frame), person_id=7 + (frame >= 4), bone_ratio=bones[frame]) for frame in SEEN
    ]
    clip = assemble(motions, STAMPS, 25.0, CAMERA)
    assert clip.person[list(SEEN)].tolist() == [int(frame >= 4) for frame in SEEN]
    assert np.all(np.delete(clip.person, list(SEEN)) == -1)
    np.testing.assert_array_equal(clip.person_bones, np.float32([[1.0] * 21, [1.25] * 21]))
    longest = int(sum(frame >= 4 for frame in SEEN) > len(SEEN) / 2)
    np.testing.assert_array_equal(clip.bone_ratio, clip.person_bones[longest])
    for one, given in zip(clip.motions(), motions, strict=True):
        np.testing.assert_array_equal(one.bone_ratio, given.bone_ratio)
        np.testing.assert_allclose(one.root_cam, given.root_cam, rtol=1e-6)
    assert clip.person_id.tolist() == [7, 8]

"""What is written is what is read, whole or cut off anywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader

from tests.vtm_trt.session_log.sessions import CAMERA, FRAME_NS, START_NS, motion
from vtm.camera import Intrinsics
from vtm.files.assemble import assemble
from vtm.files.bvh import read_bvh
from vtm.files.motion_file import MotionClip
from vtm_trt.session_log import captured_frame
from vtm_trt.session_log.mcap_file import McapFile, messages
from vtm_trt.session_log.session import even_rows, read_session, recover, write_motion_files
from vtm_trt.session_log.topic import Topic

FRAMES = Topic("/capture/frames", captured_frame.TYPE, captured_frame.definition())
OTHER = Topic("/chatter", "std_msgs/msg/String", "string data\n", "- history: 1\n")
COUNT, SEEN = 40, range(3, 38)


def record(path, synced_every=10):
    """A session of COUNT frames, in chunks; the person is seen in SEEN."""
    with path.open("xb") as file:
        mcap = McapFile(file)
        for frame in range(COUNT):
            if frame % synced_every == 0:
                mcap.sync()
            stamp = START_NS + frame * FRAME_NS
            mcap.add(OTHER, stamp, b"\0\1\0\0\3\0\0\0hi\0")
            seen = motion(frame) if frame in SEEN else None
            mcap.add(FRAMES, stamp, captured_frame.encode(stamp, CAMERA, seen))
        mcap.finish()
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recording") / "a.mcap")


def test_a_session_comes_back_whole(recording):
    session = read_session(recording)
    assert list(session.frames) == [START_NS + frame * FRAME_NS for frame in range(COUNT)]
    assert [motion.stamp_ns for motion in session.motions] == [START_NS + frame * FRAME_NS for frame in SEEN]
    assert session.fps == pytest.approx(25.0)


def test_several_people_have_motion_files_of_their_own(tmp_path):
    """The second one takes over in the middle; the third is seen for a moment only."""
    path, present = tmp_path / "a.mcap", {1: range(COUNT), 2: range(10, COUNT), 3: range(4)}
    with path.open("xb") as file:
        mcap = McapFile(file)
        for frame in range(COUNT):
            people = {
                number: replace(motion(frame), person_id=number) for number in present if frame in present[number]
            }
            for topic, one in [(FRAMES, people[1 + (frame >= 20)]), *((person(one), one) for one in people.values())]:
                mcap.add(topic, one.stamp_ns, captured_frame.encode(one.stamp_ns, CAMERA, one))
        mcap.finish()
    files = write_motion_files(path)
    assert [file.name for file in files] == ["a.npz", "a.bvh", "a.person_1.npz", "a.person_2.npz"]
    clips = [MotionClip.load(file) for file in files if file.suffix == ".npz"]
    assert [clip.person_id.tolist() for clip in clips] == [[1, 2], [1], [2]]
    assert [int(clip.valid.sum()) for clip in clips] == [COUNT, COUNT, COUNT - 10]
    assert recover(path, tmp_path / "b.mcap").files[3:] == [tmp_path / f"b.person_{number}.npz" for number in (1, 2)]


def person(one) -> Topic:
    return FRAMES._replace(name=f"{FRAMES.name}/person_{one.person_id}")


def test_the_motion_files_are_those_of_a_clip(recording):
    npz, bvh = write_motion_files(recording)
    clip = MotionClip.load(npz)
    stamps = [START_NS + frame * FRAME_NS for frame in range(COUNT)]
    expected = assemble([motion(frame) for frame in SEEN], stamps, 25.0, CAMERA)
    for name in ("stamps", "valid", "quat_local", "root_cam", "bone_ratio", "keypoints", "contacts", "K", "distortion"):
        np.testing.assert_array_equal(getattr(clip, name), getattr(expected, name), err_msg=name)
    back = read_bvh(bvh)
    assert len(back.root) == COUNT and back.fps == pytest.approx(25.0)
    np.testing.assert_allclose(back.root[10], clip.root_cam[10], atol=1e-5)


def test_an_independent_reader_finds_everything_by_the_index(recording):
    with recording.open("rb") as file:
        reader = make_reader(file)
        summary = reader.get_summary()
        assert summary.statistics.message_count == 2 * COUNT
        assert reader.get_header().profile == "ros2"
        channels = {channel.topic: channel for channel in summary.channels.values()}
        assert channels["/chatter"].metadata == {"offered_qos_profiles": OTHER.qos}
        assert sum(1 for _ in reader.iter_messages(topics=["/capture/frames"])) == COUNT


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1))
def test_cut_anywhere_all_that_was_synced_before_is_read(recording, tmp_path_factory, share):
    content = recording.read_bytes()
    cut = tmp_path_factory.mktemp("cut") / "a.mcap"
    cut.write_bytes(content[: max(8, int(share * len(content)))])
    found = list(messages(cut))
    whole = list(messages(recording))
    assert found == whole[: len(found)]
    with recording.open("rb") as file:
        ends = [c.chunk_start_offset + c.chunk_length for c in make_reader(file).get_summary().chunk_indexes]
    assert len(found) == 2 * sum(10 for end in ends if end <= cut.stat().st_size)


def test_keypoints_of_another_camera_are_put_where_the_last_one_sees_them(tmp_path):
    path, zoomed = tmp_path / "a.mcap", Intrinsics(1280, 960, 1000.0, 1020.0, 640.0, 480.0, CAMERA.distortion)
    with path.open("xb") as file:
        mcap = McapFile(file)
        for frame, camera in ((0, CAMERA), (1, zoomed)):
            seen = motion(frame, camera)
            mcap.add(FRAMES, seen.stamp_ns, captured_frame.encode(seen.stamp_ns, camera, seen))
        mcap.finish()
    clip = read_session(path).clip()
    assert clip.intrinsics == zoomed
    near = np.linalg.norm(motion(0).observation.keypoints - (320, 240), axis=1) < 200
    np.testing.assert_allclose(clip.keypoints[0, near, :2], 2 * motion(0).observation.keypoints[near], atol=0.5)
    np.testing.assert_array_equal(clip.keypoints[1, :, :2], motion(1, zoomed).observation.keypoints)


@given(gaps=st.lists(st.floats(0.02, 0.05), min_size=1, max_size=50))
def test_uneven_stamps_give_even_rows_within_half_a_frame(gaps):
    stamps = np.concatenate([[5.0], 5.0 + np.cumsum(gaps)])
    rows = even_rows(stamps, 30.0)
    instants = 5.0 + np.arange(len(rows)) / 30.0
    assert (np.abs(stamps[rows] - instants) <= np.abs(stamps[:, None] - instants).min(0) + 1e-9).all()
    assert abs(instants[-1] - stamps[-1]) <= 0.5 / 30 + 1e-9


def test_even_stamps_give_every_row_once_and_a_jump_of_the_clock_gives_no_flood():
    np.testing.assert_array_equal(even_rows(1e9 + np.arange(100) / 30, 30.0), np.arange(100))
    assert len(even_rows(np.array([0.0, 0.033, 1.7e9]), 30.0)) < 200

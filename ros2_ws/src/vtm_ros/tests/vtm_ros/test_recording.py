"""The service ~/record of a capture node, over real DDS."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rclpy.parameter import Parameter
from rclpy.serialization import deserialize_message
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import JointState
from std_msgs.msg import Float32MultiArray
from std_srvs.srv import SetBool

from tests.full_disk import file_limit
from tests.vtm_ros.support import (
    PATIENCE_S,
    Camera,
    Listener,
    clip_pictures,
    in_executor,
    program,
    ros,
    wait_until,
    write_clip,
)
from tests.vtm_ros.test_lifecycle import call
from vtm.files.bvh import read_bvh
from vtm.files.motion_file import MotionClip
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.nodes.capture_node import CaptureNode
from vtm_ros.nodes.spinning import spinning
from vtm_ros.recording.cdr import serialized
from vtm_ros.recording.recorder import new_recording
from vtm_tools.cli.app import main as vtm
from vtm_trt.session_log.session import read_session, recover

STORE = get_typestore(Stores.ROS2_HUMBLE)
TOPICS = {
    "/joint_states", "/tf", "/robot_description", "/root_pose", "/up", "/contacts", "/confidence", "/capture/frames",
}  # fmt: skip


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return clip_pictures(20)


@contextmanager
def capturing(folder: Path, **parameters):
    overrides = [
        Parameter(name, value=value) for name, value in {"record_directory": str(folder), **parameters}.items()
    ]
    with ros():
        node, camera, listener = CaptureNode(parameter_overrides=overrides), Camera(), Listener()
        listener.listen(PoseWithCovarianceStamped, "root_pose")
        listener.listen(Float32MultiArray, "contacts")
        with spinning(node, camera, listener):
            in_executor(node.autostart)
            yield node, camera, listener


def record(listener: Listener, wanted: bool) -> SetBool.Response:
    return call(listener, SetBool, "/capture/record", SetBool.Request(data=wanted))


def decoded(path: Path) -> list[tuple[str, object]]:
    with path.open("rb") as file:
        messages = make_reader(file, decoder_factories=[DecoderFactory()]).iter_decoded_messages()
        return [(channel.topic, message) for _, channel, _, message in messages]


def test_a_session_is_recorded_as_published(pictures, tmp_path):
    with capturing(tmp_path / "new" / "folder") as (_, camera, listener):
        camera.connect(listener, pictures[0])
        started = record(listener, True)
        assert started.success and str(tmp_path) in started.message
        again = record(listener, True)
        assert not again.success and "end that recording first" in again.message
        stamps = camera.film(pictures[1:], listener)
        ended = record(listener, False)
        assert ended.success
        published = {ns_from_time(m.header.stamp): m for m in listener.received["joint_states"]}
    mcap, npz, bvh = (Path(name) for name in ended.message.split(", "))
    assert [path.suffix for path in (mcap, npz, bvh)] == [".mcap", ".npz", ".bvh"]

    found = decoded(mcap)
    assert {topic for topic, _ in found} == TOPICS
    assert found[0][0] == "/robot_description" and found[0][1].data.startswith("<?xml")
    states = [message for topic, message in found if topic == "/joint_states"]
    assert [ns_from_time(state.header.stamp) for state in states] == stamps
    for state in states:
        assert list(state.position) == list(published[ns_from_time(state.header.stamp)].position)
    assert sum(topic == "/tf" for topic, _ in found) == sum(topic == "/root_pose" for topic, _ in found) == len(stamps)

    with AnyReader([mcap]) as reader:
        counts = {connection.topic: connection.msgcount for connection in reader.connections}
        latched = next(c for c in reader.connections if c.topic == "/robot_description")
        assert latched.ext.offered_qos_profiles[0].durability.name == "TRANSIENT_LOCAL"
        for connection, _, data in reader.messages():
            reader.deserialize(data, connection.msgtype)
    assert {
        topic: counts[topic] for topic in ("/joint_states", "/tf", "/contacts", "/capture/frames")
    } == dict.fromkeys(("/joint_states", "/tf", "/contacts", "/capture/frames"), len(stamps))

    clip = MotionClip.load(npz)
    assert clip.valid.all() and (np.round(clip.stamps * 1e6) == np.round(np.array(stamps) / 1e3)).all()
    back = read_bvh(bvh)
    assert len(back.root) == len(stamps)
    np.testing.assert_allclose(back.root, clip.root_cam, atol=1e-5)


def test_the_motion_file_is_what_vtm_capture_gives(pictures, tmp_path):
    """From the same pixels: the clip is decoded once, and both start with its first frame."""
    video = write_clip(tmp_path / "clip.mp4", pictures)
    reader = cv2.VideoCapture(str(video))
    frames = [picture for found, picture in (reader.read() for _ in pictures) if found]
    assert vtm(["capture", str(video), "--out", str(tmp_path / "a.npz"), "--bvh", str(tmp_path / "a.bvh"),
                "--once", "--lookahead", "0", "--fov", "55"]) == 0  # fmt: skip
    offline = MotionClip.load(tmp_path / "a.npz")
    with capturing(tmp_path, smoothing="off", trajectory=False, feet=False) as (node, camera, listener):
        camera.connect(listener, frames[-1])
        assert record(listener, True).success
        for picture, seconds in zip(frames, offline.stamps, strict=True):
            stamp_ns = camera.next_ns + 10 * 10**9 + round(seconds * 1e9)
            camera.send(picture, stamp_ns)
            wait_until(lambda stamp=stamp_ns: listener.joint_state(stamp), "a pose")
        _, npz, bvh = record(listener, False).message.split(", ")
    live = MotionClip.load(npz)
    for name in ("valid", "quat_local", "root_cam", "bone_ratio", "keypoints", "confidence", "contacts", "K"):
        np.testing.assert_allclose(getattr(live, name), getattr(offline, name), atol=1e-5, err_msg=name)
    np.testing.assert_allclose(np.diff(live.stamps), np.diff(offline.stamps), atol=1e-3)
    np.testing.assert_allclose(read_bvh(bvh).root, read_bvh(tmp_path / "a.bvh").root, atol=1e-5)


def test_with_lookahead_motions_belong_to_their_frames(pictures, tmp_path):
    with capturing(tmp_path, lookahead=2) as (node, camera, listener):
        wait_until(
            lambda: camera.images.get_subscription_count() and listener.count_publishers("joint_states"), "camera"
        )
        assert record(listener, True).success

        for picture in pictures[:8]:
            camera.show(picture, node)
        _, npz, _ = record(listener, False).message.split(", ")
    clip = MotionClip.load(npz)
    assert not clip.valid[-2:].any() and clip.valid[-3]


def test_deactivating_ends_the_recording_and_a_new_one_holds_the_description(pictures, tmp_path):
    with capturing(tmp_path) as (node, camera, listener):
        refused = record(listener, False)
        assert not refused.success and refused.message == "nothing is being recorded"
        camera.connect(listener, pictures[0])
        assert record(listener, True).success
        camera.film(pictures[1:4], listener)
        in_executor(node.trigger_deactivate)
        assert sorted(path.suffix for path in tmp_path.iterdir()) == [".bvh", ".mcap", ".npz"]
        refused = record(listener, True)
        assert not refused.success and "activate it" in refused.message
        in_executor(node.trigger_activate)
        second = record(listener, True)
        camera.connect(listener, pictures[4])
        first, *_ = record(listener, False).message.split(", ")
        assert second.message.endswith(first)
        assert "/robot_description" in {topic for topic, _ in decoded(Path(first))}
    assert len(list(tmp_path.iterdir())) == 6


def test_a_full_disk_is_said_and_the_node_goes_on(pictures, tmp_path):
    with capturing(tmp_path) as (_, camera, listener):
        camera.connect(listener, pictures[0])
        assert record(listener, True).success

        def said() -> dict | None:
            camera.film(pictures[1:3], listener)
            return listener.status() if "cut off" in listener.status().get("message", "") else None

        with file_limit(60_000):
            status = wait_until(said, "the fault")
        assert "free some space" in status["message"] and "vtm recover" in status["recording"]
        (cut,) = tmp_path.iterdir()
        camera.film(pictures[3:6], listener)
        assert record(listener, True).success

        def well() -> bool:
            camera.film(pictures[6:8], listener)
            return listener.status()["message"] == "tracking"

        wait_until(well, "no fault")
        assert record(listener, False).success
    assert recover(cut)


@pytest.mark.parametrize(("directory", "sentence"), [("/proc/nothing", "choose another"), ("file", "choose another")])
def test_an_unwritable_directory_is_said(tmp_path, directory, sentence):
    (tmp_path / "file").write_text("")
    with capturing(tmp_path / directory) as (_, _, listener):
        answer = record(listener, True)
        assert not answer.success and sentence in answer.message


def test_names_stay_in_the_directory_and_take_no_others_place(tmp_path):
    first = new_recording(str(tmp_path), "/anna/../capture")
    assert first.parent == tmp_path and ".." not in first.parts
    for suffix in (".bvh", ".npz", ".mcap"):
        first.with_suffix(suffix).symlink_to("/nowhere")
        second = new_recording(str(tmp_path), "/anna/../capture")
        assert second.stem != first.stem and second.parent == tmp_path
        first.with_suffix(suffix).unlink()


def test_the_default_directory_follows_ros_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROS_HOME", str(tmp_path))
    assert new_recording("", "/capture").parent == tmp_path / "vtm"


def since(begun: int, listener: Listener) -> list[int]:
    return [stamp for stamp in listener.stamps() if stamp > begun]


def recorded_until(clip: Path, folder: Path, stop: signal.Signals) -> tuple[list[int], subprocess.Popen]:
    """Stamps published by a node of its own since it began to record, till it got the signal."""
    arguments = ["--video", str(clip), "--loop", "--ros-args", "-p", f"record_directory:={folder}"]
    with ros():
        listener = Listener()
        with spinning(listener), program("one_process", *arguments) as process:
            wait_until(listener.stamps, "motion")
            assert record(listener, True).success
            begun = time.time_ns()  # what was published before it records may still be on its way
            wait_until(lambda: len(since(begun, listener)) > 5 and listener.stamps()[-1] > begun + 2e9, "motion")
            os.kill(process.pid, stop)
            process.wait(timeout=PATIENCE_S)
    return since(begun, listener), process


def test_a_kill_loses_less_than_a_second(pictures, tmp_path):
    stamps, _ = recorded_until(write_clip(tmp_path / "clip.mp4", pictures), tmp_path / "out", signal.SIGKILL)
    (cut,) = (tmp_path / "out").iterdir()
    kept = [motion.stamp_ns for motion in read_session(cut).motions]
    safe = [stamp for stamp in stamps[1:] if stamp < stamps[-1] - 1e9]
    assert kept and set(safe) <= set(kept)
    recovered = recover(cut).files[0]
    assert MotionClip.load(recovered.with_suffix(".npz")).valid.sum() == len(kept)
    assert len(decoded(recovered)) > 5 * len(kept)


def test_an_interrupt_completes_the_recording(pictures, tmp_path):
    stamps, process = recorded_until(write_clip(tmp_path / "clip.mp4", pictures), tmp_path / "out", signal.SIGINT)
    assert process.returncode == 0
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".bvh", ".mcap", ".npz"]
    (npz,) = (tmp_path / "out").glob("*.npz")
    kept = set(np.round(MotionClip.load(npz).stamps[-4:] * 1e6))
    assert kept & set(np.round(np.array(stamps[-4:]) / 1e3)), "both end at the same time, but for the last few"


def test_the_lifecycle_service_may_shut_down_a_recording_node(pictures, tmp_path):
    with capturing(tmp_path) as (_, camera, listener):
        camera.connect(listener, pictures[0])
        assert record(listener, True).success
        camera.film(pictures[1:3], listener)
        request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_ACTIVE_SHUTDOWN))
        assert call(listener, ChangeState, "/capture/change_state", request).success
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".bvh", ".mcap", ".npz"]


@given(
    frame=st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=9),
    names=st.lists(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=9), max_size=5),
    counts=st.tuples(*[st.integers(0, 3)] * 3),
)
def test_nothing_follows_a_serialised_joint_state(frame, names, counts):
    position, velocity, effort = ([float(number) for number in range(count)] for count in counts)
    state = JointState(name=names, position=position, velocity=velocity, effort=effort)
    state.header.frame_id = frame
    data = serialized(state)
    assert deserialize_message(data, JointState) == state
    message = STORE.deserialize_cdr(data, "sensor_msgs/msg/JointState")
    assert len(STORE.serialize_cdr(message, "sensor_msgs/msg/JointState")) == len(data)

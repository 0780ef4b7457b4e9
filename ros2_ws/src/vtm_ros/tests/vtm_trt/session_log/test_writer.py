"""The writing thread: its promises to the disk and to its caller."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.full_disk import file_limit
from tests.vtm_trt.session_log.sessions import CAMERA, FRAME_NS, START_NS, motion
from tests.vtm_trt.session_log.test_session import FRAMES
from vtm.errors import VtmError
from vtm_trt.session_log import captured_frame, writer
from vtm_trt.session_log.mcap_file import messages
from vtm_trt.session_log.session import read_session
from vtm_trt.session_log.writer import RecordingWriter

RECORD_FOR_EVER = """
import sys, time
from pathlib import Path
from tests.vtm_trt.session_log.sessions import CAMERA, motion
from tests.vtm_trt.session_log.test_session import FRAMES
from vtm_trt.session_log import captured_frame
from vtm_trt.session_log.writer import RecordingWriter
writer = RecordingWriter(Path(sys.argv[1]), lambda _: None)
seen = motion(0)
while True:
    now = time.time_ns()
    writer.put(FRAMES, now, captured_frame.encode(now, CAMERA, seen))
    print(now, flush=True)
    time.sleep(0.01)
"""


def put(to: RecordingWriter, count: int) -> None:
    for frame in range(count):
        stamp = START_NS + frame * FRAME_NS
        to.put(FRAMES, stamp, captured_frame.encode(stamp, CAMERA, motion(frame)))


def test_all_that_is_put_is_written_and_the_end_is_told(tmp_path):
    told = []
    recording = RecordingWriter(tmp_path / "a.mcap", told.append)
    put(recording, 30)
    assert recording.running
    recording.end()
    recording.join()
    assert (recording.running, recording.fault, recording.dropped, told) == (False, "", 0, [recording])
    assert recording.files == [tmp_path / f"a.{kind}" for kind in ("mcap", "npz", "bvh")]
    assert len(read_session(recording.path).motions) == 30
    put(recording, 1)
    assert len(list(messages(recording.path))) == 30


def test_without_frames_and_without_a_person(tmp_path):
    nothing, nobody = (RecordingWriter(tmp_path / f"{name}.mcap", lambda _: None) for name in ("nothing", "nobody"))
    nobody.put(FRAMES, 1, captured_frame.encode(1, CAMERA, None))
    for recording in (nothing, nobody):
        recording.end()
        recording.join()
        assert not recording.fault
    assert [path.name for path in nothing.files] == ["nothing.mcap"]
    assert [path.name for path in nobody.files] == ["nobody.mcap", "nobody.npz"]


def test_neither_a_file_nor_a_link_is_written_over(tmp_path):
    outside = tmp_path / "outside"
    (tmp_path / "a.mcap").symlink_to(outside)
    with pytest.raises(VtmError, match="choose another record_directory"):
        RecordingWriter(tmp_path / "a.mcap", lambda _: None)
    assert not outside.exists()


def test_a_full_disk_ends_the_recording_with_the_remedy_and_keeps_what_fitted(tmp_path):
    told = threading.Event()
    recording = RecordingWriter(tmp_path / "a.mcap", lambda _: told.set())
    with file_limit(60_000):
        while not told.is_set():
            put(recording, 100)
            time.sleep(0.01)
    assert "cut off" in recording.fault and "vtm recover" in recording.fault
    assert not recording.running
    assert sum(1 for _ in messages(recording.path)) > 0


def test_a_slow_disk_costs_messages_not_time(tmp_path, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(writer, "WAITING", 50)
    monkeypatch.setattr(writer.McapFile, "sync", lambda _: go_on.wait())
    recording = RecordingWriter(tmp_path / "a.mcap", lambda _: None)
    put(recording, 80)
    assert recording.dropped == 30
    go_on.set()
    recording.end()
    recording.join()
    assert len(list(messages(recording.path))) == 50


def test_a_kill_loses_less_than_a_second(tmp_path):
    path = tmp_path / "a.mcap"
    process = subprocess.Popen([sys.executable, "-c", RECORD_FOR_EVER, path], stdout=subprocess.PIPE, text=True)
    sent = []
    while not sent or sent[-1] - sent[0] < 2.5e9:
        sent.append(int(process.stdout.readline()))
    os.kill(process.pid, signal.SIGKILL)
    sent += [int(line) for line in process.communicate()[0].split()]
    kept = list(read_session(path).frames)
    assert kept == sent[: len(kept)]
    assert sent[-1] - kept[-1] < 1e9

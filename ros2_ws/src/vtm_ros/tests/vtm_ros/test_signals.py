"""SIGINT and SIGTERM, at any time: exit code 0, no traceback, and long before a minute is over."""

import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from tests.vtm_ros.support import PATIENCE_S, Listener, clip_pictures, program, ros, wait_until, write_clip
from vtm_ros.nodes.spinning import spinning

SIGNALS = [signal.SIGINT, signal.SIGTERM]
WITHIN_S = 30.0
SLOW_START = """
import sys, time
from vtm_ros.capture import capture_stream
from vtm_ros.nodes import capture_node

def load(*_):
    print("loading", flush=True)
    time.sleep(60)

assert capture_stream.PoseTracker  # what is replaced has to be there
capture_stream.PoseTracker = load
sys.exit(capture_node.main())
"""
"""The program `capture` with networks that take a minute to load, as an engine does that has to be built."""
SWALLOWED = """
import os, signal, sys
from rclpy.node import Node
from vtm_ros.nodes.run import run_nodes

class Converting(Node):
    def __init__(self):
        super().__init__("converting")
        self.create_timer(0.01, self.convert)

    def convert(self):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            while True:
                pass
        except KeyboardInterrupt:
            raise RuntimeError("Unable to convert call argument") from None

sys.exit(run_nodes(lambda: [Converting()]))
"""
"""As pybind11 does with an interrupt that comes while it makes a message."""
HALF_MADE = """
import os, signal, sys
from rclpy.node import Node
from rclpy.task import Task
from vtm_ros.nodes.run import run_nodes

class Making(Node):
    def __init__(self):
        super().__init__("making")
        self.create_timer(0.01, self.make)

    def make(self):
        half_made = Task.__new__(Task)
        os.kill(os.getpid(), signal.SIGINT)
        while True:
            pass

sys.exit(run_nodes(lambda: [Making()]))
"""
"""An interrupt that comes while rclpy makes one of its tasks."""


def ends_well(process: subprocess.Popen, stop: signal.Signals) -> None:
    process.send_signal(stop)
    began = time.monotonic()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "Traceback" in errors) == (0, False), errors
    assert time.monotonic() - began < WITHIN_S


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clip_pictures(10))


@pytest.mark.parametrize("stop", SIGNALS)
def test_in_the_middle_of_the_work(clip, stop):
    playing = ["-p", f"video:={clip}", "-p", "loop:=true", "-p", "rate:=100.0"]
    with ros():
        listener = Listener()
        with (
            spinning(listener),
            program("capture_node") as capture,
            program("video_camera", "--ros-args", *playing) as camera,
        ):
            wait_until(lambda: len(listener.stamps()) > 3, "motion")
            ends_well(camera, stop)
            ends_well(capture, stop)


@pytest.mark.parametrize("stop", SIGNALS)
def test_in_one_process(clip, stop):
    with ros():
        listener = Listener()
        with spinning(listener), program("one_process", "--video", str(clip), "--loop", "--rate", "100") as both:
            wait_until(lambda: len(listener.stamps()) > 3, "motion")
            ends_well(both, stop)


@pytest.mark.parametrize("stop", SIGNALS)
def test_while_the_networks_load(stop):
    command = [sys.executable, "-c", SLOW_START]
    listening = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may not be
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listening
    ) as capture:
        try:
            assert capture.stdout and capture.stdout.readline() == "loading\n"
            ends_well(capture, stop)
        finally:
            capture.kill()


@pytest.mark.parametrize("code", [SWALLOWED, HALF_MADE], ids=["converts a message", "makes a task"])
def test_while_rclpy(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (0, "")

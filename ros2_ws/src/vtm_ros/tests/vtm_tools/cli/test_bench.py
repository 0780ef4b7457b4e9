"""`vtm bench`: real runs of a few frames."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import HEIGHT, WIDTH
from vtm.types import Frame
from vtm_tools.bench import baseline_environment as environment
from vtm_tools.bench import clip as clip_module
from vtm_tools.bench import window
from vtm_tools.bench.baseline import KINDS, BaselineRun, baseline
from vtm_tools.bench.baseline_environment import NETWORKS, baseline_python
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.bench.cold_start import cold_start
from vtm_tools.bench.file_run import FileRun, file_run, wait_figures
from vtm_tools.bench.measure import Passes, _baseline_figures
from vtm_tools.bench.runs import one_run
from vtm_tools.bench.stopwatch import Stopwatch, watch
from vtm_tools.bench.task import Task
from vtm_tools.cli.app import main
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.person_stream import MotionStream

FRAMES, ROUNDS = 8, 2
QUICK = ["--frames", str(FRAMES), "--rounds", "1", "--pose-model", "lite"]
ALWAYS = {"decode", "crop", "pose2d_network", "landmarks", "vtm_network", "root_and_rotations", "postprocess"}


@pytest.fixture(scope="module")
def benched(clip, tmp_path_factory) -> tuple[dict, str]:
    """Numbers and Markdown of one run."""
    folder = tmp_path_factory.mktemp("bench")
    files = ["--json", str(folder / "b.json"), "--markdown", str(folder / "b.md")]
    size = ["--frames", str(FRAMES), "--rounds", str(ROUNDS), "--pose-model", "lite", "--cores", "1", "--soak", "120"]
    size += ["--hands", "lite"]
    cores = os.sched_getaffinity(0)
    assert main(["bench", str(clip), *size, *files]) == 0
    assert os.sched_getaffinity(0) == cores, "the cores were not given back"
    return json.loads((folder / "b.json").read_text()), (folder / "b.md").read_text()


def test_pipeline_and_stages(benched):
    found = benched[0]
    pipeline, stages = found["pipeline"], found["stages"]
    assert set(pipeline) == {"fps", "one_by_one_fps", "recording_fps", "p50_ms", "p95_ms", "p99_ms"}
    assert set(stages) == ALWAYS | {"detector", "hands", "hand_lifter"}
    for figures in (pipeline, *stages.values()):
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"] < 60_000
    slowest = max(stages[stage]["p50_ms"] for stage in ALWAYS)
    assert slowest < pipeline["p50_ms"], "a frame takes longer than each of its stages"
    assert all(0 < pipeline[name] < 2000 for name in ("fps", "one_by_one_fps", "recording_fps"))


@pytest.mark.parametrize("two", [True, False])
def test_what_the_threads_wait(clip, two):
    stream = MotionStream(PoseTracker("lite", threads=1), postprocess=PostprocessConfig())
    stream.lifter.runner.concurrent = two
    done = file_run(stream, clip, FRAMES)
    if not two:
        assert wait_figures([done]) is None
        return
    waits = wait_figures([done, done])
    assert set(waits) == {"look", "read_and_lift"} and min(waits.values()) >= 0
    assert max(waits.values()) < 1e3 / done.fps, "of a frame each does something"


def test_the_stages_make_the_pass(clip):
    stream, stopwatch = MotionStream(PoseTracker("lite", threads=1), postprocess=PostprocessConfig()), Stopwatch()
    watch(stream, stopwatch)
    for _ in range(2):
        done = one_run(stream, stopwatch, clip, FRAMES)
        spent = sum(ms for stages in done.stages for ms in stages.values()) / 1000
        assert 0.5 * done.seconds < spent <= done.seconds, "opening the video takes the rest"
        assert [set(stages) - ALWAYS for stages in done.stages] == [{"detector"}] + [set()] * (FRAMES - 1)
        assert done.seen == len(done.stages) == FRAMES and done.fps == FRAMES / done.seconds


def test_watched_networks_give_the_same_motion(clip):
    plain, watched = (MotionStream(PoseTracker("lite", threads=1)) for _ in range(2))
    watch(watched, Stopwatch())
    for frame in frames(recorded(clip), 3):
        ours, theirs = plain.step(frame), watched.step(frame)
        np.testing.assert_array_equal(ours.quat_local, theirs.quat_local)
        np.testing.assert_array_equal(ours.root_cam, theirs.root_cam)


class Clockwork:
    """A stream whose 2D pose takes 2 s and whose VTM takes 1 s, by its own clock."""

    def __init__(self, seen: bool = True):
        self.now, self.seen, self.tracker, self.reset = 0.0, seen, self, lambda: None

    def step(self, frame, seconds=3.0):
        self.now += seconds
        return frame if self.seen else None

    def lift(self, _):
        self.now += 1.0


@pytest.mark.parametrize("seen", [True, False])
def test_a_window_against_a_step(monkeypatch, seen):
    stream, eye = Clockwork(seen), Clockwork(seen)
    stream.tracker = eye
    eye.step = lambda frame: stream.step(frame, 2.0)
    monkeypatch.setattr(window, "perf_counter", lambda: stream.now)
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 0, None)
    expected = round((window.WINDOW * 2 + 1) / 3, 1) if seen else None
    assert window.streaming_vs_window(stream, frame, range(3)) == expected


def test_looping_goes_on_in_time(clip):
    found = list(frames(recorded(clip), 100, again=True))
    assert [frame.stamp_ns for frame in found] == [round(number * 1e9 / 30) for number in range(100)]
    np.testing.assert_array_equal(found[40].image, found[0].image)
    assert len(list(frames(recorded(clip), 100))) == 40


def test_the_document(benched):
    found = benched[0]
    assert (found["frames"], found["rounds"], found["size"]) == (FRAMES, ROUNDS, [WIDTH, HEIGHT])
    assert found["machine"]["cores"] == 1 and found["machine"]["memory_gb"] > 0 and found["machine"]["processor"]
    assert {"python", "vtm_ros", "numpy", "opencv"} <= set(found["versions"])
    assert "1 threads" in found["backend"]
    assert found["hands"] == "lite" and max(found["hands_percent"]) > 50
    assert found["clip"] == "person.mp4" and found["seen_percent"] == 100 and found["baselines"] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", found["date"])
    assert 1 < found["streaming_vs_window"] and 0 <= found["load_before"]
    assert 0 < found["start_to_first_pose_s"] < 60


def test_memory(benched):
    found = benched[0]
    assert 60 < found["memory_mb"] <= found["memory_peak_mb"] < 700
    soak = found["soak"]
    assert (soak["frames"], soak["start_frame"]) == (120, 100) and soak["end_mb"] == found["memory_mb"]
    assert abs(soak["growth_percent"]) < 20
    assert soak["growth_percent"] == pytest.approx(100 * (soak["end_mb"] / soak["start_mb"] - 1), abs=0.01)


def test_markdown_says_the_same(benched):
    found, text = benched
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {3, 5}
    whole = found["pipeline"]
    assert f"| **{whole['p50_ms']:.2f}** | **{whole['p95_ms']:.2f}** | **{whole['p99_ms']:.2f}** |" in text
    assert f"| frames per second of a file, video in, motion out | {whole['fps']:.1f} |" in text
    assert (
        found["waits_ms"]
        and f"| {found['waits_ms']['look']:.1f} ms; {found['waits_ms']['read_and_lift']:.1f} ms |" in text
    )
    assert found["machine"]["processor"] in text and found["backend"] in text and found["date"] in text


def test_a_process_starts_anew_at_the_end_of_the_video(clip):
    notes = list(cold_start(clip, 100, "auto", "lite", 1))
    assert [(note.frames, note.first_pose) for note in notes] == [(1, True), (100, False)], "of 40 frames"
    assert 0 < notes[0].seconds < notes[1].seconds


@pytest.fixture
def stranger(tmp_path) -> Path:
    """An environment of a baseline that answers as MediaPipe's program does: its "Python" is a shell script."""
    python = tmp_path / "baseline/bin/python"
    python.parent.mkdir(parents=True)
    reply = (
        '{"frame_ms": [50.0, 50.0], "seconds": SECONDS, "seen": 2, "people": 4, "hands": [2, 1], "version": "0.10.21"}'
    )
    told = reply.replace("SECONDS", "0.$round")
    python.write_text(
        f"#!/bin/sh\nround=0; while read line; do round=$((round + 1)); echo '{told}' | sed s/.round/$round/; done\n"
    )
    python.chmod(0o755)
    (tmp_path / "baseline/mediapipe.txt").write_text(environment.REQUIREMENTS.read_text())
    return tmp_path / "baseline"


def test_against_several(clip, stranger, tmp_path, monkeypatch, capsys):
    """Each answers 0.1 s in the round that warms up, then 0.2 and 0.3 s: 10 and 6.67 frames a second."""
    monkeypatch.setattr(environment, "FOLDER", stranger)
    arguments = ["bench", "--frames", "3", "--rounds", "2", "--pose-model", "lite", "--max-people", "2"]
    arguments += ["--against", "holistic,tasks", "--against", "mediapipe", "--json", str(tmp_path / "b.json")]
    assert main(arguments) == 0
    found = json.loads((tmp_path / "b.json").read_text())
    assert (found["clip"], found["max_people"], found["people_a_frame"]) == ("2_people.mp4", 2, 2.0)
    assert set(found["stages"]) == {"decode", "people_2d", "people_lifted", "postprocess"}
    assert [one["against"] for one in found["baselines"]] == ["holistic", "tasks", "mediapipe"]
    holistic, tasks, _ = found["baselines"]
    assert {"name": "MediaPipe Holistic", "hands_percent": [100, 50], "people_a_frame": 2}.items() <= holistic.items()
    assert (tasks["name"], tasks["hands_percent"]) == ("MediaPipe Tasks for 2 people", None)
    assert holistic["fps"] == pytest.approx((10 + 20 / 3) / 2, abs=0.06)
    lower, upper = tasks["ratio_quartiles"]
    assert lower <= tasks["ratio"] <= upper and found["pipeline"]["fps"] > 0
    shown = capsys.readouterr().out
    assert "MediaPipe Tasks for 2 people 0.10.21" in shown and "half of the rounds" in shown


def test_ratios_are_of_the_same_round():
    theirs = [BaselineRun([], seconds, 1, "0") for seconds in (0.5, 1.0, 2.0)]
    theirs = [replace(one, frame_ms=[1.0]) for one in theirs]  # 2, 1 and 0.5 frames a second
    task = Task(Path("clip.mp4"), None, 3, 2, "auto", "full", "off", 1, ("tasks",), None, 0, 3)
    found = _baseline_figures(
        task, "tasks", Passes([], [FileRun(fps, {}) for fps in (4.0, 3.0, 2.0)], [], {"tasks": theirs})
    )
    assert (found["ratio"], found["ratio_quartiles"], found["fps"]) == (3.0, [2.5, 3.5], 1.0)


@pytest.mark.parametrize("against", ["mediapipe", "tasks"])
def test_the_real_peer(clip, against):
    """Where its environment was made before."""
    try:
        python = baseline_python()
    except Exception as fault:
        pytest.skip(str(fault))
    with baseline(python, clip, FRAMES, against) as mediapipe:
        done = mediapipe.one_run()
    assert (len(done.frame_ms), done.seen, done.people, done.version) == (FRAMES, FRAMES, FRAMES, "0.10.21")
    assert 0 < done.fps < 1000 / min(done.frame_ms)


def refused(arguments: list[str], message: str, capfd) -> None:
    assert main(["bench", *arguments]) == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ") and shown.err.count("\n") == 1 and message in shown.err, shown.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("missing.mp4", "there is no video missing.mp4; check the path"),
        (".", "is a folder; give a video file"),
        ("zero.mp4", "give a video file with at least one frame"),
        ("/dev/video77", "there is no video /dev/video77"),
        ("good.mp4 --frames 0", "'--frames'"),
        ("good.mp4 --rounds 0", "'--rounds'"),
        ("good.mp4 --cores 0", "'--cores'"),
        ("good.mp4 --soak -1", "'--soak'"),
        ("good.mp4 --backend abacus", "choose one of: auto"),
        ("good.mp4 --pose-model huge", "'lite', 'full', 'heavy'"),
        ("good.mp4 --against openpose", "'--against'"),
        ("good.mp4 --against tasks,,holistic", "'' is not one of 'mediapipe'"),
        ("good.mp4 --max-people 4", "'--max-people'"),
        ("good.mp4 --max-people 2 --hands lite", "leave out --hands or --max-people"),
        ("good.mp4 --install-baseline", "add --against mediapipe"),
        ("good.mp4 --json absent/b.json", "there is no folder absent"),
        ("good.mp4 --json /proc/b.json", "choose a folder you may write to"),
        ("good.mp4 --json b.txt", "must end in .json"),
        ("good.mp4 --markdown b.json", "must end in .md"),
    ],
)
def test_bad_input(clip, tmp_path, monkeypatch, capfd, options, message):
    (tmp_path / "good.mp4").symlink_to(clip)
    (tmp_path / "zero.mp4").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    refused(options.split(), message, capfd)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.mp4", "zero.mp4"]


def test_without_the_sample_clip(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(clip_module, "SAMPLE", tmp_path / "cam03.mp4")
    refused([], "fetch the clip (make setup)", capfd)


def test_the_peer_is_asked_for(clip, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(environment, "FOLDER", tmp_path / "none")
    refused([str(clip), "--against", "mediapipe"], "add --install-baseline once", capfd)
    assert not (tmp_path / "none").exists(), "nothing is installed unasked"


@pytest.mark.parametrize(("npm", "message"), [(None, "apt-get install npm"), ("#!/bin/sh\nexit 1\n", "could not be")])
def test_networks_that_the_wheel_lacks(clip, stranger, tmp_path, monkeypatch, capfd, npm, message):
    """They are asked for by name, and nothing is left where npm cannot get them."""
    modules = stranger / "lib/python3.11/site-packages/mediapipe/modules/pose_landmark"
    modules.mkdir(parents=True)
    (tmp_path / "programs").mkdir()
    if npm:
        (tmp_path / "programs/npm").write_text(npm)
        (tmp_path / "programs/npm").chmod(0o755)
    monkeypatch.setattr(environment, "FOLDER", stranger)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    assert {network for kind in KINDS.values() for network in kind.networks} == set(NETWORKS)
    against = [str(clip), "--against", "tasks,mediapipe-heavy"]
    refused(against, "lacks pose_landmark_heavy.tflite; add --install-baseline once", capfd)
    refused([*against, "--install-baseline"], message, capfd)
    assert list(modules.iterdir()) == []


def test_a_peer_for_other_pythons(clip, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(environment, "NEWEST_PYTHON", (2, 7))
    monkeypatch.setattr(environment, "FOLDER", tmp_path / "none")
    refused([str(clip), "--against", "mediapipe", "--install-baseline"], "Python 2.7 or older", capfd)


def test_a_peer_that_cannot_be_installed(clip, tmp_path, monkeypatch, capfd):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(environment, "FOLDER", tmp_path / "file")
    refused([str(clip), "--against", "mediapipe", "--install-baseline"], "could not be installed into", capfd)


def test_a_peer_that_dies(clip, stranger, monkeypatch, capfd):
    python = stranger / "bin/python"
    python.write_text("#!/bin/sh\necho no such processor >&2\nexit 1\n")
    monkeypatch.setattr(environment, "FOLDER", stranger)
    refused([str(clip), *QUICK, "--against", "mediapipe"], "MediaPipe pose stopped: no such processor", capfd)


def test_a_measured_process_that_dies(clip, tmp_path):
    with pytest.raises(Exception, match="ended early.*unknown backend 'abacus'"):
        list(cold_start(clip, 5, "abacus", "lite", 1))

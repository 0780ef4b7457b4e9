import functools
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import AWAY, BACK, FPS, HEIGHT, SHOWN, WIDTH
from tests.vtm_trt.sources import films
from vtm.body.skeleton import JOINT_NAMES, stature
from vtm.errors import VtmError
from vtm.files.bvh import read_bvh
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main
from vtm_trt.pose2d.landmarks import VARIANTS

CAMERA = f"""
image_width: {WIDTH}
image_height: {HEIGHT}
camera_matrix: {{rows: 3, cols: 3, data: [800.0, 0.0, 270.0, 0.0, 810.0, 480.0, 0.0, 0.0, 1.0]}}
distortion_model: plumb_bob
distortion_coefficients: {{rows: 1, cols: 5, data: [-0.1, 0.05, 0.0, 0.0, 0.0]}}
"""


def capture(video: Path, folder: Path, *options: str) -> MotionClip:
    assert main(["capture", str(video), "--out", str(folder / "m.npz"), "--pose-model", "lite", *options]) == 0
    return MotionClip.load(folder / "m.npz")


def test_every_output(clip, tmp_path, capsys):
    bvh, picture = tmp_path / "m.bvh", tmp_path / "p.png"
    motion = capture(clip, tmp_path, "--bvh", str(bvh), "--overview", str(picture))
    shown = capsys.readouterr()
    assert shown.out.startswith("40 frames at ") and "tracked in 100.0 %" in shown.out and shown.out.count("\n") == 1
    assert shown.err == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.bvh", "m.npz", "p.png"]

    assert motion.valid.shape == (40,) and motion.valid.all()
    np.testing.assert_allclose(motion.stamps, np.arange(40) / FPS, atol=1e-6)
    shapes = {"quat_local": (22, 4), "root_cam": (3,), "joints_cam": (22, 3), "keypoints": (23, 3), "confidence": (22,)}
    for key, shape in shapes.items():
        values = getattr(motion, key)
        assert values.shape == (40, *shape) and np.isfinite(values).all(), key
    np.testing.assert_allclose(np.linalg.norm(motion.quat_local, axis=-1), 1, atol=1e-5)
    np.testing.assert_array_equal(motion.joint_names, JOINT_NAMES)
    assert motion.image_size.tolist() == [WIDTH, HEIGHT] and motion.fps == FPS

    written = read_bvh(bvh)
    assert written.fps == pytest.approx(FPS)
    np.testing.assert_allclose(written.root, motion.root_cam, atol=1e-5)
    assert np.abs(np.sum(written.quat_local * motion.quat_local, -1)).min() > 1 - 1e-6
    assert cv2.imread(str(picture)).shape[1] == 1600


@pytest.mark.parametrize(
    ("options", "network", "twice"),
    [
        ("", "full", False),
        ("--speed fast", "lite", False),
        ("--speed accurate", "full", True),
        ("--speed accurate --pose-model lite", "lite", True),
        ("--speed fast --pose-model full --max-people 2", "full", False),
    ],
)
def test_a_speed_and_the_network_that_wins_over_it(brief_clip, tmp_path, monkeypatch, capsys, options, network, twice):
    def asked(*given, twice, **_):
        raise VtmError(f"{next(name for name in given if name in VARIANTS)} {twice}")

    for tracker in ("PoseTracker", "PeopleTracker"):
        monkeypatch.setattr(sys.modules["vtm_tools.cli.capture"], tracker, asked)
    assert main(["capture", str(brief_clip), "--out", str(tmp_path / "m.npz"), *options.split()]) == 2
    assert capsys.readouterr().err.endswith(f"error: {network} {twice}\n")


def test_the_person_leaves_and_comes_back(interrupted_clip, tmp_path):
    motion = capture(interrupted_clip, tmp_path)
    seen = np.r_[np.ones(SHOWN, bool), np.zeros(AWAY, bool), np.ones(BACK, bool)]
    np.testing.assert_array_equal(motion.valid, seen)
    for key in ("quat_local", "root_cam", "joints_cam", "keypoints", "confidence", "contacts"):
        values = getattr(motion, key).reshape(len(seen), -1)
        assert np.isfinite(values[seen]).all() and np.isnan(values[~seen]).all(), key
    assert np.isfinite(motion.stamps).all()


@pytest.mark.parametrize("people", ["1", "2"])
def test_frames_that_cannot_be_read_are_said(clip, tmp_path, capsys, people):
    video = tmp_path / "clip.mp4"
    video.write_bytes(clip.read_bytes())
    options = ["--out", str(tmp_path / "m.npz"), "--pose-model", "lite", "--once", "--max-people", people]
    assert main(["capture", str(films.damage(video)), *options]) == 0
    line = r"(\d+) frames at .* fps \((\d+) more could not be read: is the file damaged\?\), "
    said = re.match(line, capsys.readouterr().out)
    assert said and int(said[2]) > 0 and int(said[1]) + int(said[2]) == 40


def test_calibration_and_height(clip, tmp_path):
    calibration = tmp_path / "camera.yaml"
    calibration.write_text(CAMERA)
    motion = capture(clip, tmp_path, "--intrinsics", str(calibration), "--subject-height", "1.6", "--lookahead", "0")
    np.testing.assert_array_equal(motion.K, [[800, 0, 270], [0, 810, 480], [0, 0, 1]])
    np.testing.assert_array_equal(motion.distortion, [-0.1, 0.05, 0, 0, 0])
    assert stature(motion.offsets) == pytest.approx(1.6, abs=5e-3)
    assert motion.valid.all()


def test_an_older_file_is_replaced(brief_clip, tmp_path):
    (tmp_path / "m.npz").write_text("old")
    assert capture(brief_clip, tmp_path).valid.any()


def is_open(process: subprocess.Popen, file: Path) -> bool:
    links = Path(f"/proc/{process.pid}/fd").iterdir()
    try:
        return any(link.resolve() == file.resolve() for link in links)
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc for the moment when the work begins")
def test_ctrl_c_leaves_nothing_behind(clip, images, tmp_path):
    program = [Path(sys.prefix) / "bin" / "vtm", "capture", clip, "--out", tmp_path / "m.npz", "--pose-model", "heavy"]
    listening = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may not be
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listening)
    deadline = time.monotonic() + 60
    while not is_open(process, clip):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    shown = process.communicate(timeout=60)
    assert (process.returncode, shown[0]) == (130, "") and "Traceback" not in shown[1]
    assert not list(tmp_path.iterdir())

"""The examples run as they are, on a real clip."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .vtm_ros.support import clip_pictures, write_clip

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
ROBOT = Path(sys.prefix) / "share/vtm/robots/jvrc1.urdf"
FRAMES = 20


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clip_pictures(FRAMES))


def run(program: str, *arguments: Path) -> str:
    command = [sys.executable, str(EXAMPLES / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_capture_file_and_own_network(video, tmp_path):
    said = run("capture_file.py", video, tmp_path / "motion.npz")
    assert f"{FRAMES} of {FRAMES} frames" in said and "(20, 22, 3)" in said
    said = run("own_2d_network.py", tmp_path / "motion.npz", video)
    assert f"{FRAMES} of {FRAMES} frames" in said


def test_live_camera(video):
    lines = run("live_camera.py", video).splitlines()
    assert len(lines) == FRAMES and all("left elbow" in line for line in lines)


def test_drive_a_robot(video):
    if not ROBOT.is_file():
        pytest.skip(f"{ROBOT} is missing; `make test` fetches it")
    lines = run("drive_a_robot.py", video, ROBOT).splitlines()
    assert sum("follow" in line or "blend" in line for line in lines) > FRAMES / 2


def test_the_notebook(video, tmp_path):
    cells = json.loads((EXAMPLES / "capture.ipynb").read_text())["cells"]
    program = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    environment = os.environ | {"VIDEO": str(video), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "motion.npz").is_file()

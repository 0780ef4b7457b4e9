"""An output file is written whole or not at all, whatever stops it."""

import functools
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from itertools import product

import pytest

from tests.full_disk import KINDS, full
from tests.vtm_tools.render.test_overview import standing
from vtm_tools.cli.app import main
from vtm_tools.render import files

ROOM = 4096


@pytest.fixture(scope="module")
def motion_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    standing(40).save(path)
    return path


COMMANDS = (
    "render film.mp4", "render film.webm", "render film.gif", "render sheet.png", "export m.glb", "export m.bvh",
    "export m.csv", "export m.npz", "report page.html", "export m.usda",
    *(["export m.usdz"] if find_spec("pxr") else []),
)  # fmt: skip
SLOW = ("disk", "report page.html")
"""Drawing takes most of the time, and writing is the same as for the others."""


@pytest.mark.parametrize(
    ("kind", "command"), [pair for pair in product(KINDS, COMMANDS) if pair != SLOW], ids=lambda text: text
)
def test_a_full_disk_is_an_error_and_the_older_file_stays(motion_file, tmp_path, capfd, kind, command):
    program, name = command.split()
    options = ["--width", "240"] if program == "render" else []
    with full(kind, tmp_path, ROOM) as small:
        older = small / name
        older.write_text("older")
        assert main([program, str(motion_file), "--out", str(older), *options]) == 2
        assert older.read_text() == "older" and list(small.iterdir()) == [older]
    error = capfd.readouterr().err
    assert f"error: cannot write {older}: " in error and "; free some space or choose another place" in error
    assert "Traceback" not in error and "Exception ignored" not in error


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_film_that_lacks_pictures_is_told(motion_file, tmp_path, monkeypatch, suffix):
    class Forgetful:
        """Not derived from OpenCV's class, whose instances with attributes break the interpreter's memory."""

        fourcc, written = files.cv2.VideoWriter.fourcc, 0

        def __init__(self, *arguments):
            self.writer = writer(*arguments)
            self.isOpened, self.release = self.writer.isOpened, self.writer.release

        def write(self, picture):
            self.written += 1
            if self.written != 7:
                self.writer.write(picture)

    writer = files.cv2.VideoWriter
    monkeypatch.setattr(files.cv2, "VideoWriter", Forgetful)
    out = tmp_path / f"film{suffix}"
    assert main(["render", str(motion_file), "--out", str(out), "--width", "240"]) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film.mp4", "film.gif"])
def test_an_interrupt_leaves_nothing_behind(tmp_path, name):
    motion, out = tmp_path / "motion.npz", tmp_path / "out"
    standing(300).save(motion)
    out.mkdir()
    command = [sys.executable, "-m", "vtm_tools.cli.app", "render", str(motion), "--out", str(out / name)]
    listening = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may not be
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=listening) as process:
        while not any(out.iterdir()):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        error = process.communicate()[1]
    assert process.returncode == 130 and "Traceback" not in error
    assert not list(out.iterdir())

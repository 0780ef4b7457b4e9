"""A baseline to compare with: a Python solution of MediaPipe's own, complexity 1, in an environment of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from vtm.errors import VtmError

NAMES = {"mediapipe": "MediaPipe pose", "holistic": "MediaPipe Holistic"}
"""What `--against` names: the body's points, or those of body, hands and face."""
SOLUTIONS = {"mediapipe": "pose", "holistic": "holistic"}
REQUIREMENTS = Path(__file__).with_name("mediapipe.txt")
PROGRAM = Path(__file__).with_name("mediapipe_run.py")
FOLDER = Path(sys.prefix) / "peers/mediapipe"
NEWEST_PYTHON = (3, 12)
"""The newest Python that MediaPipe has wheels for."""


@dataclass(frozen=True)
class BaselineRun:
    """One pass over the clip.

    Attributes:
        frame_ms: Milliseconds of each frame, decoding included.
        seconds: Of the whole pass.
        seen: Frames with a person.
        version: Of MediaPipe.
        hands: Frames with the left, and with the right hand.
    """

    frame_ms: list[float]
    seconds: float
    seen: int
    version: str
    hands: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def fps(self) -> float:
        """Frames per second."""
        return len(self.frame_ms) / self.seconds


class Baseline:
    """The baseline's process, which waits between its runs.

    Attributes:
        name: What people call it.
    """

    def __init__(self, name: str, process: subprocess.Popen, complaints: IO[str]):
        self.name, self._process, self._complaints = name, process, complaints

    def one_run(self) -> BaselineRun:
        """Process the clip once.

        Raises:
            VtmError: The process has ended.
        """
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(b"pass\n")
            reply = self._process.stdout.readline()
        except BrokenPipeError:
            reply = b""
        if not reply:
            self._complaints.seek(0)
            last = self._complaints.read().strip().splitlines()[-1:] or ["it gave no reason"]
            raise VtmError(f"{self.name} stopped: {last[0]}; install it again with --install-baseline")
        return BaselineRun(**json.loads(reply))


@contextmanager
def baseline(python: Path, video: Path, most: int | None, against: str = "mediapipe") -> Iterator[Baseline]:
    """A Baseline, whose process ends with the block.

    Args:
        python: That of the baseline's environment.
        video: The video.
        most: Its first frames that are processed, None for all.
        against: One of NAMES.
    """
    command = [str(python), "-I", str(PROGRAM), str(video), str(most or 0), SOLUTIONS[against]]
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
        ) as process,
    ):
        try:
            yield Baseline(NAMES[against], process, complaints)
        finally:
            process.kill()


def baseline_python() -> Path:
    """The Python of the baseline's environment.

    Raises:
        VtmError: `install_baseline` has not made it.
    """
    stamp = FOLDER / REQUIREMENTS.name
    if not stamp.is_file() or stamp.read_text() != REQUIREMENTS.read_text():
        raise VtmError(
            f"MediaPipe is not in {FOLDER}; add --install-baseline once, which gets it from the Python package index"
        )
    return FOLDER / "bin/python"


def install_baseline() -> None:
    """Make the baseline's environment, or make it anew; needs the network.

    Raises:
        VtmError: There is no Python for it, or the installation fails.
    """
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        raise VtmError(f"MediaPipe has no wheels for Pythons after {newest}; run vtm with Python {newest} or older")
    _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
    pip = [str(FOLDER / "bin/python"), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--quiet", "-r", str(REQUIREMENTS)])
    (FOLDER / REQUIREMENTS.name).write_text(REQUIREMENTS.read_text())


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr + done.stdout).strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise VtmError(f"MediaPipe could not be installed into {FOLDER}: {why[0]}; check the network and free space")

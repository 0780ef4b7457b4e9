"""Baselines to compare with: MediaPipe's own Python programs, each in a process that takes turns with ours."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from vtm.errors import VtmError

PROGRAM = Path(__file__).with_name("mediapipe_run.py")


@dataclass(frozen=True)
class Kind:
    """What a baseline is.

    Attributes:
        label: What people call it.
        solution: What mediapipe_run.py calls it.
        complexity: Of its landmark network: 0 lite, 1 full, 2 heavy.
        networks: Files that MediaPipe's wheel lacks.
    """

    label: str
    solution: str
    complexity: int = 1
    networks: tuple[str, ...] = ()


KINDS = {
    "mediapipe": Kind("MediaPipe pose", "pose"),
    "mediapipe-lite": Kind("MediaPipe pose, complexity 0", "pose", 0, ("pose_landmark_lite.tflite",)),
    "mediapipe-heavy": Kind("MediaPipe pose, complexity 2", "pose", 2, ("pose_landmark_heavy.tflite",)),
    "tasks": Kind("MediaPipe Tasks", "tasks"),
    "holistic": Kind("MediaPipe Holistic", "holistic"),
}
"""What `--against` names. Tasks looks for as many people as we do, the others for one; Holistic sees hands and face."""


@dataclass(frozen=True)
class BaselineRun:
    """One pass over the clip.

    Attributes:
        frame_ms: Milliseconds of each frame, decoding included.
        seconds: Of the whole pass.
        seen: Frames with a person.
        version: Of MediaPipe.
        hands: Frames with the left, and with the right hand.
        people: Of all frames together.
    """

    frame_ms: list[float]
    seconds: float
    seen: int
    version: str
    hands: list[int] = field(default_factory=lambda: [0, 0])
    people: int = 0

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
def baseline(
    python: Path, video: Path, most: int | None, against: str = "mediapipe", people: int = 1
) -> Iterator[Baseline]:
    """A Baseline, whose process ends with the block.

    Args:
        python: That of the baseline's environment.
        video: The video.
        most: Its first frames that are processed, None for all.
        against: One of KINDS.
        people: How many Tasks looks for.
    """
    kind = KINDS[against]
    given = (video, most or 0, kind.solution, kind.complexity, people)
    command = [str(python), "-I", str(PROGRAM), *map(str, given)]
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
        ) as process,
    ):
        try:
            yield Baseline(label(against, people), process, complaints)
        finally:
            process.kill()


def label(against: str, people: int) -> str:
    """What people call a baseline that looks for so many people."""
    several = f" for {people} people" if people > 1 and KINDS[against].solution == "tasks" else ""
    return KINDS[against].label + several

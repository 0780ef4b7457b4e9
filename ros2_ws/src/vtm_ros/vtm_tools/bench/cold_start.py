"""One stream in a process of its own, for what must be measured from its start: time to the first pose, and memory.

`cold_start` starts this very file as a program, which writes one JSON line per note to standard output.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter

from vtm.errors import VtmError

NOTE_EVERY = 100
"""Frames between two notes."""


@dataclass(frozen=True)
class Note:
    """How the process is after `frames` frames.

    Attributes:
        frames: How many so far.
        first_pose: Whether this frame brought the first motion.
        resident_mb: Memory now, megabytes (10^6 bytes).
        peak_mb: The most memory so far, megabytes.
        seconds: Since the process was started.
    """

    frames: int
    first_pose: bool
    resident_mb: float
    peak_mb: float
    seconds: float


def cold_start(
    video: Path, frames: int, backend: str, pose_model: str, threads: int, hands: str = "off", max_people: int = 1
) -> Iterator[Note]:
    """Run a stream in a process of its own, and note how it is at the first pose, now and then, and at the end.

    Args:
        video: The video, over and over.
        frames: How many.
        backend: What runs the networks.
        pose_model: The 2D network.
        threads: Of the 2D networks.
        hands: The hand network, or off.
        max_people: How many people are followed.

    Raises:
        VtmError: The process ended early.
    """
    began = perf_counter()
    given = (video, frames, backend, pose_model, threads, hands, max_people)
    command = [sys.executable, "-m", __name__, *map(str, given)]
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as process,
    ):
        assert process.stdout
        try:
            for line in process.stdout:
                yield Note(**json.loads(line), seconds=perf_counter() - began)
            if process.wait():
                complaints.seek(0)
                last = complaints.read().strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
                raise VtmError(f"the process that was measured ended early: {last[0]}; see vtm doctor")
        finally:
            process.kill()


def memory_mb() -> tuple[float, float]:
    """Memory of this process in megabytes (10^6 bytes): resident now, and the most so far."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    now, most = (round(int(lines[key].split()[0]) * 1024 / 1e6, 1) for key in ("VmRSS", "VmHWM"))
    return now, most


def _main(video: str, most: str, backend: str, pose_model: str, threads: str, hands: str, max_people: str) -> None:
    from vtm_tools.bench.clip import frames, recorded
    from vtm_trt.pose2d.people import PeopleTracker
    from vtm_trt.pose2d.tracker import PoseTracker
    from vtm_trt.postprocess.postprocess import PostprocessConfig
    from vtm_trt.stream.people_stream import PeopleStream
    from vtm_trt.stream.person_stream import MotionStream

    looks = (pose_model, backend, int(threads), hands)
    shared: dict = {"backend": backend, "postprocess": PostprocessConfig(), "hands": hands != "off"}
    several = int(max_people) > 1
    stream = (
        PeopleStream(PeopleTracker(int(max_people), *looks), **shared)
        if several
        else MotionStream(PoseTracker(*looks), **shared)
    )
    seen = False
    for number, frame in enumerate(frames(recorded(Path(video)), int(most), again=True), 1):
        found = stream.step(frame)
        first = found not in (None, []) and not seen
        seen |= first
        if first or number % NOTE_EVERY == 0 or number == int(most):
            resident, peak = memory_mb()
            note = {"frames": number, "first_pose": first, "resident_mb": resident, "peak_mb": peak}
            print(json.dumps(note), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])

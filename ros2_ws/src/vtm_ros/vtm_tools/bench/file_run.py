"""A pass over a video as a file is captured: in two threads, and how long each of them waits for the other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from vtm.types import Frame
from vtm_tools.bench.clip import frames, recorded
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream


@dataclass(frozen=True)
class FileRun:
    """One pass.

    Attributes:
        fps: Frames per second, opening the video included.
        waits: Milliseconds of a frame in which a thread has nothing to do: the one that looks at the picture, `look`,
            and the one that reads and lifts, `read_and_lift`. Empty where one thread does all.
    """

    fps: float
    waits: dict[str, float]


def file_run(stream: MotionStream | PeopleStream, video: Path, most: int | None) -> FileRun:
    """A video captured as a file is: a frame is lifted, and another read, while the next one is looked at.

    Args:
        stream: The stream, which is reset.
        video: The video.
        most: Its first frames that are processed, None for all.
    """
    stream.reset()
    read_ms: list[float] = []
    spent_ms: list[dict[str, float]] = []
    began = perf_counter()
    source = recorded(video)
    opened = perf_counter()
    for _ in stream.steps(_timed(frames(source, most), read_ms)):
        spent_ms.append(stream.timings)
    ended = perf_counter()
    count = len(spent_ms)
    look_ms = sum(one.get("pose2d", 0.0) for one in spent_ms)
    lift_ms = sum(ms for one in spent_ms for stage, ms in one.items() if stage != "pose2d")
    whole_ms = (ended - opened) * 1e3
    waits = {"look": whole_ms - look_ms, "read_and_lift": whole_ms - lift_ms - sum(read_ms)}
    two = stream.runner is not None and stream.runner.concurrent
    return FileRun(count / (ended - began), {name: max(ms, 0.0) / count for name, ms in waits.items() if two})


def wait_figures(runs: Sequence[FileRun]) -> dict[str, float] | None:
    """The median pass's waits, milliseconds a frame; None where one thread does all."""
    if not runs[0].waits:
        return None
    return {name: round(median(one.waits[name] for one in runs), 2) for name in runs[0].waits}


def _timed(items: Iterable[Frame], spent_ms: list[float]) -> Iterator[Frame]:
    left = iter(items)
    while True:
        began = perf_counter()
        item = next(left, None)
        spent_ms.append((perf_counter() - began) * 1e3)
        if item is None:
            return
        yield item

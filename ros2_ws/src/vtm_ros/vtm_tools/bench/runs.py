"""Passes over a clip, video in, motion out: one frame after the other, and as a file is captured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from vtm.camera import Intrinsics
from vtm_tools.bench.baseline import BaselineRun
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.bench.stopwatch import STAGES, Stopwatch
from vtm_trt.engine.backends import Runner
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.offline.captured_people import capture_people, watch_people
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.stream.lifter import MAX_LOOKAHEAD
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream

PEOPLE_STAGES = {"pose2d": "people_2d", "vtm": "people_lifted", "postprocess": "postprocess"}
"""What `PeopleStream.timings` names, in STAGES."""


@dataclass(frozen=True)
class Run:
    """One pass.

    Attributes:
        stages: Milliseconds of each stage, frame by frame; a stage that a frame did without is not there.
        seconds: Of the whole pass, opening the video included.
        seen: Frames with a motion.
        people: Motions of all frames together.
        hands: Frames with the left, and with the right hand.
    """

    stages: list[dict[str, float]]
    seconds: float
    seen: int
    people: int
    hands: tuple[int, int] = (0, 0)

    @property
    def fps(self) -> float:
        """Frames per second."""
        return len(self.stages) / self.seconds


def one_run(stream: MotionStream, stopwatch: Stopwatch, video: Path, most: int | None) -> Run:
    """Run a video through a stream.

    Args:
        stream: The stream, which is reset.
        stopwatch: What watches it.
        video: The video.
        most: Its first frames that are processed, None for all.
    """
    stream.reset()
    stages, seen, hands = [], 0, np.zeros(2, int)
    began = perf_counter()
    source = recorded(video)
    stopwatch.start()
    for frame in frames(source, most):
        stopwatch.lap("decode")
        motion = stream.step(frame)
        seen += motion is not None
        hands += [hand is not None for hand in (motion and motion.observation.hands) or (None, None)]
        stopwatch.lap("root_and_rotations")
        if stream.postprocess:
            stopwatch.part("root_and_rotations", "postprocess", stream.timings["postprocess"])
        stages.append(stopwatch.ms)
        stopwatch.start()
    left, right = hands.tolist()
    return Run(stages, perf_counter() - began, seen, seen, (left, right))


def people_run(stream: PeopleStream, video: Path, most: int | None) -> Run:
    """Run a video through a stream of several people.

    Args:
        stream: The stream, which is reset.
        video: The video.
        most: Its first frames that are processed, None for all.
    """
    stream.reset()
    stages, seen, people = [], 0, 0
    began = perf_counter()
    source = recorded(video)
    last = perf_counter()
    for frame in frames(source, most):
        read = perf_counter()
        motions = stream.step(frame)
        seen += bool(motions)
        people += len(motions)
        spent = {PEOPLE_STAGES[name]: ms for name, ms in stream.timings.items()}
        stages.append({"decode": (read - last) * 1e3} | spent)
        last = perf_counter()
    return Run(stages, last - began, seen, people)


def recording_fps(stream: MotionStream, video: Path, most: int | None) -> float:
    """Frames per second of a recording that is seen four ways and adjusted, as `vtm capture` does it.

    Args:
        stream: Whose networks are used; it is reset.
        video: The video.
        most: Its first frames that are processed, None for all.
    """
    stream.reset()
    began = perf_counter()
    source = recorded(video)
    own = replace(stream, lookahead=MAX_LOOKAHEAD, postprocess=None)
    lens = Intrinsics.from_fov(source.width, source.height)
    captured = capture_sequence(own, own.steps, frames(source, most), lens, source.fps)
    return len(captured.clip.valid) / (perf_counter() - began)


def people_recording_fps(tracker: PeopleTracker, runner: Runner, video: Path, most: int | None) -> float:
    """Frames per second of a recording of several people that is adjusted, as `vtm capture --max-people` does it.

    Args:
        tracker: What finds them; it is reset.
        runner: A `motion_network`.
        video: The video.
        most: Its first frames that are processed, None for all.
    """
    tracker.reset()
    every = tracker.plan.every
    began = perf_counter()
    source = recorded(video)
    lens = Intrinsics.from_fov(source.width, source.height)
    seen = watch_people(tracker, frames(source, most))
    tracker.plan.every = every
    capture_people(
        seen, lambda number: MotionStream(None, MAX_LOOKAHEAD, runner=runner, number=number), lens, source.fps
    )
    count = max((len(rows) for rows in seen.values()), default=0)
    return count / (perf_counter() - began)


def hands_percent(runs: Sequence[Run | BaselineRun], looks: float) -> list[float]:
    """In how many percent of its `looks` a run saw the left, and the right hand."""
    return [round(100 * sum(one.hands[side] for one in runs) / (looks * len(runs)), 1) for side in (0, 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """The percentiles 50, 95 and 99 of milliseconds."""
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "p99_ms": round(p99, 2)}


def pipeline_figures(runs: Sequence[Run], files: Sequence[float], recordings: Sequence[float]) -> dict[str, float]:
    """Frames per second of the median pass, by what it does; the spread of what a frame takes.

    Args:
        runs: One frame after the other; the decoding of a frame is part of it.
        files: Frames per second of passes as a file.
        recordings: `recording_fps` of passes.
    """
    whole = [sum(stages.values()) for one in runs for stages in one.stages]
    one_by_one = [one.fps for one in runs]
    fps = {"fps": median(files), "one_by_one_fps": median(one_by_one), "recording_fps": median(recordings)}
    return {name: round(value, 1) for name, value in fps.items()} | spread(whole)


def stage_figures(runs: Sequence[Run]) -> dict[str, dict[str, float]]:
    """The spread of every stage over the frames that went through it."""
    rows = [stages for one in runs for stages in one.stages]
    return {stage: spread(values) for stage in STAGES if (values := [row[stage] for row in rows if stage in row])}

"""Everything that `vtm bench` measures, as one document."""

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import cv2

from vtm_tools.bench.baseline import NAMES, BaselineRun, baseline
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.bench.cold_start import NOTE_EVERY, Note, cold_start
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_tools.bench.runs import Run, file_fps, hands_percent, one_run, pipeline_figures, recording_fps, stage_figures
from vtm_tools.bench.stopwatch import Stopwatch, watch
from vtm_tools.bench.window import streaming_vs_window
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.person_stream import MotionStream

Item = TypeVar("Item")
Progress = Callable[[Iterable[Item], str, int], Iterable[Item]]
SETTLED = 500
"""Frames after which the memory of a stream should not grow any more."""
THREADS = 2
"""Of the 2D networks, at most."""


@dataclass(frozen=True)
class Task:
    """What to measure.

    Attributes:
        video: The clip.
        most: Frames of it, None for all.
        rounds: Runs that count; one more warms up.
        cores: To use at most.
        backend: What runs the networks.
        pose_model: The 2D network.
        hands: The hand network, or off.
        hands_every: Each hand is looked at once in so many frames.
        against: A baseline's name in NAMES.
        baseline: Python of its environment, None to run without.
        soak: Frames to watch the memory over.
    """

    video: Path
    most: int | None
    rounds: int
    cores: int
    backend: str
    pose_model: str
    hands: str
    hands_every: int
    against: str
    baseline: Path | None
    soak: int


def measure(task: Task, progress: Progress) -> dict[str, Any]:
    """Measure all of it.

    Args:
        task: What to measure.
        progress: Shows how far an iterable is, given its name and length.

    Returns:
        The document that `vtm bench` writes.
    """
    load = os.getloadavg()[0]
    with on_cores(task.cores) as cores:
        threads = min(cores, THREADS)
        with_hands = task.hands != "off"
        tracker = PoseTracker(task.pose_model, task.backend, threads, task.hands, task.hands_every)
        stream = MotionStream(tracker, backend=task.backend, postprocess=PostprocessConfig(), hands=with_hands)
        first = next(frames(recorded(task.video)))
        ratio = streaming_vs_window(stream, first, progress(range(task.rounds), "window", task.rounds))
        ours, files, recordings, theirs = _runs(task, stream, progress)
        count = len(ours[0].stages)
        run = max(count, task.soak)
        notes = cold_start(task.video, run, task.backend, task.pose_model, threads, task.hands)
        fresh = list(progress(notes, "memory", run // NOTE_EVERY + 1))
    pipeline = pipeline_figures(ours, files, recordings)
    return {
        "date": today(),
        "machine": machine(cores),
        "load_before": round(load, 2),
        "versions": versions("vtm_ros", "numpy") | {"opencv": cv2.__version__},
        "clip": task.video.name,
        "size": [first.intrinsics.width, first.intrinsics.height],
        "frames": count,
        "rounds": task.rounds,
        "pose_model": task.pose_model,
        "hands": task.hands,
        "hands_every": task.hands_every,
        "backend": " and ".join(dict.fromkeys((tracker.describe(), stream.description))),
        "pipeline": pipeline,
        "stages": stage_figures(ours),
        "seen_percent": round(100 * sum(one.seen for one in ours) / (count * task.rounds), 1),
        "hands_percent": hands_percent(ours, count / task.hands_every) if with_hands else None,
        "streaming_vs_window": ratio,
        "baseline": _baseline_figures(task.against, theirs, pipeline["fps"]) if theirs else None,
        "start_to_first_pose_s": next((round(note.seconds, 2) for note in fresh if note.first_pose), None),
        "memory_mb": fresh[-1].resident_mb,
        "memory_peak_mb": fresh[-1].peak_mb,
        "soak": _soak_figures(fresh) if task.soak else None,
    }


def _runs(
    task: Task, stream: MotionStream, progress: Progress
) -> tuple[list[Run], list[float], list[float], list[BaselineRun]]:
    """The runs that count, in turn: one frame after the other, `file_fps`, `recording_fps`, and the baseline's."""
    stopwatch = Stopwatch()
    watch(stream, stopwatch)
    ours: list[Run] = []
    files: list[float] = []
    recordings: list[float] = []
    theirs: list[BaselineRun] = []
    with ExitStack() as stack:
        other = None
        if task.baseline:
            other = stack.enter_context(baseline(task.baseline, task.video, task.most, task.against))
        for _ in progress(range(task.rounds + 1), "runs", task.rounds + 1):
            ours.append(one_run(stream, stopwatch, task.video, task.most))
            files.append(file_fps(stream, task.video, task.most))
            recordings.append(recording_fps(stream, task.video, task.most))
            if other:
                theirs.append(other.one_run())
    return ours[1:], files[1:], recordings[1:], theirs[1:]


def _baseline_figures(against: str, runs: list[BaselineRun], our_fps: float) -> dict[str, Any]:
    fps = median(one.fps for one in runs)
    return {
        "name": NAMES[against],
        "version": runs[0].version,
        "fps": round(fps, 1),
        "ratio": round(our_fps / fps, 2),
        "p50_ms": round(median(ms for one in runs for ms in one.frame_ms), 2),
        "seen_percent": round(100 * sum(one.seen for one in runs) / sum(len(one.frame_ms) for one in runs), 1),
        "hands_percent": hands_percent(runs, len(runs[0].frame_ms)) if against == "holistic" else None,
    }


def _soak_figures(notes: list[Note]) -> dict[str, float]:
    """Growth from the frame when memory should have settled, or from the middle of a shorter run, to the end."""
    end = notes[-1]
    start = next(note for note in notes if note.frames >= min(SETTLED, end.frames // 2))
    return {
        "frames": end.frames,
        "start_frame": start.frames,
        "start_mb": start.resident_mb,
        "end_mb": end.resident_mb,
        "growth_percent": round(100 * (end.resident_mb / start.resident_mb - 1), 2),
        "fps": round(end.frames / end.seconds, 1),
    }

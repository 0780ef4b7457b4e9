"""Everything that `vtm bench` measures, as one document."""

import os
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

import cv2
import numpy as np

from vtm_tools.bench.baseline import BaselineRun, baseline, label
from vtm_tools.bench.clip import frames, recorded
from vtm_tools.bench.cold_start import NOTE_EVERY, Note, cold_start
from vtm_tools.bench.file_run import FileRun, wait_figures
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_tools.bench.ours import OnePerson, SeveralPeople
from vtm_tools.bench.runs import Run, hands_percent, pipeline_figures, stage_figures
from vtm_tools.bench.task import Progress, Task

SETTLED = 500
"""Frames after which the memory of a stream should not grow any more."""
THREADS = 2
"""Of the 2D networks, at most."""


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
        ours = SeveralPeople(task, min(cores, THREADS)) if task.max_people > 1 else OnePerson(task, min(cores, THREADS))
        first = next(frames(recorded(task.video)))
        ratio = ours.window_ratio(first, progress)
        passes = _passes(task, ours, progress)
        count = len(passes.ours[0].stages)
        run = max(count, task.soak)
        notes = cold_start(
            task.video, run, task.backend, task.pose_model, min(cores, THREADS), task.hands, task.max_people
        )
        fresh = list(progress(notes, "memory", run // NOTE_EVERY + 1))
    looked_at = count * task.rounds
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
        "max_people": task.max_people,
        "backend": ours.description,
        "pipeline": pipeline_figures(passes.ours, [one.fps for one in passes.files], passes.recordings),
        "stages": stage_figures(passes.ours),
        "waits_ms": wait_figures(passes.files),
        "seen_percent": round(100 * sum(one.seen for one in passes.ours) / looked_at, 1),
        "people_a_frame": round(sum(one.people for one in passes.ours) / looked_at, 2),
        "hands_percent": hands_percent(passes.ours, count / task.hands_every) if task.hands != "off" else None,
        "streaming_vs_window": ratio,
        "baselines": [_baseline_figures(task, name, passes) for name in task.against],
        "start_to_first_pose_s": next((round(note.seconds, 2) for note in fresh if note.first_pose), None),
        "memory_mb": fresh[-1].resident_mb,
        "memory_peak_mb": fresh[-1].peak_mb,
        "soak": _soak_figures(fresh) if task.soak else None,
    }


@dataclass
class Passes:
    """Those that count, round by round.

    Attributes:
        ours: One frame after the other.
        files: As a file is captured.
        recordings: Frames per second of a file that is adjusted as well.
        theirs: Of each baseline.
    """

    ours: list[Run]
    files: list[FileRun]
    recordings: list[float]
    theirs: dict[str, list[BaselineRun]]


def _passes(task: Task, ours: OnePerson | SeveralPeople, progress: Progress) -> Passes:
    """All passes; in each round another of those that are compared begins."""
    done = Passes([], [], [], {name: [] for name in task.against})
    with ExitStack() as stack:
        assert task.baseline or not task.against
        others = {
            name: stack.enter_context(baseline(task.baseline, task.video, task.most, name, task.max_people))
            for name in task.against
            if task.baseline
        }
        for number in progress(range(task.rounds + 1), "runs", task.rounds + 1):
            done.recordings.append(ours.recording_fps())
            turns = deque(["", *others])
            turns.rotate(-number)
            for name in turns:
                if name:
                    done.theirs[name].append(others[name].one_run())
                else:
                    done.ours.append(ours.one_by_one())
                    done.files.append(ours.as_file())
    warm = {name: runs[1:] for name, runs in done.theirs.items()}
    return Passes(done.ours[1:], done.files[1:], done.recordings[1:], warm)


def _baseline_figures(task: Task, name: str, passes: Passes) -> dict[str, Any]:
    runs = passes.theirs[name]
    ratios = [file.fps / one.fps for file, one in zip(passes.files, runs, strict=True)]
    lower, middle, upper = np.percentile(ratios, (25, 50, 75))
    looked_at = sum(len(one.frame_ms) for one in runs)
    return {
        "against": name,
        "name": label(name, task.max_people),
        "version": runs[0].version,
        "fps": round(median(one.fps for one in runs), 1),
        "ratio": round(middle, 2),
        "ratio_quartiles": [round(lower, 2), round(upper, 2)],
        "p50_ms": round(median(ms for one in runs for ms in one.frame_ms), 2),
        "seen_percent": round(100 * sum(one.seen for one in runs) / looked_at, 1),
        "people_a_frame": round(sum(one.people for one in runs) / looked_at, 2),
        "hands_percent": hands_percent(runs, len(runs[0].frame_ms)) if name == "holistic" else None,
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

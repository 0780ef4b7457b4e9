#!/usr/bin/env python3
"""Accuracy beside speed: the named speeds, and what was weighed for them.

    .venv/bin/python benchmarks/speed.py --reference reference.npz --clips cmu_clips.npz

Each looks at the same frames in turn, clip by clip: Pose2Sim's, and rendered people where `--clips` has their motion.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table
from speed_candidates import CANDIDATES, Reusing

from vtm.metrics.example import Example, VideoSample
from vtm.metrics.score import summary
from vtm.samples.held_out import held_out_videos
from vtm.types import Frame, Observation
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_tools.evaluation.pixels import watch
from vtm_tools.evaluation.pose2sim import pose2sim_videos
from vtm_tools.evaluation.streamed import run
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.lifter import MAX_LOOKAHEAD
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/speed.json"
SCORES = {"mpjpe_mm": "MPJPE", "pa_mpjpe_mm": "PA", "jitter_m_s3": "jitter", "seen_percent": "% seen"}


class Timed:
    """A tracker and what its steps take, milliseconds, and of the processor's time."""

    def __init__(self, tracker: PoseTracker):
        self.tracker, self.reset = tracker, tracker.reset
        self.ms, self.cpu_ms = list[float](), list[float]()

    @property
    def world_landmarks(self) -> np.ndarray | None:
        """Of the tracker."""
        return self.tracker.world_landmarks

    def step(self, frame: Frame) -> Observation | None:
        """Of the tracker."""
        began, spent = perf_counter(), process_time()
        seen = self.tracker.step(frame)
        self.ms.append((perf_counter() - began) * 1e3)
        self.cpu_ms.append((process_time() - spent) * 1e3)
        return seen


def samples(arguments: argparse.Namespace) -> Iterator[tuple[str, VideoSample]]:
    """The clips, with their frames in memory, and which set each is of."""
    for sample in pose2sim_videos(arguments.reference):
        yield "Pose2Sim", replace(sample, frames=list(sample.frames))
    if arguments.clips:
        for sample in held_out_videos(arguments.clips, arguments.renders):
            yield "rendered", replace(sample, frames=list(sample.frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, required=True, help="of Pose2Sim's clip")
    parser.add_argument("--clips", type=Path, help="motion capture that is rendered")
    parser.add_argument("--renders", type=int, default=6, help="windows of it (default: %(default)s)")
    parser.add_argument("--candidates", nargs="+", default=list(CANDIDATES), help="(default: all)")
    parser.add_argument("--cores", type=int, default=2, help="of the processor (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with on_cores(arguments.cores) as cores:
        trackers = {name: Timed(CANDIDATES[name](cores)) for name in arguments.candidates}
        watched: dict[str, dict[str, list[Example]]] = {name: {} for name in trackers}
        for kind, sample in track(samples(arguments), "2D pose", console=Console(stderr=True)):
            for name, tracker in trackers.items():
                watched[name].setdefault(kind, []).append(watch(sample, tracker))  # type: ignore[arg-type]
    streams = [MotionStream(None, lookahead) for lookahead in (0, MAX_LOOKAHEAD)]
    rows = {}
    for name, sets in track(watched.items(), "lifting", console=Console(stderr=True)):
        scores = {
            kind: {f"look-ahead {s.lookahead}": _scores(s, given) for s in streams} for kind, given in sets.items()
        }
        looks = trackers[name].tracker._network
        reused = looks.reused / len(trackers[name].ms) if isinstance(looks, Reusing) else 0.0
        ms, cpu_ms = (round(float(np.median(spent)), 2) for spent in (trackers[name].ms, trackers[name].cpu_ms))
        rows[name] = {"pose2d_ms": ms, "pose2d_cpu_ms": cpu_ms, "reused": round(reused, 3)} | scores
    ran_on = {
        "machine": machine(cores),
        "load_before": round(load, 2),
        "versions": versions("onnxruntime", "openvino", "numpy"),
    }
    keep({"date": today(), **ran_on, "rows": rows}, arguments.out)
    kinds = list(next(iter(watched.values())))
    table = Table(
        "", "2D, ms a frame", "processor", *(f"{kind}, {label}" for kind in kinds for label in SCORES.values())
    )
    for name, row in rows.items():
        for ahead in row[kinds[0]]:
            cells = [f"{row[kind][ahead][score]:.1f}" for kind in kinds for score in SCORES]
            table.add_row(f"{name}, {ahead}", f"{row['pose2d_ms']:.1f}", f"{row['pose2d_cpu_ms']:.1f}", *cells)
    Console(width=160).print(table)


def _scores(stream: MotionStream, examples: list[Example]) -> dict[str, float]:
    found = summary(run(stream, examples).errors)
    return {score: round(found[score], 1) for score in SCORES}


if __name__ == "__main__":
    start(main)

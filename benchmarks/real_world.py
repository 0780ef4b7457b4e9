#!/usr/bin/env python3
"""Root and feet in the world on real clips, with the refinement on and off.

    .venv/bin/python benchmarks/real_world.py --reference reference.npz

Pose2Sim's clip, each camera alone, its pose known: middle of the hips and standing feet against the reference of
`vtm_tools/evaluation/pose2sim.py`. Sports2D's clip, nothing known of the camera: a woman who walks straight on.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from live_capture import CLIP, WHOLE
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.camera import Intrinsics
from vtm.metrics.feet import slide
from vtm.metrics.score import HIPS
from vtm.types import Observation
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_tools.evaluation.pixels import watch
from vtm_tools.evaluation.pose2sim import camera_pose, pose2sim_videos
from vtm_tools.evaluation.world import CHOICES
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.legs import HIP, legs
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/real_world.json"
SHOWN = ("network", "trajectory", "smoothing", "feet", "teleop")
WARM_UP = 15
"""Frames at the start that do not count."""


def in_world(
    observations: Sequence[Observation], config: PostprocessConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle of the hips (T, 3), heels and toes (T, 4, 3), said contacts (T, 4), all NaN where there is no motion."""
    stream = MotionStream(None, postprocess=config)
    hips, feet, contacts = (np.full((len(observations), *shape), np.nan) for shape in ((3,), (4, 3), (4,)))
    for row, observation in enumerate(observations):
        if motion := stream.lift(observation):
            found = legs(motion)
            hips[row], feet[row], contacts[row] = found.position[:, HIP].mean(0), found.points, motion.contacts
    return hips[WARM_UP:], feet[WARM_UP:], contacts[WARM_UP:]


def calibrated(reference: Path) -> dict[str, dict[str, float]]:
    """Pose2Sim: choice -> figures, the mean of the cameras."""
    tracker, rows = PoseTracker(), []
    for sample in pose2sim_videos(reference):
        pose = camera_pose(reference, sample.name)
        example = watch(sample, tracker)
        observations = [replace(seen, camera=pose) for seen in example.observations]
        true_hips = (example.true.joints[:, list(HIPS)].mean(1) @ pose.rotation.T + pose.position)[WARM_UP:]
        contacts = example.true.contacts[WARM_UP:]
        rows.append(
            {name: against(in_world(observations, CHOICES[name]), true_hips, contacts, sample.fps) for name in SHOWN}
        )
    return {name: {key: float(np.mean([row[name][key] for row in rows])) for key in rows[0][name]} for name in SHOWN}


def against(found: tuple[np.ndarray, ...], hips: np.ndarray, contacts: np.ndarray, fps: float) -> dict[str, float]:
    off = found[0] - hips
    shape = np.linalg.norm(off - np.nanmean(off, 0), axis=-1)
    speeds = 1e3 * slide(found[1], np.zeros_like(found[1]), contacts, fps)
    return {
        "root_off_mm": 1e3 * float(np.linalg.norm(np.nanmean(off, 0))),
        "root_path_mm": 1e3 * float(np.nanmean(shape)),
        "slide_mm_s": float(np.nanmean(speeds)),
        "slide_median_mm_s": float(np.nanmedian(speeds)),
    }


def walking() -> dict[str, dict[str, float]]:
    """Sports2D: choice -> figures. Contact is what the network says."""
    video = Video(CLIP)
    lens, tracker = Intrinsics.from_fov(video.width, video.height), PoseTracker()
    watched = islice(timed_frames(video, lens), WHOLE.start, WHOLE.stop)
    observations = [seen for frame in watched if (seen := tracker.step(frame))]
    return {name: straight(in_world(observations, CHOICES[name]), video.fps) for name in SHOWN}


def straight(found: tuple[np.ndarray, ...], fps: float) -> dict[str, float]:
    """How far the root keeps from the best line on the ground, and how fast feet are that are said to stand."""
    ground = found[0][:, :2] - found[0][:, :2].mean(0)
    _, _, axes = np.linalg.svd(ground, full_matrices=False)
    speeds = 1e3 * slide(found[1], np.zeros_like(found[1]), found[2], fps)
    return {
        "way_m": float(np.ptp(ground @ axes[0])),
        "from_line_mm": 1e3 * float(np.sqrt(np.mean((ground @ axes[1]) ** 2))),
        "slide_mm_s": float(np.nanmean(speeds)),
        "slide_median_mm_s": float(np.nanmedian(speeds)),
    }


def show(console: Console, title: str, figures: dict[str, dict[str, float]]) -> None:
    table = Table(title=title)
    for column in ("", *figures):
        table.add_column(column, justify="right" if column else "left")
    for key in next(iter(figures.values())):
        table.add_row(key, *(f"{one[key]:.4g}" for one in figures.values()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    result: dict[str, Any] = {
        "date": today(),
        "machine": machine(usable_cores()),
        "versions": versions("onnxruntime", "numpy"),
    }
    for title, measure in track(
        {"pose2sim": lambda: calibrated(arguments.reference), "walking": walking}.items(),
        "clips",
        console=Console(stderr=True),
    ):
        result[title] = measure()
        show(Console(), title, result[title])
    keep(result, arguments.out)


if __name__ == "__main__":
    start(main)

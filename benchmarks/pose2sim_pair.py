#!/usr/bin/env python3
"""Two people in a real clip: is the man still the same one, and as accurate, while somebody else is in the picture?

    .venv/bin/python scripts/fetch_pair.py clips/pair
    .venv/bin/python benchmarks/pose2sim_pair.py --reference reference.npz --pair clips/pair --sheet pair.png

Pose2Sim's demo of two people shows the man of its demo of one person once more, with a woman beside, before or behind
him; of him there is a reference. Each camera alone, `full`, without look-ahead; beside it the same of the clip in which
he is alone. `vtm_tools/evaluation/pose2sim.py` says what the reference holds and how it is compared.
"""

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS
from vtm.body.skeleton import JOINT_NAMES
from vtm.metrics.example import VideoSample
from vtm.metrics.people import NOBODY, Followed, count, follow
from vtm.metrics.score import LIMBS, evaluate, summary
from vtm.types import Frame
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_tools.evaluation.people import Watched, watch
from vtm_tools.evaluation.people_sheet import draw_tracks
from vtm_tools.evaluation.pose2sim import VIDEOS, pose2sim_videos
from vtm_tools.render.files import write_sheet
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.stream.people_stream import PeopleStream

RESULT = Path(__file__).parent / "results/pose2sim_pair.json"
KEYPOINTS = [KEYPOINT_INDEX[JOINT_NAMES[joint]] for joint in LIMBS]
SHOWN = 6
"""Frames of each camera on the sheet."""
FIGURES = {
    "held_percent": "the man is followed, % of frames", "numbers": "his numbers", "switches": "changes of number",
    "others": "other people per frame", "error_2d_px": "2D error, px", "mpjpe_mm": "MPJPE, mm",
    "pa_mpjpe_mm": "PA-MPJPE, mm", "frame_ms": "ms/frame",
}  # fmt: skip


def true_keypoints(sample: VideoSample, frames: list[Frame]) -> np.ndarray:
    """The man's limbs in the pictures, (1, T, 23, 2) pixels, NaN for what nobody knows."""
    points = np.full((1, len(frames), NUM_KEYPOINTS, 2), np.nan)
    joints = sample.true.joints[: len(frames), LIMBS]
    known = np.isfinite(joints).all((1, 2))
    for row in np.flatnonzero(known):
        points[0, row, KEYPOINTS] = frames[row].intrinsics.project(joints[row])
    return points


def judged(sample: VideoSample, watched: Watched, true: np.ndarray, followed: Followed) -> dict[str, Any]:
    """The figures of one camera."""
    visible = np.isfinite(true[..., KEYPOINTS[0], 0]).astype(float)
    counted = count(watched.seen, followed, visible, sample.fps)
    (track,) = watched.tracks(followed)
    rows = np.arange(len(track.joints))
    errors = evaluate(
        track, sample.true.frames(np.where(rows < len(sample.true.joints), rows, -1)), sample.fps, sample.protocol
    )
    off = [
        np.linalg.norm(watched.seen[frame].keypoints[row, KEYPOINTS] - true[0, frame, KEYPOINTS], axis=-1)
        for frame, row in enumerate(followed.row[:, 0].tolist())
        if row != NOBODY
    ]
    return {
        "held_percent": 100 * counted.held / counted.visible,
        "numbers": sorted(set(followed.ids[:, 0].tolist()) - {NOBODY}),
        "switches": counted.switches,
        "others": float(np.mean([len(rows) for rows in followed.false])),
        "error_2d_px": float(np.mean(off)),
        **{name: value for name, value in summary([errors]).items() if name in ("mpjpe_mm", "pa_mpjpe_mm")},
        "frame_ms": float(np.mean(watched.frame_ms)),
    }


def pictures(frames: list[Frame], watched: Watched, true: np.ndarray) -> list[np.ndarray]:
    """Some of the frames with the tracks drawn, and the reference as white dots."""
    shown = []
    for row in np.linspace(5, len(frames) - 2, SHOWN).astype(int):
        picture = frames[row].image.copy()
        draw_tracks(picture, watched.seen[row])
        for x, y in np.nan_to_num(true[0, row, KEYPOINTS]).astype(int).tolist():
            cv2.circle(picture, (x, y), 7, (255, 255, 255), -1)
        shown.append(cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA))
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--pair", type=Path, required=True, help="folder of scripts/fetch_pair.py")
    parser.add_argument("--sheet", type=Path, help="PNG of some frames with the tracks")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    stream = PeopleStream(PeopleTracker(3))
    cameras: dict[str, dict[str, Any]] = {}
    drawn: list[np.ndarray] = []
    for case, folder in track({"pair": arguments.pair, "alone": VIDEOS}.items(), console=Console(stderr=True)):
        for sample in pose2sim_videos(arguments.reference, folder):
            frames = list(sample.frames)
            true, watched = true_keypoints(sample, frames), watch(stream, frames)
            size = (frames[0].intrinsics.width, frames[0].intrinsics.height)
            found = judged(sample, watched, true, follow(watched.seen, true, size))
            cameras.setdefault(sample.name, {})[case] = found
            drawn += pictures(frames, watched, true) if case == "pair" else []
    table = Table("", *(f"{camera} {case}" for camera, cases in cameras.items() for case in cases))
    for name, label in FIGURES.items():
        cells = [found[name] for cases in cameras.values() for found in cases.values()]
        table.add_row(label, *(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells))
    Console().print(table)
    if arguments.sheet:
        write_sheet(arguments.sheet, drawn)
    ran_on = {"machine": machine(usable_cores()), "versions": versions("onnxruntime", "numpy")}
    keep({"date": today(), **ran_on, "cameras": cameras}, arguments.out)


if __name__ == "__main__":
    start(main)

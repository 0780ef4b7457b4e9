#!/usr/bin/env python3
"""How accurate the motion of several cameras together is, on a real clip: Pose2Sim's four cameras, and some of them.

    .venv/bin/python benchmarks/pose2sim_fused.py --reference reference.npz

Live is each camera's own motion without look-ahead, neither smoothed nor with feet held, fused frame by frame;
`benchmarks/fuse_node.py` has the nodes themselves. Recorded is as `vtm capture` and then `vtm fuse`. The cameras' poses
are those of the clip's own calibration.
`vtm_tools/evaluation/pose2sim.py` says what the reference holds and how it is compared.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.files.rig_file import RigCamera, load_rig
from vtm.metrics.score import LIMBS, evaluate, summary
from vtm.metrics.track import Track
from vtm.types import Motion
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_tools.evaluation.pose2sim import PROTOCOL, VIDEOS, truth
from vtm_tools.evaluation.streamed import track_of_motions
from vtm_trt.fusion.fusion import Fused, Seat
from vtm_trt.fusion.live import LiveFusion
from vtm_trt.fusion.recordings import fuse_recordings
from vtm_trt.offline.captured import capture_sequence
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/pose2sim_fused.json"
SEAT = "cam01"
"""The reference is told from it, too."""


def captured(name: str, camera: RigCamera, variant: str) -> tuple[list[int], float, list[Motion], list[Motion]]:
    """The stamps of a video, its frame rate, and its motion live and recorded, with the camera's pose."""
    video = Video(VIDEOS / f"{name}.mp4")
    frames = list(timed_frames(video, camera.lens))
    fps = video.fps
    video.close()
    live, stamps = run_sequence(stream := MotionStream(PoseTracker(variant), 0), stream.steps, frames)
    stream = MotionStream(None, 8)
    seen = {motion.stamp_ns: motion.observation for motion in live}
    recorded = capture_sequence(stream, stream.lifts, [seen[s] for s in stamps if s in seen], camera.lens, fps)
    return stamps, fps, *([replace(motion, camera=camera.pose) for motion in motions]
                          for motions in (live, recorded.motions))  # fmt: skip


def fused_live(cameras: Sequence[Sequence[Motion]], stamps: Sequence[int], seat: Seat) -> list[Fused]:
    """Frame by frame."""
    rows = [{motion.stamp_ns: motion for motion in motions} for motions in cameras]
    fusion, found = LiveFusion(seat), []
    for stamp in stamps:
        told = {f"cam{number}": row[stamp] for number, row in enumerate(rows) if stamp in row}
        if told:
            found.append(fusion([*told.values()], stamp, [*told]))
    return found


def judged(found: Track, true: Track, fps: float) -> dict[str, float]:
    """The figures of a common motion: those of each camera alone, and how far joints are off in the room."""
    rows = np.arange(len(found.joints))
    known = true.frames(np.where(rows < len(true.joints), rows, -1))
    scores = summary([evaluate(found, known, fps, PROTOCOL)])
    away = np.linalg.norm(found.joints[:, LIMBS] - known.joints[:, LIMBS], axis=-1)
    kept = ("mpjpe_mm", "pa_mpjpe_mm", "root_mm", "jitter_m_s3", "bone_spread_percent", "seen_percent")
    return {name: scores[name] for name in kept if name in scores} | {"in_the_room_mm": 1e3 * float(np.nanmean(away))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--variant", default="full", help="of the 2D network: lite, full, heavy")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    rig = load_rig(VIDEOS / "Calib.qca.txt")
    seat = Seat(rig[SEAT].pose, rig[SEAT].lens, SEAT)
    found = {
        name: captured(name, camera, arguments.variant)
        for name, camera in track(rig.items(), "cameras", console=Console(stderr=True))
    }
    stamps, fps, *_ = found[SEAT]
    true = truth(arguments.reference, SEAT, fps)
    sets = [tuple(rig), *combinations(rig, 3), *combinations(rig, 2), *((name,) for name in rig)]
    rows: dict[str, dict[str, float]] = {}
    for names in sets:
        fused = fused_live([found[name][2] for name in names], stamps, seat)
        rows["live " + "+".join(names)] = judged(track_of_motions([one.motion for one in fused], stamps), true, fps)
    fused = fuse_recordings([found[name][3] for name in rig], stamps, [1e9 / fps] * len(rig), seat)
    rows["recorded " + "+".join(rig)] = judged(track_of_motions([one.motion for one in fused], stamps), true, fps)
    table = Table("", "MPJPE mm", "PA-MPJPE mm", "in the room mm", "jitter m/s³")
    for name, row in rows.items():
        figures = ("mpjpe_mm", "pa_mpjpe_mm", "in_the_room_mm", "jitter_m_s3")
        cells = [row.get(figure, np.nan) for figure in figures]
        table.add_row(name.replace("cam0", ""), *(f"{cell:.1f}" for cell in cells))
    Console().print(table)
    ran_on = {"machine": machine(usable_cores()), "versions": versions("onnxruntime", "numpy")}
    keep({"date": today(), **ran_on, "variant": arguments.variant, "cameras": rows}, arguments.out)


if __name__ == "__main__":
    start(main)

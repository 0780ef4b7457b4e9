#!/usr/bin/env python3
"""What a folder of real clips tells of the motion without anybody knowing the truth.

    .venv/bin/python benchmarks/real_clips.py clips/                 # videos, keypoint files (.npz), or both
    .venv/bin/python benchmarks/real_clips.py clips/ --network runs/vtm/vtm.onnx --out table.json

Each clip live (look-ahead 0) and as a recording: the share of its frames with a body off its keypoints by more than a
tenth of the person's height, that with no motion though a person is seen, turns of the pelvis of more than 60 degrees
from one frame to the next of the same person, and the fastest joint. Then in how many clips each of these is bad.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Motion, Observation
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.keypoint_files.keypoint_file import USUAL_FOV, KeypointClip
from vtm_trt.offline.refine_recording import recording
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.offline.screening import people, sound
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.plausibility import fit
from vtm_trt.sources.stamps import timed_frames
from vtm_trt.sources.video import Video
from vtm_trt.stream.lifter import motion_network
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/real_clips.json"
VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v")
OFF, SEEN, LIMBS = 10.0, 0.5, 4
"""% of the height; a person is seen in a frame with so many keypoints of more than that confidence."""
GAP_S = 0.1
"""Motions further apart are not those of neighbouring frames."""
BAD: dict[str, tuple[str, float]] = {
    "off": ("> 5 % of the frames with a keypoint off by > 10 % of the height", 5.0),
    "lost": ("> 5 % of the frames with a person seen, but no motion", 5.0),
    "turns": ("the pelvis turns by > 60 degrees within a frame", 0.0),
    "fastest": ("a joint faster than 15 m/s", 15.0),
}


def seen_in(path: Path) -> list[Observation]:
    """What the 2D network, or the file, says of each frame."""
    if path.suffix == ".npz":
        return KeypointClip.load(path).observations()
    tracker, video = PoseTracker(), Video(path)
    lens = Intrinsics.from_fov(video.width, video.height, USUAL_FOV)
    return [seen for frame in timed_frames(video, lens) if (seen := tracker.step(frame)) is not None]


def lifted(stream: MotionStream, seen: Sequence[Observation], recorded: bool) -> list[Motion]:
    """As `vtm lift`, with `--once` or without."""
    motions, stamps = run_sequence(stream, stream.lifts, seen)
    motions, _ = people(motions)
    if recorded:
        motions = recording(stream, motions, stamps, seen[0].intrinsics)
    return sound(motions)[0]


def judged(motions: Sequence[Motion], seen: Sequence[Observation]) -> dict[str, float]:
    """The figures of one clip."""
    stamps = {motion.stamp_ns for motion in motions}
    there = [one.stamp_ns for one in seen if (one.confidence > SEEN).sum() >= LIMBS]
    lost = 100 * float(np.mean([stamp not in stamps for stamp in there])) if there else 0.0
    fits = [fit(motion) for motion in motions]
    pelvis = matrix_from_quat(np.array([motion.quat_local[0] for motion in motions], np.float64).reshape(-1, 4))
    turn = np.degrees(geodesic_angle(pelvis[1:], pelvis[:-1]))
    same, speed = [], [0.0]
    for before, motion, was, now in zip(motions, motions[1:], fits, fits[1:], strict=False):
        seconds = (motion.stamp_ns - before.stamp_ns) * 1e-9
        same.append(before.person_id == motion.person_id and seconds < GAP_S)
        speed.append(same[-1] * float(np.linalg.norm(now.joints - was.joints, axis=-1).max()) / seconds)
    return {
        "off": 100 * float(np.mean([one.worst > OFF for one in fits])) if fits else 0.0,
        "lost": lost,
        "turns": float((turn[np.array(same, bool)] > 60).sum()),
        "fastest": max(speed),
    }


def main() -> None:
    """Judge every clip, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of videos and keypoint files")
    parser.add_argument("--network", type=Path, help="exported VTM network in place of the shipped one")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON with all figures, default %(default)s")
    options = parser.parse_args()
    files = sorted(path for path in options.folder.glob("*") if path.suffix.lower() in (*VIDEOS, ".npz"))
    if not files:
        raise VtmError(f"there is no video and no keypoint file in {options.folder}")
    runner = motion_network(network=options.network)
    streams = {"live": MotionStream(None, 0, runner=runner), "recorded": MotionStream(None, 8, runner=runner)}
    rows: dict[str, Any] = {}
    for path in track(files, description="clips"):
        if seen := seen_in(path):
            rows[path.stem] = {
                way: judged(lifted(stream, seen, way == "recorded"), seen) for way, stream in streams.items()
            }
    counts = {
        name: {way: sum(row[way][name] > limit for row in rows.values()) for way in streams}
        for name, (_, limit) in BAD.items()
    }
    table = Table("live / recorded", *BAD)
    for clip, row in rows.items():
        table.add_row(clip, *(f"{row['live'][name]:.0f} / {row['recorded'][name]:.0f}" for name in BAD))
    table.add_section()
    table.add_row("bad clips", *(f"{counts[name]['live']} / {counts[name]['recorded']}" for name in BAD))
    Console().print(table, "\n".join(f"{name}: {text}" for name, (text, _) in BAD.items()), sep="\n")
    ran_on = {"machine": machine(usable_cores()), "versions": versions("onnxruntime", "numpy")}
    keep({"date": today(), **ran_on, "clips": len(rows), "bad": counts, "figures": rows}, options.out)


if __name__ == "__main__":
    start(main)

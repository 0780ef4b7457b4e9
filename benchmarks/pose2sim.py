#!/usr/bin/env python3
"""How accurate the motion is on a real clip: each calibrated camera alone against a multi-view reference.

    .venv/bin/python benchmarks/pose2sim.py --reference reference.npz

The clip is Pose2Sim's single-person demo (BSD-3-Clause; `make setup` fetches it). The reference holds joints
triangulated
from all four views: `joints_world` (N, 21, 3) m, `joint_names`, `video_frame` (N,), and `<camera>_K`, `_dist`, `_R`,
`_t`.
Twelve joints, camera axes: MPJPE with the mid-hip subtracted, PA-MPJPE after a similarity alignment of every frame.
BlazePose's own world landmarks are judged beside it on the same frames. Needs the extra `test` (PyTorch).
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from machine import machine, today, versions
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.camera import Intrinsics
from vtm.learn.metrics import mpjpe, pa_mpjpe
from vtm.records import Frame
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream import MotionStream
from vtm_trt.video import Video

CLIPS = Path(sys.prefix) / "share/vtm/clips/pose2sim"
RESULT = Path(__file__).parent / "results/pose2sim.json"
PARTS = ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
OURS = [JOINT_INDEX[f"{side}_{part.lower()}"] for side in ("right", "left") for part in PARTS]
BLAZEPOSE = [12, 14, 16, 24, 26, 28, 11, 13, 15, 23, 25, 27]
HIPS = [3, 9]


def run(camera: str, reference, variant: str, lookahead: int) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Joints (12, 3) by video frame, in camera axes: ours, and BlazePose's world landmarks."""
    video = Video(CLIPS / f"{camera}.mp4")
    k = reference[f"{camera}_K"]
    distortion = tuple(float(value) for value in reference[f"{camera}_dist"])
    intrinsics = Intrinsics(video.width, video.height, k[0, 0], k[1, 1], k[0, 2], k[1, 2], distortion)
    tracker = PoseTracker(variant)
    stream = MotionStream(tracker, lookahead)
    ours, theirs, motions, index = {}, {}, [], 0
    while (image := video.read()) is not None:
        motions.append(stream.step(Frame(image, round(index * 1e9 / video.fps), intrinsics)))
        if tracker.world_landmarks is not None:
            theirs[index] = tracker.world_landmarks[BLAZEPOSE]
        index += 1
    for motion in motions + stream.flush():
        if motion is not None:
            local = matrix_from_quat(motion.quat_local.astype(np.float64))
            _, joints = forward_kinematics(local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(np.float64))
            ours[round(motion.stamp_ns * 1e-9 * video.fps)] = joints[OURS]
    return ours, theirs


def score(poses: dict[int, np.ndarray], reference, camera: str) -> dict[str, float]:
    """Errors in mm over the reference's frames that have a pose."""
    names = list(reference["joint_names"])
    order = [names.index(f"{side}{part}") for side in "RL" for part in PARTS]
    world = reference["joints_world"][:, order].astype(np.float64) @ reference[f"{camera}_R"].T
    rows = [(poses[frame], true) for frame, true in zip(reference["video_frame"], world, strict=True) if frame in poses]
    predicted, true = (torch.from_numpy(np.stack(column).astype(np.float64)) for column in zip(*rows, strict=True))
    predicted, true = (points - points[:, HIPS].mean(1, keepdim=True) for points in (predicted, true))
    return {
        "mpjpe_mm": 1e3 * mpjpe(predicted, true).item(),
        "pa_mpjpe_mm": 1e3 * pa_mpjpe(predicted, true).item(),
        "frames": len(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--variants", nargs="+", default=["full", "heavy"], help="of the 2D network: lite, full, heavy")
    parser.add_argument("--lookaheads", nargs="+", type=int, default=[0, 8])
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    for needed in (arguments.reference, CLIPS):
        if not needed.exists():
            sys.exit(f"{needed} is missing; `make setup` fetches the clips, the reference is described in this file")
    reference = np.load(arguments.reference, allow_pickle=False)
    cameras = sorted(key[:-2] for key in reference.files if key.endswith("_K"))
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for variant in arguments.variants:
        for lookahead in track(arguments.lookaheads, f"2D network {variant}", console=Console(stderr=True)):
            for camera in cameras:
                ours, theirs = run(camera, reference, variant, lookahead)
                rows.setdefault(f"vtm, {variant}, look-ahead {lookahead}", {})[camera] = score(ours, reference, camera)
                rows.setdefault(f"BlazePose {variant} world landmarks", {})[camera] = score(theirs, reference, camera)
    table = Table("", *cameras, "mean", title="MPJPE / PA-MPJPE, mm")
    for row in rows.values():
        row["mean"] = {
            key: float(np.mean([row[camera][key] for camera in cameras])) for key in ("mpjpe_mm", "pa_mpjpe_mm")
        }
    for name, row in sorted(rows.items()):
        cells = [f"{row[key]['mpjpe_mm']:.0f} / {row[key]['pa_mpjpe_mm']:.0f}" for key in (*cameras, "mean")]
        table.add_row(name, *cells)
    Console().print(table)
    arguments.out.parent.mkdir(exist_ok=True)
    result = {"date": today(), "machine": machine(2), "versions": versions("onnxruntime", "numpy"), "rows": rows}
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How often left and right are wrong after the belief, where a 2D network exchanges them on purpose and where not.

    .venv/bin/python benchmarks/labels.py --clips clips.npz

People of motion capture in front of random cameras, at 15 to 60 frames/s, with keypoints that tremble by 1 to 5 pixels.
Legs, arms, both or the whole body are exchanged for 1 to 36 frames, in half of the cases over a frame in which both
labellings fall together. A frame is wrong with a keypoint further off than 8 % of the person's height.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.spatial.transform import Rotation

from vtm.body.keypoint_offsets import BASE, FRAME, OFFSET
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.camera import Intrinsics
from vtm.mocap.clip_file import Clip, read_clips, read_index
from vtm.types import Observation
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.pose2d.exchange import exchange
from vtm_trt.pose2d.labels import LabelBelief, smoothed

RESULT = Path(__file__).parent / "results/labels.json"
CAMERA, OPTICAL = Intrinsics.from_fov(1280, 960), np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
FRAMES, LEAST = 180, 45
SKIPS = (1, 2, 2, 2, 4)
"""Every so many frames of 60 in a second are seen."""
LEGS, ARMS, ALL = 1, 2, 7
EXCHANGED = (LEGS, ARMS, LEGS | ARMS, ALL, ALL)
APART, LONG = (8, 60), (1, 37)
"""Frames between two exchanges, and of one."""
WRONG = 0.08
MIDDLES = [[KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("hip", "shoulder")]


def seen(clip: Clip, skip: int, rng: np.random.Generator) -> tuple[list[Observation], float]:
    """What a 2D network that never exchanges anything sees of a clip, and the person's height in pixels."""
    local, root = matrix_from_quat(clip.quat[::skip][:FRAMES]), clip.root[::skip][:FRAMES]
    offsets = np.broadcast_to(clip.offsets, local.shape[:2] + (3,))
    rotations, joints = forward_kinematics(local, offsets, root)
    points = joints[:, BASE] + (rotations[:, FRAME] @ OFFSET[..., None])[..., 0] - root.mean(0)
    camera = Rotation.from_euler("y", rng.uniform(-0.1, 0.5)) * Rotation.from_euler("z", rng.uniform(0, 2 * np.pi))
    pixels = CAMERA.project((points @ camera.as_matrix().T + [rng.uniform(3.5, 6), 0, 0]) @ OPTICAL.T)
    error = rng.normal(0, rng.uniform(1, 5), pixels.shape)
    for before, now in zip(error[:-1], error[1:], strict=True):
        now[:] = 0.6 * before + 0.8 * now
    pixels = pixels + error
    pixels = np.concatenate([pixels, np.stack([pixels[:, pair].mean(1) for pair in MIDDLES], 1)], 1).astype(np.float32)
    sure = np.full(pixels.shape[1], 0.95, np.float32)
    nanoseconds = skip * 1e9 / clip.fps
    height = float(np.median(np.ptp(pixels[..., 1], axis=1)))
    return [Observation(round(t * nanoseconds), CAMERA, row, sure) for t, row in enumerate(pixels)], height


def exchanging(true: list[Observation], rng: np.random.Generator) -> list[Observation]:
    """The same from a 2D network that exchanges left and right now and then."""
    said = list(true)
    first = int(rng.integers(*APART))
    while first < len(said):
        groups, end = int(rng.choice(EXCHANGED)), first + int(rng.integers(*LONG))
        for t in range(first, min(end, len(said))):
            said[t] = replace(exchange(true[t], groups), exchanged=0)
        if rng.random() < 0.5:
            share = rng.uniform(0.3, 0.7)
            between = share * said[first].keypoints + (1 - share) * true[first].keypoints
            said[first] = replace(said[first], keypoints=between.astype(np.float32))
        first = end + int(rng.integers(*APART))
    return said


def wrong(found: list[Observation], true: list[Observation], height: float) -> int:
    """Frames with a keypoint that is not where it belongs."""
    off = [np.linalg.norm(a.keypoints - b.keypoints, axis=1).max() for a, b in zip(found, true, strict=True)]
    return int((np.array(off) > WRONG * height).sum())


def counts(clip: Clip, rng: np.random.Generator) -> dict[str, dict[str, int]]:
    """Frames, and how many of them are wrong as detected, live and as a recording; with exchanges and without."""
    true, height = seen(clip, int(rng.choice(SKIPS)), rng)
    result = {}
    for name, said in (("exchanging", exchanging(true, rng)), ("never exchanging", true)):
        belief = LabelBelief()
        found = {"detected": said, "live": [belief(one) for one in said], "recorded": smoothed(said)}
        result[name] = {"frames": len(true)} | {key: wrong(value, true, height) for key, value in found.items()}
    return result


def chosen(path: Path, count: int, rng: np.random.Generator) -> Iterator[Clip]:
    """`count` clips of a file, some twice, as long as LEAST frames at the slowest."""
    names = [row["clip"] for row in read_index(path)]
    for name in rng.choice(names, count):
        clip = read_clips(path, [str(name)])[0]
        if len(clip.quat) >= LEAST * max(SKIPS):
            yield clip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="motion, as `vtm data import` writes it")
    parser.add_argument("--count", type=int, default=450, help="clips (%(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file to write (%(default)s)")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    clips = list(chosen(arguments.clips, arguments.count, rng))
    each = [counts(clip, rng) for clip in track(clips, "clips", console=Console(stderr=True))]
    total = {name: {key: sum(one[name][key] for one in each) for key in each[0][name]} for name in each[0]}
    table = Table("2D network", *next(iter(total.values())), title=f"frames that are wrong, of {len(clips)} clips")
    for name, row in total.items():
        table.add_row(name, *map(str, row.values()))
    Console().print(table)
    ran_on = {"machine": machine(usable_cores()), "versions": versions("numpy")}
    keep({"date": today(), **ran_on, "clips": len(clips), "frames": total}, arguments.out)


if __name__ == "__main__":
    start(main)

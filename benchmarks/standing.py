#!/usr/bin/env python3
"""How straight people's legs are who stand straight, and how bent those of people who sit and squat.

    .venv/bin/python benchmarks/standing.py
    .venv/bin/python benchmarks/standing.py --network runs/vtm/vtm.onnx

Rendered people of two builds, each in front of twelve cameras all around: every second one at eye level, every second
one on a wall, looking down. Knee flexion in degrees, live and as a recording; the truth of each posture stands beside.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.spatial.transform import Rotation

from vtm.body.rotations import geodesic_angle, matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX
from vtm.camera import Intrinsics
from vtm.samples.postures import POSTURES, on_the_ground, pose
from vtm.samples.renders.anny_body import Person, make_person
from vtm.samples.renders.clip import RenderedClip, Shot
from vtm.samples.renders.scene import Look
from vtm.types import Frame, Motion, Observation
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.offline.refine_recording import recording
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.lifter import motion_network
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/standing.json"
SHOWN = ("stand", "arms up", "sit", "squat")
BUILDS = ({"gender": 0.2, "weight": 0.4}, {"gender": 0.8, "weight": 0.6})
CAMERAS = [(30.0 * number, 1.4 if number % 2 else 3.0) for number in range(12)]
"""Bearing in degrees from where the person faces, and height in metres."""
SIZE, FOCAL, DISTANCE_M, AIM_M = (480, 480), 520.0, 4.0, 0.9
FRAMES, FPS, WARM_UP = 24, 30.0, 8
SWAY = 0.02
"""Radians by which all joints move, so that no two frames are the same."""
KNEES = [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]
LOOK = Look(np.array([0.5, 0.3, 0.81]), np.full(3, 0.4), np.full(3, 0.7), np.full(3, 0.5), 0.0, 0.01, 0.6)


def filmed(posture: str, person: Person, bearing: float, height: float) -> RenderedClip:
    """A person who sways in a posture."""
    seconds = np.arange(FRAMES) / FPS
    still = pose(POSTURES[posture])
    axes = np.random.default_rng(5).normal(size=(len(still), 3)) * SWAY
    sway = np.sin(2 * np.pi * 0.4 * seconds)[:, None, None] * axes
    turns = Rotation.from_rotvec(sway.reshape(-1, 3)).as_matrix().reshape(FRAMES, len(still), 3, 3)
    local = still @ turns
    around = np.radians(bearing)
    eye = np.array([np.cos(around) * DISTANCE_M, np.sin(around) * DISTANCE_M, height])
    forward = np.array([0.0, 0.0, AIM_M]) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    lens = Intrinsics(*SIZE, FOCAL, FOCAL, SIZE[0] / 2, SIZE[1] / 2)
    shot = Shot(lens, np.tile(rotation, (FRAMES, 1, 1)), np.tile(eye, (FRAMES, 1)))
    return RenderedClip(local, on_the_ground(local), seconds, 11, SIZE, person=person, shot=shot, look=LOOK)


def seen(clip: RenderedClip, tracker: PoseTracker) -> Iterator[Observation]:
    """What the 2D network makes of it."""
    tracker.reset()
    for image, second in zip(clip, clip.truth.seconds, strict=True):
        if found := tracker.step(Frame(image, round(second * 1e9), clip.truth.intrinsics)):
            yield found


def knees(motions: Sequence[Motion]) -> list[float]:
    """Flexion in degrees, both legs of all motions after the first."""
    local = np.stack([matrix_from_quat(motion.quat_local.astype(np.float64))[KNEES] for motion in motions[WARM_UP:]])
    return np.degrees(geodesic_angle(local, np.eye(3))).ravel().tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=Path, help="an exported VTM network instead of the shipped one")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON file to write (%(default)s)")
    options = parser.parse_args()
    tracker = PoseTracker()
    runner = motion_network(network=options.network)
    live, later = (MotionStream(None, lookahead, runner=runner) for lookahead in (0, 8))
    scores: dict[str, dict[str, dict[str, float]]] = {}
    people = [make_person(build) for build in BUILDS]
    views = [(posture, build, *camera) for posture in SHOWN for build in people for camera in CAMERAS]
    bent: dict[tuple[str, str], list[float]] = {}
    for posture, person, bearing, height in track(views, "filming", console=Console(stderr=True)):
        clip = filmed(posture, person, bearing, height)
        observations = list(seen(clip, tracker))
        if len(observations) <= WARM_UP:
            continue
        motions, _ = run_sequence(live, live.lifts, observations)
        bent.setdefault((posture, "live"), []).extend(knees(motions))
        motions, stamps = run_sequence(later, later.lifts, observations)
        motions = recording(later, motions, stamps, clip.truth.intrinsics)
        bent.setdefault((posture, "recorded"), []).extend(knees(motions))
    table = Table("posture", "truth", "", "median", "5 %", "95 %", title="knee flexion, degrees")
    for (posture, way), values in bent.items():
        true = float(np.degrees(geodesic_angle(pose(POSTURES[posture])[KNEES], np.eye(3))).mean())
        low, median, high = (float(np.percentile(values, share)) for share in (5, 50, 95))
        scores.setdefault(posture, {"true": true})[way] = {"p5": low, "median": median, "p95": high}  # type: ignore[assignment]
        table.add_row(posture, f"{true:.0f}", way, *(f"{value:.0f}" for value in (median, low, high)))
    Console().print(table)
    ran_on = {"machine": machine(usable_cores()), "versions": versions("onnxruntime", "numpy")}
    keep({"date": today(), **ran_on, "knee_flexion_deg": scores}, options.out)


if __name__ == "__main__":
    start(main)

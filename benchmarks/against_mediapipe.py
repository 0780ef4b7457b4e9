#!/usr/bin/env python3
"""How fast we are beside MediaPipe's own Python pose solution (0.10.21, complexity 1), in one run on one clip.

    .venv/bin/python benchmarks/against_mediapipe.py

Passes over the whole clip alternate between the contenders, on the same cores; the first pass of each is not counted.
MediaPipe gets its own environment in `.venv/peers/mediapipe`, made on the first run (needs the network once).
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import cv2
from machine import machine, today, use_cores, versions
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.records import Frame
from vtm_trt.pose2d.tracker import PoseTracker

ROOT = Path(__file__).resolve().parents[1]
PEER = Path(sys.prefix) / "peers/mediapipe"
REQUIREMENTS = ROOT / "requirements/mediapipe.txt"
CLIP = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam03.mp4"
RESULT = ROOT / "benchmarks/results/against_mediapipe.json"
PEER_NAME = "MediaPipe pose"

console = Console()


def peer_environment() -> Path:
    """Python of the environment that MediaPipe lives in, made when it is missing or out of date."""
    python, stamp = PEER / "bin/python", PEER / "requirements.txt"
    if stamp.is_file() and stamp.read_text() == REQUIREMENTS.read_text():
        return python
    if sys.version_info >= (3, 13):
        sys.exit("MediaPipe 0.10.21 has no wheels for Python 3.13; set up the clone with Python 3.10, 3.11 or 3.12")
    with console.status("installing MediaPipe into an environment of its own"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEER], check=True)
        subprocess.run([python, "-I", "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
    stamp.write_text(REQUIREMENTS.read_text())
    return python


def our_pass(video: Path, step: Callable, reset: Callable) -> dict:
    """Decode and process the whole clip; milliseconds of `step` per frame, seconds of the whole pass."""
    capture = cv2.VideoCapture(str(video))
    fps = capture.get(cv2.CAP_PROP_FPS) or 30
    reset()
    step_ms, seen, began = [], 0, perf_counter()
    while True:
        found, image = capture.read()
        if not found:
            break
        start = perf_counter()
        frame = Frame(image, round(len(step_ms) * 1e9 / fps), Intrinsics.from_fov(image.shape[1], image.shape[0]))
        seen += step(frame) is not None
        step_ms.append((perf_counter() - start) * 1e3)
    return {"step_ms": step_ms, "seconds": perf_counter() - began, "seen": seen}


def contenders(video: Path, variants: list[str], threads: int) -> dict[str, Callable[[], dict]]:
    """A function per contender that runs one pass. Without a shipped VTM network our whole pipeline is left out."""
    peer = subprocess.Popen(
        [peer_environment(), "-I", Path(__file__).with_name("mediapipe_peer.py"), video],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip

    def peer_pass() -> dict:
        peer.stdin.write("pass\n")
        peer.stdin.flush()
        reply = peer.stdout.readline()
        return json.loads(reply) if reply else sys.exit("MediaPipe stopped; run benchmarks/mediapipe_peer.py by hand")

    passes: dict[str, Callable[[], dict]] = {PEER_NAME: peer_pass}
    try:
        from vtm_trt.stream import MotionStream

        streams = {name: MotionStream(PoseTracker(name, threads=threads), threads=threads) for name in variants}
    except (ImportError, VtmError) as missing:
        console.print(f"the whole pipeline is left out: {missing}")
        streams = {}
    for variant in variants:
        tracker = PoseTracker(variant, threads=threads)
        passes[f"2D pose, {variant}"] = lambda tracker=tracker: our_pass(video, tracker.step, tracker.reset)
    for variant, stream in streams.items():
        passes[f"complete motion, {variant}"] = lambda stream=stream: our_pass(video, stream.step, stream.reset)
    return passes


def summary(passes: list[dict]) -> dict[str, float]:
    """Over all counted passes: per-frame milliseconds, and frames per second of the median pass with decoding."""
    steps = [value for one in passes for value in one["step_ms"]]
    return {
        "step_ms_median": round(median(steps), 2),
        "step_ms_p95": round(quantiles(steps, n=20)[-1], 2),
        "fps_with_decoding": round(median(len(one["step_ms"]) / one["seconds"] for one in passes), 1),
        "seen_percent": round(100 * sum(one["seen"] for one in passes) / len(steps), 1),
    }


def show(rows: dict[str, dict], title: str) -> None:
    table = Table(title=title)
    table.add_column("")
    for column in ("ms per frame", "p95", "frames/s, video in", "seen %", "frames/s over MediaPipe"):
        table.add_column(column, justify="right")
    for name, row in rows.items():
        table.add_row(
            name, f"{row['step_ms_median']:.1f}", f"{row['step_ms_p95']:.1f}", f"{row['fps_with_decoding']:.1f}",
            f"{row['seen_percent']:.0f}", f"{row['fps_with_decoding'] / rows[PEER_NAME]['fps_with_decoding']:.2f} x",
        )  # fmt: skip
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--rounds", type=int, default=5, help="counted passes per contender")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--variants", nargs="+", default=["full"], help="of our 2D network: lite, full, heavy")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    if not arguments.clip.is_file():
        sys.exit(f"{arguments.clip} is missing; `make setup` fetches the clips")
    cores = use_cores(arguments.cores)
    passes = contenders(arguments.clip, arguments.variants, cores)
    runs: dict[str, list[dict]] = {name: [] for name in passes}
    for number in track(range(arguments.rounds + 1), "passes", console=console):
        for name, one_pass in passes.items():
            result = one_pass()
            if number:
                runs[name].append(result)
    rows = {name: summary(results) for name, results in runs.items()}
    frames = len(runs[PEER_NAME][0]["step_ms"])
    show(rows, f"{arguments.clip.parent.name}/{arguments.clip.name}, {frames} frames, {cores} cores, {today()}")
    result = {
        "command": " ".join(["benchmarks/against_mediapipe.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(cores),
        "versions": versions("numpy", "opencv-python-headless", "onnxruntime")
        | {"mediapipe": runs[PEER_NAME][0]["version"]},
        "clip": f"{arguments.clip.parent.name}/{arguments.clip.name}",
        "frames": frames,
        "rounds": arguments.rounds,
        "rows": rows,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    partial = arguments.out.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=2) + "\n")
    os.replace(partial, arguments.out)
    console.print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Memory and time of `vtm capture` by the length of the video, and what an hour would take.

    .venv/bin/python benchmarks/long_video.py --minutes 2 5 10

The sample clip to and fro, captured at the defaults by a process of its own. Processor time is what counts: it does not
depend on what else the machine does.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
import psutil
from program import keep, start

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_tools.bench.clip import recorded, sample_clip
from vtm_tools.bench.machine import machine, today, usable_cores, versions

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402  the backend comes first

RESULT = Path(__file__).parent / "results/long_video.json"
EVERY_S = 5.0
HOUR = 108_000
"""Frames, at 30 a second."""


def write_to_and_fro(source: Path, target: Path, minutes: float) -> int:
    """Write a clip to and fro until it is so long; returns how many frames that takes."""
    video = recorded(source)
    pictures = []
    while (image := video.read()) is not None:
        pictures.append(image)
    fps, size = video.fps, (video.width, video.height)
    video.close()
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not writer.isOpened():
        raise VtmError(f"this OpenCV cannot write {target}")
    count, last = round(minutes * 60 * fps), len(pictures) - 1
    for number in range(count):
        turn = number % (2 * last)
        writer.write(pictures[min(turn, 2 * last - turn)])
    writer.release()
    return count


def watch(video: Path, motion: Path) -> dict[str, Any]:
    """Capture a video; the memory every EVERY_S seconds, MB (10^6 bytes), and the processor time, seconds."""
    command = [sys.executable, "-m", "vtm_tools.cli.app", "capture", str(video), "--out", str(motion)]
    child = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began, before, samples = time.monotonic(), _spent_by_children(), []
    while child.poll() is None:
        try:
            samples.append([round(time.monotonic() - began, 1), round(child.memory_info().rss / 1e6, 1)])
            child.wait(EVERY_S)
        except psutil.TimeoutExpired:
            continue
        except psutil.Error:
            break
    if child.wait():
        raise VtmError(f"vtm capture {video.name} ended with exit code {child.wait()}")
    return {
        "cpu_s": round(_spent_by_children() - before, 1),
        "wall_s": round(time.monotonic() - began, 1),
        "memory_peak_mb": max(memory for _, memory in samples),
        "motion_mb": round(motion.stat().st_size / 1e6, 1),
        "samples": samples,
    }


def _spent_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def hour(rows: list[dict[str, Any]]) -> dict[str, float]:
    """By straight lines through the rows: memory and processor time of an hour at 30 frames/s."""
    frames = [row["frames"] for row in rows]
    slope, base = np.polyfit(frames, [row["memory_peak_mb"] for row in rows], 1)
    return {
        "memory_kb_a_frame": round(1e3 * slope, 2),
        "memory_mb": round(base + slope * HOUR),
        "cpu_s": round(np.polyval(np.polyfit(frames, [row["cpu_s"] for row in rows], 1), HOUR)),
    }


def picture(path: Path, rows: list[dict[str, Any]]) -> None:
    figure, axis = plt.subplots(figsize=(8, 4), constrained_layout=True)
    for row in rows:
        seconds, memory = zip(*row["samples"], strict=True)
        axis.plot(np.array(seconds) / seconds[-1], memory, label=f"{row['minutes']:g} minutes")
    axis.set(xlabel="share of the time it takes", ylabel="memory [MB]", ylim=(0, None))
    axis.legend()
    axis.grid(alpha=0.3)
    with atomic_file(path) as draft:
        figure.savefig(draft, dpi=100, format="png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[2.0, 5.0, 10.0])
    parser.add_argument("--out", type=Path, default=RESULT, help="a picture of the same name lies beside it")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        video, motion = Path(folder) / "long.mp4", Path(folder) / "long.npz"
        for minutes in arguments.minutes:
            frames = write_to_and_fro(sample_clip(), video, minutes)
            row = {"minutes": minutes, "frames": frames, **watch(video, motion)}
            rows.append(row | {"cpu_ms_a_frame": round(1e3 * row["cpu_s"] / frames, 2)})
            print(json.dumps({name: value for name, value in rows[-1].items() if name != "samples"}), flush=True)
    result = {
        "command": " ".join(["benchmarks/long_video.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(usable_cores()),
        "versions": versions("vtm_ros", "numpy", "onnxruntime"),
        "clip": sample_clip().name,
        "hour": hour(rows) if len(rows) > 1 else None,
        "rows": rows,
    }
    print(json.dumps(result["hour"]))
    keep(result, arguments.out)
    picture(arguments.out.with_suffix(".png"), rows)


if __name__ == "__main__":
    start(main)

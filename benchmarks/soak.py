#!/usr/bin/env python3
"""Memory, rate and latency of the capture node over a long time, on a video that is played over and over.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/soak.py --minutes 60

The nodes are processes of their own. The memory of the last two minutes is compared with that after the fourth minute.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib
import numpy as np
import psutil
from latency import RATE_HZ
from live_capture import Listener, live_capture, make_clip
from program import keep, start
from rich.progress import track

from vtm.files.atomic_file import atomic_file
from vtm_tools.bench.machine import machine, on_cores, today, versions

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402  the backend comes first

RESULT = Path(__file__).parent / "results/soak.json"
EVERY_S = 30.0
WARM_UP = 8
"""Samples until the memory should have settled."""
ENDS = 4
"""Samples at either end whose median counts."""


def watch(listener: Listener, process: psutil.Process, minutes: float) -> list[dict[str, float]]:
    """One sample every EVERY_S seconds; rates and latencies are those of the time since the sample before."""
    samples = []
    began = time.monotonic()
    for number in track(range(1, round(minutes * 60 / EVERY_S) + 1), "soak"):
        listener.heard.came.clear()
        listener.heard.sent.clear()
        time.sleep(max(0.0, began + number * EVERY_S - time.monotonic()))
        latencies = [latency / 1e6 for latency in list(listener.heard.came.values())]
        p50, p95 = np.percentile(latencies, [50, 95]) if latencies else (float("nan"), float("nan"))
        sample = {
            "minutes": (time.monotonic() - began) / 60,
            "resident_mb": process.memory_info().rss / 1e6,
            "threads": process.num_threads(),
            "camera_rate_hz": len(listener.heard.sent) / EVERY_S,
            "rate_hz": len(latencies) / EVERY_S,
            "p50_ms": p50,
            "p95_ms": p95,
        }
        samples.append({name: round(value, 2) for name, value in sample.items()})
    return samples


def growth(samples: list[dict[str, float]]) -> dict[str, float]:
    """Memory in MB (10^6 bytes) after the warm-up and at the end."""
    memory = [sample["resident_mb"] for sample in samples]
    start, end = median(memory[WARM_UP : WARM_UP + ENDS] or memory[:1]), median(memory[-ENDS:])
    return {
        "start_mb": round(start, 1),
        "end_mb": round(end, 1),
        "growth_percent": round(100 * (end / start - 1), 2),
    }


def picture(path: Path, samples: list[dict[str, float]]) -> None:
    figure, axes = plt.subplots(3, 1, sharex=True, figsize=(8, 7), constrained_layout=True)
    for axis, label, names in zip(
        axes,
        ("memory [MB]", "rate [Hz]", "latency [ms]"),
        (("resident_mb",), ("camera_rate_hz", "rate_hz"), ("p50_ms", "p95_ms")),
        strict=True,
    ):
        for name in names:
            axis.plot([one["minutes"] for one in samples], [one[name] for one in samples], label=name)
        axis.set(ylabel=label, ylim=(0, 1.15 * np.nanmax([one[name] for one in samples for name in names])))
        axis.legend(loc="lower left")
        axis.grid(alpha=0.3)
    axes[-1].set_xlabel("time [minutes]")
    with atomic_file(path) as draft:
        figure.savefig(draft, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--pose-model", default="full", choices=("lite", "full", "heavy"))
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT, help="a picture of the same name lies beside it")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, on_cores(arguments.cores) as cores:
        clip = make_clip(Path(folder))
        with live_capture(clip, RATE_HZ, {"pose_model": arguments.pose_model}) as (listener, capture):
            samples = watch(listener, psutil.Process(capture), arguments.minutes)
            counts = listener.heard.counts()
    result: dict[str, Any] = {
        "command": " ".join(["benchmarks/soak.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(cores),
        "load_before": round(load, 2),
        "versions": versions("vtm_ros", "numpy", "onnxruntime", "ros-rclpy", "ros-fastdds"),
        "minutes": arguments.minutes,
        "memory": growth(samples),
        "rate_hz": round(float(np.mean([one["rate_hz"] for one in samples])), 2),
        "camera_rate_hz": round(float(np.mean([one["camera_rate_hz"] for one in samples])), 2),
        "capture_counts": counts,
        "samples": samples,
    }
    print(json.dumps({name: value for name, value in result.items() if name != "samples"}, indent=1))
    keep(result, arguments.out)
    picture(arguments.out.with_suffix(".png"), samples)


if __name__ == "__main__":
    start(main)

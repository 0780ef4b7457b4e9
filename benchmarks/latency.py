#!/usr/bin/env python3
"""From the camera's stamp to the joint angles at a subscriber, through real topics between three processes.

    source .venv/ros_env.sh; .venv/bin/python benchmarks/latency.py

A 720p clip is played by the node `video_camera` at 30 Hz; the node `capture` answers; this program subscribes. Then the
same at a rate that is too high: images must be dropped, not queued; with both hands; and with three people, of whom the
one on the node's own topics counts. Measure on a quiet machine: `load_before` tells whether it was.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from live_capture import Heard, live_capture, make_clip
from program import keep, start
from rich.console import Console
from rich.table import Table

from vtm.errors import VtmError
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_tools.bench.people_clip import write_people

RESULT = Path(__file__).parent / "results/latency.json"
RATE_HZ = 30.0
OVERLOAD_HZ = 100.0
"""Twice what two cores can do, and they run the camera, too."""
PEOPLE = 3
ROUNDS = ("camera", "overload", "hands", "three_people")
WARM_UP_S = 3.0
LAST_FRAME_WITHIN_S = 2.0


def measure(clip: Path, rate_hz: float, seconds: float, parameters: dict[str, object]) -> dict[str, Any]:
    """Figures of `seconds` seconds at a camera rate of `rate_hz`, after a warm-up."""
    with live_capture(clip, rate_hz, parameters) as (listener, _):
        heard = listener.heard
        time.sleep(WARM_UP_S)
        before, begin = heard.counts(), time.time_ns()
        time.sleep(seconds)
        end = time.time_ns()
        time.sleep(LAST_FRAME_WITHIN_S)
        counts = {name: count - before[name] for name, count in heard.counts().items()}
    return figures(heard, begin, end) | {"capture_counts": counts}


def figures(heard: Heard, begin_ns: int, end_ns: int) -> dict[str, Any]:
    """Of the frames that the camera stamped between two times; a frame without a joint state is lost."""
    sent = [stamp for stamp in heard.sent if begin_ns <= stamp < end_ns]
    came = {stamp: heard.came[stamp] / 1e6 for stamp in sent if stamp in heard.came}
    if len(came) < 2:
        raise VtmError("hardly any motion came; run the benchmark on a machine that is not busy")
    p50, p95, p99 = np.percentile(list(came.values()), [50, 95, 99])
    arrived = [stamp + heard.came[stamp] for stamp in came]
    return {
        "p50_ms": round(p50, 2),
        "p95_ms": round(p95, 2),
        "p99_ms": round(p99, 2),
        "max_ms": round(max(came.values()), 2),
        "frames": len(sent),
        "lost": len(sent) - len(came),
        "newest_first": arrived == sorted(arrived),
        "rate_hz": round(rate_of(arrived), 2),
        "camera_rate_hz": round(rate_of(sent), 2),
    }


def rate_of(times_ns: list[int]) -> float:
    return (len(times_ns) - 1) * 1e9 / (times_ns[-1] - times_ns[0])


def show(console: Console, rounds: dict[str, dict[str, Any]]) -> None:
    table = Table(title="stamp of the image to arrival of its joint state, 1280x720")
    for column in ("", *rounds):
        table.add_column(column, justify="right" if column else "left")
    for name in next(iter(rounds.values())):
        table.add_row(name.replace("_", " "), *(spelled(one[name]) for one in rounds.values()))
    console.print(table)


def spelled(value: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="of each round")
    parser.add_argument("--rounds", nargs="+", choices=ROUNDS, default=ROUNDS, help="(default: all)")
    parser.add_argument("--pose-model", default="full", choices=("lite", "full", "heavy"))
    parser.add_argument("--threads", type=int, default=2, help="per network")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    parameters = {"pose_model": arguments.pose_model, "threads": arguments.threads}
    with tempfile.TemporaryDirectory() as folder, on_cores(arguments.cores) as cores:
        clip, people = make_clip(Path(folder)), Path(folder) / "people.mp4"
        write_people(people, PEOPLE)
        of_round = {
            "camera": (clip, RATE_HZ, {}), "overload": (clip, OVERLOAD_HZ, {}),
            "hands": (clip, RATE_HZ, {"hands": "full"}), "three_people": (people, RATE_HZ, {"max_people": PEOPLE}),
        }  # fmt: skip
        found = {
            name: measure(film, rate_hz, arguments.seconds, parameters | more)
            for name, (film, rate_hz, more) in of_round.items()
            if name in arguments.rounds
        }
    show(Console(), found)
    result = {
        "command": " ".join(["benchmarks/latency.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(cores),
        "load_before": round(load, 2),
        "versions": versions("vtm_ros", "numpy", "onnxruntime", "ros-rclpy", "ros-fastdds"),
        **found.pop("camera", {}),
        **found,
    }
    keep(result, arguments.out)


if __name__ == "__main__":
    start(main)

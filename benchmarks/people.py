#!/usr/bin/env python3
"""What several people cost: frames per second and memory for one, two and three in one picture.

    .venv/bin/python benchmarks/people.py

Pictures of 1280 x 720 pixels with the man of the sample clip once, twice or three times, beside each other. The stream
of one person and those of several run in turn over the same pictures; images are in memory, nothing is decoded.
"""

import argparse
import gc
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.camera import Intrinsics
from vtm.types import Frame
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_tools.bench.people_clip import HEIGHT, MOST, WIDTH, pictures
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.stream.people_stream import PeopleStream
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/people_cost.json"
FRAME_NS = 16_666_667
SETTLED = 90
"""Frames after which memory is measured."""


def frames_of(people: int, count: int) -> list[Frame]:
    """`pictures` at 60 frames per second."""
    lens = Intrinsics.from_fov(WIDTH, HEIGHT)
    return [Frame(picture, index * FRAME_NS, lens) for index, picture in enumerate(pictures(people, count))]


def one(variant: str, threads: int) -> Callable[[Frame], int]:
    """The stream of one person."""
    stream = MotionStream(PoseTracker(variant, threads=threads), postprocess=PostprocessConfig())
    return lambda frame: stream.step(frame) is not None


def several(variant: str, threads: int, most: int) -> Callable[[Frame], int]:
    """The stream of several people."""
    stream = PeopleStream(PeopleTracker(most, variant, threads=threads), postprocess=PostprocessConfig())
    return lambda frame: len(stream.step(frame))


def passes(streams: dict[str, tuple[Callable[[Frame], int], Sequence[Frame]]], rounds: int) -> dict[str, dict]:
    """Frames per second and people per frame of each stream, which run in turn; the first pass warms up."""
    fps: dict[str, list[float]] = {name: [] for name in streams}
    seen: dict[str, float] = {}
    ago = 0
    for number in track(range(rounds + 1), "passes", console=Console(stderr=True), transient=True):
        for name, (step, frames) in streams.items():
            again = [Frame(frame.image, frame.stamp_ns + ago, frame.intrinsics) for frame in frames]
            began = perf_counter()
            people = sum(step(frame) for frame in again)
            if number:
                fps[name].append(len(frames) / (perf_counter() - began))
                seen[name] = people / len(frames)
        ago += len(frames) * FRAME_NS
    return {name: {"fps": round(median(fps[name]), 1), "people": round(seen[name], 2)} for name in streams}


def memory_mb(variant: str, people: int) -> float:
    """Resident memory of a process that has followed so many people, of MOST at most."""
    command = [sys.executable, __file__, "--memory-of", variant, str(people)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_memory(variant: str, people: int) -> None:
    """In a process of its own: the pictures are made before, and are as many for each."""
    frames = frames_of(people, SETTLED)
    step = several(variant, 2, MOST)
    for frame in frames:
        step(frame)
    gc.collect()
    print(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=120, help="of each pass (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="passes that count (default: %(default)s)")
    parser.add_argument("--cores", type=int, default=2, help="of the processor (default: %(default)s)")
    parser.add_argument("--variants", nargs="+", default=["full", "lite"], help="2D networks (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default: %(default)s)")
    parser.add_argument("--memory-of", nargs=2, metavar=("VARIANT", "PEOPLE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print_memory(arguments.memory_of[0], int(arguments.memory_of[1]))
        return
    shown = {people: frames_of(people, arguments.frames) for people in range(1, MOST + 1)}
    networks = {}
    with on_cores(arguments.cores) as cores:
        for variant in arguments.variants:
            streams = {"1, stream of one person": (one(variant, cores), shown[1])}
            streams |= {str(n): (several(variant, cores, n if n > 1 else 2), shown[n]) for n in shown}
            found = passes(streams, arguments.rounds)
            resident = {str(n): round(memory_mb(variant, n)) for n in shown}
            networks[variant] = {name: row | {"memory_mb": resident.get(name)} for name, row in found.items()}
    result = {
        "date": today(),
        "machine": machine(cores),
        "versions": versions("vtm_ros", "numpy", "onnxruntime"),
        "size": [WIDTH, HEIGHT],
        "frames": arguments.frames,
        "rounds": arguments.rounds,
        "networks": networks,
    }
    table = Table("2D network", "people", "frames/s", "of one person's", "people seen", "memory, MB")
    for variant, rows in networks.items():
        alone = rows["1, stream of one person"]["fps"]
        for name, row in rows.items():
            cells = (
                f"{row['fps']:.1f}",
                f"{row['fps'] / alone:.2f}",
                f"{row['people']:.2f}",
                str(row["memory_mb"] or ""),
            )
            table.add_row(variant, name, *cells)
    Console().print(table)
    keep(result, arguments.out)


if __name__ == "__main__":
    start(main)

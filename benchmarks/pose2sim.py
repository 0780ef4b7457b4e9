#!/usr/bin/env python3
"""How accurate the motion is on a real clip: `vtm eval --pose2sim` for several 2D networks, with the machine it ran on.

    .venv/bin/python benchmarks/pose2sim.py --reference reference.npz

`vtm_tools/evaluation/pose2sim.py` says what the reference holds and how it is compared.
"""

import argparse
from pathlib import Path

from program import keep, start
from rich.console import Console
from rich.progress import track

from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_tools.evaluation.pixels import watch
from vtm_tools.evaluation.pose2sim import pose2sim_videos
from vtm_tools.evaluation.report import document, show
from vtm_tools.evaluation.streamed import run
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.person_stream import MotionStream

RESULT = Path(__file__).parent / "results/pose2sim.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--variants", nargs="+", default=["full", "heavy"], help="of the 2D network: lite, full, heavy")
    parser.add_argument("--lookaheads", nargs="+", type=int, default=[0, 8])
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    ran_on = {"machine": machine(usable_cores()), "versions": versions("onnxruntime", "numpy")}
    result = {"date": today(), **ran_on, "variants": {}}
    for variant in track(arguments.variants, "2D networks", console=Console(stderr=True)):
        tracker = PoseTracker(variant)
        examples = [watch(sample, tracker) for sample in pose2sim_videos(arguments.reference)]
        judged = [run(MotionStream(None, lookahead), examples) for lookahead in arguments.lookaheads]
        show(Console(), f"Pose2Sim, 2D network {variant}", judged)
        result["variants"][variant] = document(judged)
    keep(result, arguments.out)


if __name__ == "__main__":
    start(main)

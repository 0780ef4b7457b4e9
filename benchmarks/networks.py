#!/usr/bin/env python3
"""Milliseconds of each network on each backend of this machine, one call after the other.

    .venv/bin/python benchmarks/networks.py --out networks.json

With a GPU also the step of VTM in PyTorch as one CUDA graph, whose input and output stay on the GPU: what a recorded
network takes. A backend that cannot work here is named with the reason.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from program import keep, start

from vtm.errors import VtmError
from vtm.files.shared import share_folder
from vtm_tools.bench.machine import machine, today, usable_cores, versions
from vtm_trt.engine.backends import choices, load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.stream.lifter import MEMORY

RESULT = Path(__file__).parent / "results/networks.json"
NETWORKS = ("vtm", "pose_detection", "pose_landmark_full", "hand_landmark_full")
WARM_UP = 10


def figures(seconds: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(seconds, (50, 99)) * 1e3
    return {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3), "calls_a_second": round(1 / float(np.mean(seconds)), 1)}


def timed(call, count: int) -> dict[str, float]:
    for _ in range(WARM_UP):
        call()
    seconds = []
    for _ in range(count):
        began = perf_counter()
        call()
        seconds.append(perf_counter() - began)
    return figures(seconds)


def one_network(name: str, backend: str, count: int) -> dict[str, Any]:
    """Its times; or why it does not run."""
    try:
        runner = load_runner(model_path(name), backend, usable_cores(), MEMORY if name == "vtm" else None)
    except VtmError as fault:
        return {"fault": str(fault)}
    rng = np.random.default_rng(0)
    given = {key: rng.uniform(0, 1, shape).astype(np.float32) for key, shape in runner.input_shapes.items()}
    state = runner.blank_state()

    def call() -> None:
        nonlocal state
        _, state = runner.step(given, state)

    return {"runs_on": runner.describe(), **timed(call, count)}


def recorded_step(count: int) -> dict[str, Any]:
    """VTM's step as a CUDA graph of PyTorch."""
    try:
        import torch

        from vtm.train.config import TrainConfig
        from vtm.train.export import Step, example, load_shipped
    except ImportError as missing:
        return {"fault": f"needs PyTorch and onnx ({missing})"}
    if not torch.cuda.is_available():
        return {"fault": "this PyTorch sees no CUDA GPU"}
    net = load_shipped(model_path("vtm"), TrainConfig.load(share_folder() / "config/train.yaml").net)
    step, inputs = Step(net).eval().cuda(), [x.cuda() for x in example(net)]
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
    try:
        with torch.inference_mode():
            with torch.cuda.stream(stream):
                for _ in range(3):
                    step(*inputs)
            torch.cuda.synchronize()
            with torch.cuda.graph(graph):
                step(*inputs)
    except RuntimeError as fault:
        return {"fault": f"cannot be recorded: {str(fault).splitlines()[0]}"}

    def call() -> None:
        graph.replay()
        torch.cuda.synchronize()

    return {"runs_on": f"torch {torch.__version__}, {torch.cuda.get_device_name()}, a CUDA graph", **timed(call, count)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="calls of each")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    rows: dict[str, Any] = {}
    for backend in choices():
        if backend.fault:
            rows[backend.name] = {"fault": backend.fault}
            print(f"{backend.name:22} not here: {backend.fault}", flush=True)
            continue
        rows[backend.name] = {}
        for name in NETWORKS:
            rows[backend.name][name] = found = one_network(name, backend.name, arguments.count)
            told = found.get("fault") or f"p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms"
            print(f"{backend.name:22} {name:22} {told}", flush=True)
    rows["vtm_cuda_graph"] = found = recorded_step(arguments.count)
    print(f"{'CUDA graph, torch':22} {'vtm':22} {found.get('fault') or found['p50_ms']}")
    command = " ".join(["benchmarks/networks.py", *sys.argv[1:]])
    about = {"command": command, "date": today(), "machine": machine(usable_cores())}
    keep({**about, "versions": versions("vtm_ros", "numpy", "onnxruntime", "torch"), "networks": rows}, arguments.out)


if __name__ == "__main__":
    start(main)

#!/usr/bin/env python3
"""What streaming saves, by length of the window: one step, against computing the whole window again for every frame.

    .venv/bin/python benchmarks/streaming.py

The window over again is the 2D pose of each of its frames and VTM once over all of them. Networks of the shipped size
with windows of 16 to 128 frames are exported untrained, as weights do not change the time; what the temporal encoder
takes is measured on networks of their own. Needs PyTorch (scripts/setup.sh test).
"""

import argparse
import logging
import sys
import tempfile
import warnings
from pathlib import Path
from statistics import mean, median
from time import perf_counter

import numpy as np
import torch
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.vtm import VTM, VtmConfig
from vtm.train.export import INPUTS, OPSET, OUTPUTS, export
from vtm_tools.bench.clip import frames, recorded, sample_clip
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_trt.engine.backends import Runner, load_runner
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.stream.lifter import MEMORY

WINDOWS = (16, 32, 64, 128)
RESULT = Path(__file__).parent / "results/streaming.json"


class Window(nn.Module):
    """All frames of a window in one call, from a memory that is zero."""

    def __init__(self, net: VTM):
        super().__init__()
        self.net = net

    def forward(
        self, rays, confidence, box, interval, turning, arrived, select, horizon, convention
    ) -> tuple[Tensor, ...]:
        out = self.net(rays, confidence, box, interval, turning, arrived, select, horizon, convention)
        return out.motion.rot6d, out.motion.log_depth, out.log_bone_ratio, out.contact, out.log_error


class Encoders(nn.Module):
    """The temporal encoders of both halves, one step."""

    def __init__(self, net: VTM):
        super().__init__()
        self.upper, self.lower = net.tpve.encode_upper.context, net.tpve.encode_lower.context

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        history, upper, lower = History(state), x, x
        for layer in self.upper:
            upper = layer(upper, history)
        for layer in self.lower:
            lower = layer(lower, history)
        return upper + lower, history.state


def encoder_memory(net: VTM) -> Tensor:
    """The encoders' empty state."""
    history, x = History(), torch.zeros(1, net.config.channels, 1)
    for layer in (*net.tpve.encode_upper.context, *net.tpve.encode_lower.context):
        layer(x, history)
    return torch.zeros_like(history.state)


def write(path: Path, module: nn.Module, inputs: tuple[Tensor, ...], names: tuple, outputs: tuple) -> None:
    torch.onnx.export(
        module.eval(), inputs, path, input_names=list(names), output_names=list(outputs), opset_version=OPSET,
        dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip


def networks(window: int, folder: Path, threads: int) -> dict[str, Runner]:
    """Runners of the step, of the encoders alone, and of the whole window in one call."""
    net = VTM(VtmConfig(window=window)).eval()
    paths = {name: folder / f"{name}{window}.onnx" for name in ("step", "encoder", "window")}
    with torch.no_grad():
        export(net, paths["step"])
        state = encoder_memory(net)
        x = torch.zeros(1, net.config.channels, 1)
        write(paths["encoder"], Encoders(net), (x, state), ("x", "state"), ("y", "state_out"))
        one = dict(zip(INPUTS, net.blank_frame(), strict=False))
        many = (value if name == "select" else value.repeat_interleave(window, 1) for name, value in one.items())
        write(paths["window"], Window(net), tuple(many), tuple(one), OUTPUTS[:1] + ("depth", "bones", "feet", "error"))
    memories = {"step": MEMORY, "encoder": MEMORY, "window": None}
    return {name: load_runner(path, "onnxruntime", threads, memories[name]) for name, path in paths.items()}


def timed(runner: Runner, calls: int) -> float:
    """Milliseconds of one call, the median."""
    inputs = {name: np.full(shape, 0.1, np.float32) for name, shape in runner.input_shapes.items()}
    spent, state = [], runner.blank_state()
    for _ in range(calls):
        began = perf_counter()
        _, state = runner.step(inputs, state)
        spent.append((perf_counter() - began) * 1e3)
    return median(spent)


def pose2d_ms(tracker: PoseTracker, calls: int) -> float:
    """Milliseconds of one frame's 2D pose, the person being tracked, on the sample clip."""
    spent = []
    tracker.reset()
    for frame in frames(recorded(sample_clip()), calls + 1, again=True):
        began = perf_counter()
        tracker.step(frame)
        spent.append((perf_counter() - began) * 1e3)
    return median(spent[1:])


def measure(rounds: int, calls: int, threads: int, console: Console) -> dict[str, dict[str, float]]:
    """Medians over rounds in which all windows take turns, so that a busy moment meets all of them."""
    tracker = PoseTracker(threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        known = {
            window: networks(window, Path(folder), threads) for window in track(WINDOWS, "export", console=console)
        }
        spent: dict[int, list[dict[str, float]]] = {window: [] for window in WINDOWS}
        for number in track(range(rounds + 1), "rounds", console=console):
            for window, runners in known.items():
                few = {"window": max(3, calls // window)}
                row = {name: timed(runner, few.get(name, calls)) for name, runner in runners.items()}
                row["pose2d"] = pose2d_ms(tracker, min(calls, 30))
                if number:
                    spent[window].append(row)
    return {str(window): figures(window, rows) for window, rows in spent.items()}


def figures(window: int, rows: list[dict[str, float]]) -> dict[str, float]:
    pose2d, step, encoder, whole = (median(row[key] for row in rows) for key in ("pose2d", "step", "encoder", "window"))
    found = {
        "pose2d_ms": pose2d,
        "step_ms": step,
        "encoder_ms": encoder,
        "step_without_encoder_ms": median(row["step"] - row["encoder"] for row in rows),
        "window_in_one_call_ms": whole,
        "ratio": median((window * row["pose2d"] + row["window"]) / (row["pose2d"] + row["step"]) for row in rows),
    }
    return {name: round(value, 3) for name, value in found.items()}


def show(console: Console, windows: dict[str, dict[str, float]]) -> None:
    table = Table(title="milliseconds per frame, by frames of the window")
    for column in ("", *windows):
        table.add_column(column, justify="right")
    for name in next(iter(windows.values())):
        table.add_row(name.replace("_", " "), *(f"{row[name]:.2f}" for row in windows.values()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=200, help="of each network in a round")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    console = Console()
    with on_cores(arguments.cores) as cores:
        torch.set_num_threads(cores)
        windows = measure(arguments.rounds, arguments.calls, cores, console)
    show(console, windows)
    rest = [row["step_without_encoder_ms"] for row in windows.values()]
    frame = [row["pose2d_ms"] + row["step_without_encoder_ms"] for row in windows.values()]
    result = {
        "command": " ".join(["benchmarks/streaming.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(cores),
        "versions": versions("onnxruntime", "torch", "numpy"),
        "windows": windows,
        "largest_change_percent": {
            "step_without_encoder": round(100 * max(abs(value / mean(rest) - 1) for value in rest), 1),
            "frame_without_encoder": round(100 * max(abs(value / mean(frame) - 1) for value in frame), 1),
        },
    }
    keep(result, arguments.out)


if __name__ == "__main__":
    start(main)

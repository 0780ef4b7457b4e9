#!/usr/bin/env python3
"""What an image branch costs: VTM's step alone, and with a ResNet18 on the person's crop, in float32 and in 8 bits.

    .venv/bin/python benchmarks/image_branch.py

Both networks are untrained, which changes nothing about the time; the 8-bit one is calibrated on noise. Each call is
one frame: the features of one crop, then the step that reads them. Cropping is not counted. Needs PyTorch
(scripts/setup.sh test).
"""

import argparse
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from program import keep, start
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vtm.files.shared import share_folder
from vtm.nets.resnet18 import RESNET18_CHANNELS, ResNet18
from vtm.nets.vtm import VTM
from vtm.train.config import TrainConfig
from vtm.train.export import OPSET, export
from vtm_tools.bench.machine import machine, on_cores, today, versions
from vtm_trt.engine.backends import Runner, choices, load_runner
from vtm_trt.stream.lifter import MEMORY

ALONE = "VTM alone"
SIZES = (224, 160, 128)
"""Sides of the crop, pixels. 224 is the paper's."""
BACKENDS = ("onnxruntime", "openvino")
CALIBRATION_CROPS = 8
RESULT = Path(__file__).parent / "results/image_branch.json"

Frame = Callable[[], None]
"""Does the work of one frame."""


class Noise(CalibrationDataReader):
    def __init__(self, size: int):
        rng = np.random.default_rng(0)
        self._crops: Iterator[np.ndarray] = (
            rng.random((1, 3, size, size), np.float32) for _ in range(CALIBRATION_CROPS)
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        crop = next(self._crops, None)
        return None if crop is None else {"crop": crop}


def write_resnet(size: int, folder: Path) -> dict[str, Path]:
    """ResNet18 for crops of that side, by precision. 8 bits are what x86 likes: unsigned inputs, signed weights."""
    paths = {precision: folder / f"resnet18_{size}_{precision}.onnx" for precision in ("fp32", "int8")}
    torch.manual_seed(0)
    torch.onnx.export(
        ResNet18(), (torch.rand(1, 3, size, size),), paths["fp32"], input_names=["crop"], output_names=["features"],
        opset_version=OPSET, dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip
    layers = [node.op_type for node in onnx.load(paths["fp32"]).graph.node]
    assert "BatchNormalization" not in layers, "the exporter folds it into the convolutions"
    quantize_static(
        paths["fp32"], paths["int8"], Noise(size), QuantFormat.QDQ, per_channel=True,
        op_types_to_quantize=["Conv", "Add", "MaxPool", "Relu"],
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    )  # fmt: skip
    return paths


def write_steps(folder: Path) -> tuple[Path, Path]:
    """VTM's step of the shipped size, without an image branch and with one for ResNet18's features."""
    config = TrainConfig.load(share_folder() / "config/train.yaml").net
    paths = folder / "alone.onnx", folder / "seeing.onnx"
    for path, channels in zip(paths, (0, RESNET18_CHANNELS), strict=True):
        torch.manual_seed(0)
        export(VTM(replace(config, image_channels=channels)).eval(), path)
    return paths


def frames(folder: Path, backends: list[str], threads: int) -> dict[str, Frame]:
    """By name: what to do for each frame."""
    alone, seeing = write_steps(folder)
    known: dict[str, Frame] = {}
    for backend in backends:
        step = Stream(load_runner(alone, backend, threads, MEMORY))
        known[f"{ALONE}, {backend}"] = partial(step, example(step.runner.input_shapes))
    for size in SIZES:
        for precision, path in write_resnet(size, folder).items():
            for backend in backends:
                known[f"with ResNet18 {size} {precision}, {backend}"] = both(
                    load_runner(path, backend, threads), Stream(load_runner(seeing, backend, threads, MEMORY))
                )
    return known


class Stream:
    """One person's frames through the step of VTM."""

    def __init__(self, runner: Runner):
        self.runner, self._state = runner, runner.blank_state()

    def __call__(self, inputs: dict[str, np.ndarray]) -> None:
        _, self._state = self.runner.step(inputs, self._state)


def both(resnet: Runner, step: Stream) -> Frame:
    crop, inputs = example(resnet.input_shapes), example(step.runner.input_shapes)

    def frame() -> None:
        step(inputs | {"image": resnet(crop)["features"]})

    return frame


def example(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.random(shape, np.float32) for name, shape in shapes.items()}


def measure(known: dict[str, Frame], rounds: int, calls: int, console: Console) -> dict[str, dict[str, float]]:
    """All take turns in each round, so that a busy moment meets all of them. The first round warms up."""
    spent: dict[str, list[float]] = {name: [] for name in known}
    for number in track(range(rounds + 1), "rounds", console=console):
        for name, frame in known.items():
            for _ in range(calls):
                began = perf_counter()
                frame()
                if number:
                    spent[name].append((perf_counter() - began) * 1e3)
    return {
        name: {"ms_median": round(median(times), 2), "ms_p95": round(quantiles(times, n=20)[-1], 2)}
        for name, times in spent.items()
    }


def show(console: Console, rows: dict[str, dict[str, float]]) -> None:
    table = Table("", "ms per frame", "p95", title="VTM's step with an image branch")
    for name, row in rows.items():
        table.add_row(name, f"{row['ms_median']:.2f}", f"{row['ms_p95']:.2f}")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--calls", type=int, default=30, help="frames of each kind in a round")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    console = Console()
    usable = [choice.name for choice in choices() if choice.name in BACKENDS and not choice.fault]
    with tempfile.TemporaryDirectory() as folder, on_cores(arguments.cores) as cores:
        torch.set_num_threads(cores)
        rows = measure(frames(Path(folder), usable, cores), arguments.rounds, arguments.calls, console)
    show(console, rows)
    result = {
        "command": " ".join(["benchmarks/image_branch.py", *sys.argv[1:]]),
        "date": today(),
        "machine": machine(cores),
        "versions": versions("onnxruntime", "openvino", "torch", "numpy"),
        "note": "untrained weights; a frame is ResNet18 on one crop and VTM's step, without cropping",
        "rows": rows,
    }
    keep(result, arguments.out)
    console.print(f"wrote {arguments.out}")


if __name__ == "__main__":
    start(main)

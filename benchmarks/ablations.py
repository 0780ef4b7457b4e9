#!/usr/bin/env python3
"""What each part of the method is worth: one small training per part left out, all with the same budget.

    .venv/bin/python benchmarks/ablations.py --clips cmu_clips.npz --renders train_*.npz --val-renders val_*.npz

The baseline is benchmarks/ablation.yaml, the shipped configuration made small: narrow, and few steps. Without rendered
people it has no image features, and the rows about both are left out. Rows that `--out` already holds for this
configuration are not run again, so a run that was stopped goes on where it was. The tables go into docs/method.md,
between its two markers.
"""

import argparse
import json
import logging
import multiprocessing
import signal
import sys
import tempfile
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from ablation_rows import ROWS, Row, tables
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.train.config import TrainConfig
from vtm_tools.bench.machine import machine, today, versions

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "benchmarks/ablation.yaml"
RESULT = ROOT / "benchmarks/results/ablations.json"
PAGE = ROOT / "docs/method.md"
BEGIN, END = "<!-- ablations: written by benchmarks/ablations.py -->", "<!-- end of ablations -->"


class Material(NamedTuple):
    """Files: recordings, rendered people to train with, and rendered people to evaluate on."""

    clips: list[Path]
    renders: list[Path]
    val_renders: list[Path]


console = Console()


def train_row(row: Row, config: TrainConfig, material: Material, threads: int, folder: Path, step) -> None:
    """Train and evaluate one row in a process of its own; leaves row.json in `folder`. `step` is shared: steps done."""
    import torch

    from vtm.nets.vtm import VTM
    from vtm.train.train import train

    torch.set_num_threads(threads)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    config = replace(config, **row.changes)

    def report(number: int, scores: dict[str, float]) -> None:
        step.value = number + 1

    began = perf_counter()
    try:
        train(material.clips, folder, config, report, renders=material.renders, val_renders=material.val_renders)
    except VtmError as fault:
        sys.exit(str(fault))
    kept = [weight for name, weight in VTM(config.net).named_parameters() if not name.startswith("tpmae.encode")]
    result = {
        "parameters_m": round(sum(weight.numel() for weight in kept) / 1e6, 3),
        "step_ms": round(step_ms(folder / "vtm.onnx"), 3),
        "minutes": round((perf_counter() - began) / 60, 1),
        "date": today(),
        **json.loads((folder / "metrics.json").read_text()),
    }
    (folder / "row.json").write_text(json.dumps(result))


def step_ms(path: Path, runs: int = 300) -> float:
    """Median milliseconds of one streaming step of the exported network, on one thread."""
    import numpy as np

    from vtm_trt.engine.backends import load_runner

    runner = load_runner(path, threads=1)
    inputs = {name: np.ones(shape, np.float32) for name, shape in runner.input_shapes.items()}
    times = []
    for _ in range(runs):
        start = perf_counter()
        runner(inputs)
        times.append((perf_counter() - start) * 1e3)
    return median(times[runs // 10 :])


def run(row: Row, config: TrainConfig, material: Material, threads: int, tick) -> dict:
    """What `row` scores. `tick(step)` is called while it trains."""
    context = multiprocessing.get_context("spawn")
    step = context.Value("i", 0)
    with tempfile.TemporaryDirectory(prefix="ablation-") as name:
        folder = Path(name)
        process = context.Process(target=train_row, args=(row, config, material, threads, folder, step), daemon=True)
        process.start()
        while process.is_alive():
            process.join(0.5)
            tick(step.value)
        if process.exitcode:
            sys.exit("a row failed; what went wrong is above, and the rows before it are kept")
        return json.loads((folder / "row.json").read_text())


def known_rows(path: Path, config: TrainConfig) -> dict[str, dict]:
    """The rows of an earlier run of this budget."""
    if not path.is_file():
        return {}
    earlier = json.loads(path.read_text())
    if earlier["config"] != asdict(config):
        sys.exit(f"{path} holds rows of another configuration: remove it, or write elsewhere with --out")
    return earlier["rows"]


def write(result: dict, out: Path, page: Path) -> None:
    """The rows as JSON, and as tables between the markers of `page`."""
    text = page.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f"{page} lacks the lines {BEGIN} and {END}")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    with atomic_file(out) as draft:
        draft.write_text(json.dumps(result, indent=2) + "\n")
    with atomic_file(page) as draft:
        draft.write_text(f"{before}{BEGIN}\n\n{tables(result)}\n\n{END}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, nargs="+", required=True, help="recordings, index.csv beside each")
    parser.add_argument("--renders", type=Path, nargs="+", default=[], help="rendered people to train with")
    parser.add_argument("--val-renders", type=Path, nargs="+", default=[], help="rendered people to evaluate on")
    parser.add_argument("--config", type=Path, default=CONFIG, help="of the baseline, as for `vtm train`")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--page", type=Path, default=PAGE, help="Markdown file with the two markers")
    arguments = parser.parse_args()
    material = Material(arguments.clips, arguments.renders, arguments.val_renders)
    for path in (path for files in material for path in files):
        if not path.is_file():
            sys.exit(f"{path} is missing; --clips, --renders and --val-renders take existing files")
    names = arguments.only or [name for name in ROWS if material.renders or not ROWS[name].needs_renders]
    if not material.renders and any(ROWS[name].needs_renders for name in names):
        sys.exit("the rows image and renders compare with rendered people: give --renders")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the row's process ends, too
    config = TrainConfig.load(arguments.config)
    if not material.renders:
        config = replace(config, image="none")
    rows = known_rows(arguments.out, config)
    missing = [name for name in names if name not in rows]
    result = {
        "command": "benchmarks/ablations.py --clips … --renders … --val-renders …",
        "date": today(),
        "machine": machine(arguments.threads),
        "versions": versions("torch", "onnxruntime"),
        "config": asdict(config),
        "rows": rows,
    }
    steps = config.prior_steps + config.steps
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} steps"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("", total=steps * len(missing))
        for number, name in enumerate(missing):
            progress.update(task, description=f"{name} ({number + 1} of {len(missing)})")

            def tick(step: int, first: int = number * steps) -> None:
                progress.update(task, completed=first + step)

            rows[name] = run(ROWS[name], config, material, arguments.threads, tick)
            write(result, arguments.out, arguments.page)
            console.print(f"{name}: {rows[name]['lookahead_0']['mpjpe_mm']:.1f} mm, {rows[name]['minutes']} min")
    write(result, arguments.out, arguments.page)
    console.print(f"wrote {arguments.out} and the tables in {arguments.page}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What each part of the method is worth: one small training per part left out, all with the same budget.

    .venv/bin/python benchmarks/ablations.py --clips cmu_clips.npz --steps 400 --channels 96

Rows that `--out` already holds for this budget are not run again, so a run that was stopped goes on where it was. The
tables go into docs/method.md, between its two markers.
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

from machine import machine, today, versions
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vtm.atomic_file import atomic_file
from vtm.errors import VtmError
from vtm.learn.command import SHIPPED_CONFIG
from vtm.learn.config import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks/results/ablations.json"
PAGE = ROOT / "docs/method.md"
BEGIN, END = "<!-- ablations: written by benchmarks/ablations.py -->", "<!-- end of ablations -->"
LOOKAHEADS = (0, 2, 4, 8)


class Row(NamedTuple):
    """label: what the reader sees.  changes: to the training configuration of the baseline."""

    label: str
    changes: dict[str, object]


ROWS = {
    "baseline": Row("**baseline**: CTCA, window 32, keypoints only", {}),
    "seed": Row("the same from another seed", {"seed": 1}),
    "alignment": Row("without manifold alignment", {"weight_alignment": 0.0}),
    "parts": Row("without the two-part split: both halves see the whole body", {"two_parts": False}),
    "skeleton": Row("without the virtual skeleton: every body at its own size", {"virtual_skeleton": False}),
    "refinement": Row("without refinement", {"refine_steps": 0}),
    "mirror": Row("without mirroring", {"mirror": 0.0}),
    "time-warp": Row("without time-warp", {"time_warp": 0.0}),
    "recombination": Row("without recombination of halves", {"recombine": 0.0}),
    "perturbation": Row("without perturbation of joints", {"perturb": 0.0}),
    "proportions": Row("without random proportions", {"proportions": 0.0}),
    "moca": Row("encoder MoCA and HAFI", {"encoder": "moca"}),
    "tcn": Row("encoder TCN with hallucinated context", {"encoder": "tcn"}),
    "recurrent": Row("encoder recurrent", {"encoder": "recurrent"}),
    "convolution": Row("encoder plain convolution", {"encoder": "convolution"}),
    "window-16": Row("window 16", {"window": 16}),
    "window-64": Row("window 64", {"window": 64}),
}
COLUMNS = (
    ("mpjpe_mm", "MPJPE, mm"),
    ("pa_mpjpe_mm", "PA-MPJPE, mm"),
    ("mpjae_deg", "MPJAE, °"),
    ("first_mpjpe_mm", "first frame, mm"),
    ("bone_percent", "bones, %"),
    ("jitter_m_s3", "jitter, m/s³"),
)

console = Console()


def budget(steps: int, channels: int) -> TrainConfig:
    """The shipped configuration made small: a quarter as many steps of stage 1, half as wide latents."""
    shipped = TrainConfig.load(SHIPPED_CONFIG)
    return replace(
        shipped, steps=steps, prior_steps=max(steps // 4, 1), channels=channels, latent=channels // 2, val_windows=32
    )


def train_row(config: TrainConfig, clips: Path, threads: int, folder: Path, step) -> None:
    """Train and judge one row in a process of its own; leaves row.json in `folder`. `step` is shared: steps done."""
    import torch

    from vtm.learn.train import train
    from vtm.nets.vtm import VTM

    torch.set_num_threads(threads)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)

    def report(number: int, scores: dict[str, float]) -> None:
        step.value = number + 1

    began = perf_counter()
    try:
        train(clips, folder, config, report)
    except VtmError as fault:
        sys.exit(str(fault))
    minutes = (perf_counter() - began) / 60
    kept = [weight for name, weight in VTM(config.net).named_parameters() if not name.startswith("tpmae.encode")]
    row = {
        "parameters_m": round(sum(weight.numel() for weight in kept) / 1e6, 3),
        "step_ms": round(step_ms(folder / "vtm.onnx"), 3),
        "minutes": round(minutes, 1),
        "date": today(),
        **json.loads((folder / "metrics.json").read_text()),
    }
    (folder / "row.json").write_text(json.dumps(row))


def step_ms(path: Path, runs: int = 300) -> float:
    """Median milliseconds of one streaming step of the exported network, on one thread."""
    import numpy as np

    from vtm_trt.backends import load_runner

    runner = load_runner(path, threads=1)
    inputs = {name: np.ones(shape, np.float32) for name, shape in runner.input_shapes.items()}
    times = []
    for _ in range(runs):
        start = perf_counter()
        runner(inputs)
        times.append((perf_counter() - start) * 1e3)
    return median(times[runs // 10 :])


def run(config: TrainConfig, clips: Path, threads: int, tick) -> dict:
    """The row of `config`. `tick(step)` is called while it trains."""
    context = multiprocessing.get_context("spawn")
    step = context.Value("i", 0)
    with tempfile.TemporaryDirectory(prefix="ablation-") as name:
        folder = Path(name)
        process = context.Process(target=train_row, args=(config, clips, threads, folder, step), daemon=True)
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
    if earlier["budget"] != asdict(config):
        sys.exit(f"{path} holds rows of another budget or configuration: remove it, or write elsewhere with --out")
    return earlier["rows"]


def tables(result: dict) -> str:
    """Markdown of the rows so far: one table of the changes, one of the look-aheads of the baseline."""
    rows, plan = result["rows"], result["budget"]
    base = rows.get("baseline", {}).get("lookahead_0", {}).get("mpjpe_mm")
    heads = ["at look-ahead 0", *(label for _, label in COLUMNS), "against baseline", "parameters, M", "ms per frame"]
    lines = [
        f"Trained for {plan['prior_steps']} + {plan['steps']} steps of {plan['batch']} windows with "
        f"{plan['channels']} channels, far less than the shipped network: read the differences, not the level, and no "
        "difference that another seed makes as well.",
        "",
        f"| {' | '.join(heads)} |",
        f"|---|{'---:|' * (len(heads) - 1)}",
    ]
    for name in [name for name in ROWS if name in rows]:
        row = rows[name]
        scores = row["lookahead_0"]
        cells = [ROWS[name].label, *(f"{scores[key]:.1f}" for key, _ in COLUMNS)]
        cells += [f"{scores['mpjpe_mm'] - base:+.1f} mm" if base else "", f"{row['parameters_m']:.2f}"]
        lines.append(f"| {' | '.join(cells)} | {row['step_ms']:.2f} |")
    if base:
        lines += ["", f"| look-ahead, frames | {' | '.join(label for _, label in COLUMNS)} |", "|---|" + "---:|" * 6]
        for lookahead in LOOKAHEADS:
            scores = rows["baseline"][f"lookahead_{lookahead}"]
            lines.append(f"| {lookahead} | {' | '.join(f'{scores[key]:.1f}' for key, _ in COLUMNS)} |")
    lines += ["", f"`{result['command']}`, {result['date']}, {result['machine']['processor']}."]
    return "\n".join(lines)


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
    parser.add_argument("--clips", type=Path, required=True, help="cmu_clips.npz, with index.csv beside it")
    parser.add_argument("--steps", type=int, default=400, help="of stage 2")
    parser.add_argument("--channels", type=int, default=96, help="width of the network, a multiple of 16")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="NAME", help=", ".join(ROWS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--page", type=Path, default=PAGE, help="Markdown file with the two markers")
    arguments = parser.parse_args()
    if not arguments.clips.is_file():
        sys.exit(f"{arguments.clips} is missing; give --clips the cmu_clips.npz that lies beside its index.csv")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the row's process ends, too
    config = budget(arguments.steps, arguments.channels)
    rows = known_rows(arguments.out, config)
    missing = [name for name in arguments.only or ROWS if name not in rows]
    result = {
        "command": f"benchmarks/ablations.py --steps {arguments.steps} --channels {arguments.channels} --clips …",
        "date": today(),
        "machine": machine(arguments.threads),
        "versions": versions("torch", "onnxruntime"),
        "budget": asdict(config),
        "rows": rows,
    }
    steps = config.prior_steps + config.steps
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} steps"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("", total=steps * len(missing))
        for number, name in enumerate(missing):
            progress.update(task, description=f"{name} ({number + 1} of {len(missing)})")
            changed = replace(config, **ROWS[name].changes)

            def tick(step: int, first: int = number * steps) -> None:
                progress.update(task, completed=first + step)

            rows[name] = run(changed, arguments.clips, arguments.threads, tick)
            write(result, arguments.out, arguments.page)
            console.print(f"{name}: {rows[name]['lookahead_0']['mpjpe_mm']:.1f} mm, {rows[name]['minutes']} min")
    write(result, arguments.out, arguments.page)
    console.print(f"wrote {arguments.out} and the tables in {arguments.page}")


if __name__ == "__main__":
    main()

"""`vtm train`: train the network on motion clips. PyTorch is imported when it runs, not before."""

import logging
import warnings
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.shared import share_folder
from vtm.train.curves import Live


def train(
    clips: Annotated[
        list[Path], typer.Option(help="Motion clips, with index.csv beside them; more than once for several files.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run: checkpoint, log, curves, network and model card.")
    ],
    config: Annotated[
        Path | None,
        typer.Option(help="Training configuration; config/train.yaml of the package by default."),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="A line of the configuration, changed, like batch=256; more than once for several."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: cuda where PyTorch sees a GPU.")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1, help="Train no longer than this; the learning rate falls towards it. Judging takes a minute more."
        ),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Weights to begin with: the checkpoint.safetensors of another run.")
    ] = None,
    renders: Annotated[
        list[Path] | None,
        typer.Option(help="Rendered people (scripts/measure_pose2d.py render); more than once for several files."),
    ] = None,
    val_renders: Annotated[
        list[Path] | None, typer.Option(help="The same with --split val, to evaluate the network on.")
    ] = None,
) -> None:
    """Train VTM: the motion prior first, then the visual encoder with it. Needs the extra `train` (PyTorch)."""
    try:
        import torch

        from vtm.train.config import TrainConfig
        from vtm.train.train import train as run
    except ImportError as missing:
        raise VtmError(f"training needs PyTorch ({missing}); run scripts/setup.sh test") from missing
    if device == "cuda" and not torch.cuda.is_available():
        raise VtmError("this PyTorch sees no CUDA GPU; train with --device cpu, or install a CUDA build")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
        why = "" if device == "cuda" else ", since this PyTorch sees no CUDA GPU"
        typer.echo(f"training on {device}{why}", err=True)
    torch.set_num_threads(threads)
    if device == "cuda":
        torch.set_float32_matmul_precision("high")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    settings = TrainConfig.load(config or share_folder() / "config/train.yaml", change or ())
    with Live(settings.prior_steps + settings.steps, settings.prior_steps) as live:
        run(clips, out, settings, live, device, resume, start, renders or (), val_renders or (), seconds)
    typer.echo(f"{out / 'vtm.onnx'} and its card {out / 'vtm.md'} are ready; copy them to models/ and renew SHA256SUMS")

"""`vtm bench`: how fast the pipeline is on this machine."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from vtm.errors import VtmError
from vtm_tools.bench.baseline import baseline_python, install_baseline
from vtm_tools.bench.clip import sample_clip
from vtm_tools.bench.machine import usable_cores
from vtm_tools.bench.measure import Task, measure
from vtm_tools.bench.report import markdown, show
from vtm_tools.cli.options import Backend, HandsEvery, HandsModel, Json, PoseModel
from vtm_tools.cli.outputs import STDOUT, check_outputs, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.cli.tables import table_console


def bench(
    video: Annotated[
        Path | None, typer.Argument(help="Video of one person. \\[default: the sample clip]", show_default=False)
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Of the video, at most. \\[default: all]")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Passes that count; one more warms up.")] = 5,
    cores: Annotated[int | None, typer.Option(min=1, help="Processor cores to use. \\[default: all]")] = None,
    backend: Backend = "auto",
    pose_model: PoseModel = "full",
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    against: Annotated[
        Literal["mediapipe", "holistic"] | None,
        typer.Option(
            help="Also run MediaPipe's pose or Holistic solution (with hands and face) on the same frames, its runs "
            "between ours."
        ),
    ] = None,
    install: Annotated[
        bool,
        typer.Option(
            "--install-baseline", "--install-peer", help="First install that baseline beside vtm; needs the network."
        ),
    ] = False,
    soak: Annotated[int, typer.Option(min=0, help="Also run so many frames and see whether memory grows.")] = 0,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="Also write the tables (.md).")] = None,
    json_file: Json = None,
) -> None:
    """Measure the pipeline, video in, motion out: time of every stage, frames per second, memory.

    [bold]Example[/bold]  vtm bench --against mediapipe --json bench.json
    """
    check_outputs({".md": markdown_file, ".json": json_file}, [video])
    clip = video or sample_clip()
    if install and not against:
        raise VtmError("--install-baseline installs the baseline of --against; add --against mediapipe")
    if install:
        with Console(stderr=True).status("installing MediaPipe from the Python package index"):
            install_baseline()
    baseline = baseline_python() if against else None
    task = Task(
        clip, frames, rounds, cores or usable_cores(), backend, pose_model, hands, hands_every, against or "", baseline,
        soak,
    )  # fmt: skip
    result = {"command": shlex.join(["vtm", *sys.argv[1:]]), **measure(task, progress)}
    show(table_console(json_file == STDOUT), result)
    with written_together(markdown_file, json_file) as part:
        if markdown_file:
            part[markdown_file].write_text(markdown(result))
        write_json(result, json_file, part)

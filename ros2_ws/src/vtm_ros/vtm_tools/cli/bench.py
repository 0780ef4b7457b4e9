"""`vtm bench`: how fast the pipeline is on this machine."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from vtm.errors import VtmError
from vtm_tools.bench.baseline import KINDS
from vtm_tools.bench.baseline_environment import baseline_python, install_baseline
from vtm_tools.bench.clip import sample_clip
from vtm_tools.bench.machine import usable_cores
from vtm_tools.bench.measure import measure
from vtm_tools.bench.people_clip import MOST, write_people
from vtm_tools.bench.report import markdown, show
from vtm_tools.bench.task import Task
from vtm_tools.cli.options import Backend, HandsEvery, HandsModel, Json, PoseModel
from vtm_tools.cli.outputs import STDOUT, check_outputs, write_json, written_together
from vtm_tools.cli.progress import progress
from vtm_tools.cli.tables import table_console


def _baselines(given: list[str] | None) -> list[str]:
    """The names in `given`, each of which may be several with commas between, each once."""
    names = dict.fromkeys(name.strip() for words in given or () for name in words.split(","))
    for name in names:
        if name not in KINDS:
            known = ", ".join(f"'{kind}'" for kind in KINDS)
            raise typer.BadParameter(f"'{name}' is not one of {known}", param_hint="'--against'")
    return list(names)


def bench(
    video: Annotated[
        Path | None,
        typer.Argument(
            help="Video of one person, or of as many as --max-people. \\[default: the sample clip]", show_default=False
        ),
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Of the video, at most. \\[default: all]")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Passes that count; one more warms up.")] = 5,
    cores: Annotated[int | None, typer.Option(min=1, help="Processor cores to use. \\[default: all]")] = None,
    backend: Backend = "auto",
    pose_model: PoseModel = "full",
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    max_people: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST,
            help="People to follow. With more than 1, and no video, the man of the sample clip shows as many times.",
        ),
    ] = 1,
    against: Annotated[
        list[str] | None,
        typer.Option(
            callback=_baselines,
            help="Also run MediaPipe's Python programs on the same frames, in turn with ours; several with commas "
            "between: mediapipe (pose, complexity 1), mediapipe-lite (0), mediapipe-heavy (2), tasks (PoseLandmarker, "
            "for as many people), holistic (with hands and face).",
        ),
    ] = None,
    install: Annotated[
        bool,
        typer.Option(
            "--install-baseline",
            "--install-peer",
            help="First install what --against needs beside vtm; needs the network.",
        ),
    ] = False,
    soak: Annotated[int, typer.Option(min=0, help="Also run so many frames and see whether memory grows.")] = 0,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="Also write the tables (.md).")] = None,
    json_file: Json = None,
) -> None:
    """Measure the pipeline, video in, motion out: time of every stage, frames per second, memory.

    [bold]Examples[/bold]

    vtm bench --against mediapipe,tasks --json bench.json

    vtm bench --max-people 2 --against tasks
    """
    check_outputs({".md": markdown_file, ".json": json_file}, [video])
    if max_people > 1 and hands != "off":
        raise VtmError("hands are measured of one person; leave out --hands or --max-people")
    names = tuple(against or ())
    networks = [network for name in names for network in KINDS[name].networks]
    with _clip(video, max_people) as clip:
        if install and not names:
            raise VtmError("--install-baseline installs the baseline of --against; add --against mediapipe")
        if install:
            with Console(stderr=True).status("installing MediaPipe from the package indices"):
                install_baseline(networks)
        baseline = baseline_python(networks) if names else None
        task = Task(
            clip, frames, rounds, cores or usable_cores(), backend, pose_model, hands, hands_every, names, baseline,
            soak, max_people,
        )  # fmt: skip
        result = {"command": shlex.join(["vtm", *sys.argv[1:]]), **measure(task, progress)}
    show(table_console(json_file == STDOUT), result)
    with written_together(markdown_file, json_file) as part:
        if markdown_file:
            part[markdown_file].write_text(markdown(result))
        write_json(result, json_file, part)


@contextmanager
def _clip(video: Path | None, people: int) -> Iterator[Path]:
    """The video, by default the sample clip, or one of as many people that lasts as long as the block."""
    if video or people == 1:
        yield video or sample_clip()
        return
    with TemporaryDirectory() as folder:
        made = Path(folder) / f"{people}_people.mp4"
        write_people(made, people)
        yield made

"""`vtm batch`: an archive of videos to motion files."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm.files.camera_file import load_intrinsics
from vtm_tools.batch.journal import Record
from vtm_tools.batch.long_videos import PieceCount
from vtm_tools.bench.machine import usable_cores
from vtm_tools.cli.batch_progress import Progress
from vtm_tools.cli.lens import BOTH_LENSES, USUAL_FOV, Calibration, Fov
from vtm_tools.cli.options import AnyPoseModel, Backend, HandsEvery, HandsModel, Once, Raw, SpeedName, SubjectHeight
from vtm_tools.cli.refuse import refuse
from vtm_trt.speed import USUAL, speed_of

SOME_FAILED, INTERRUPTED = 1, 130
"""Exit codes."""


def batch(
    paths: Annotated[
        list[Path], typer.Argument(help="Videos, and folders that are searched for videos.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder for all results; the folders of the videos are found again in it."),
    ],
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Do what is missing in --out: videos that are new, have changed, failed, or had other settings.",
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Videos at a time on this machine. \\[default: one for each core, or graphics card]"),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads for each video. \\[default: the cores shared out; 1 with --scheduler]"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="The workers of this Dask scheduler capture, such as tcp://server:8786; they must see the same files."
        ),
    ] = None,
    gpus: Annotated[
        int,
        typer.Option(
            min=0,
            help="Graphics cards here, which the workers take in turn; with --scheduler, any number means only workers "
            "that were started with --resources GPU=1.",
        ),
    ] = 0,
    retries: Annotated[int, typer.Option(min=0, help="How often a video that failed is tried again.")] = 2,
    longest: Annotated[
        float,
        typer.Option(min=0.1, help="A video may take so many times its length, for each person; then it has failed."),
    ] = 60.0,
    piece: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="MINUTES",
            help="A longer video is captured in pieces of at most so many minutes, by several workers; 0 takes all "
            "whole, as does --max-people above 1.",
        ),
    ] = 10.0,
    dashboard: Annotated[
        bool, typer.Option("--dashboard", help="Serve Dask's pages to this machine; needs the package bokeh.")
    ] = False,
    max_people: Annotated[
        int,
        typer.Option(min=1, max=16, help="People to follow at a time. With more than 1 each has a file of their own."),
    ] = 1,
    speed: SpeedName = USUAL,
    pose_model: AnyPoseModel = None,
    hands: HandsModel = "off",
    hands_every: HandsEvery = 1,
    intrinsics: Calibration = None,
    fov: Fov = None,
    subject_height: SubjectHeight = None,
    once: Once = False,
    raw: Raw = False,
    bvh: Annotated[bool, typer.Option("--bvh", help="Also write each motion as a .bvh file.")] = False,
    backend: Backend = "auto",
) -> None:
    """Capture the motion in thousands of videos, on this machine or on many.

    Each video has its motion file, as vtm capture writes it, under the same name in the same folders below --out.
    index.parquet there tells what became of each: people, quality, faults, errors. A video that fails, hangs or crashes
    is tried again, then listed, and stops nothing. Ctrl-C ends the run; --resume goes on with it.

    [bold]Examples[/bold]

    vtm batch videos/ --out motion/

    vtm batch videos/ --out motion/ --resume --scheduler tcp://server:8786

    Exit codes: 0 all done, 1 some failed, 2 nothing could be done, 130 interrupted. Needs the extra batch:
    pip install distributed pyarrow
    """
    missing = [library for library in ("distributed", "pyarrow") if find_spec(library) is None]
    refuse({
        f"vtm batch needs {' and '.join(missing)}; run: pip install {' '.join(missing)}": missing,
        "--workers are of this machine, --scheduler has its own; leave out one of them": scheduler and workers,
        BOTH_LENSES: intrinsics and fov is not None,
        f"{workers} workers cannot use {gpus} graphics cards; give at least --workers {gpus}":
            gpus and not scheduler and workers and workers < gpus,
    })  # fmt: skip
    from vtm_tools.batch.archive import opened
    from vtm_tools.batch.cluster import workers_here, workers_of
    from vtm_tools.batch.index import INDEX
    from vtm_tools.batch.job import Settings
    from vtm_tools.batch.plan import plan, refuse_old_results
    from vtm_tools.batch.run import work_off
    from vtm_tools.batch.videos import find

    lens = json.dumps(asdict(load_intrinsics(intrinsics))) if intrinsics else ""
    looks = speed_of(speed, pose_model)
    settings = Settings(
        max_people, looks.pose_model, hands, hands_every, USUAL_FOV if fov is None else fov,
        lens, subject_height, once, raw, bvh, looks.twice,
    )  # fmt: skip
    found, folder = find(paths), Path(os.path.abspath(out))
    cores = usable_cores()
    here = workers or gpus or cores
    threads = threads or (1 if scheduler else max(cores // here, 1))
    with opened(folder) as archive:
        how = {"threads": threads, "backend": backend, "longest": longest, "piece_s": 60 * piece}
        todo = plan(found, folder, settings, archive.records, **how)
        if not resume:
            refuse_old_results(folder, todo.jobs)
        typer.echo(f"{len(found)} videos: {todo}", err=True)
        if not todo.jobs:
            return
        here = here if piece else min(here, len(todo.jobs))
        crew_of = workers_of(scheduler, gpus) if scheduler else workers_here(here, gpus, dashboard)
        with _interruptible() as interrupted, Progress(len(todo.jobs)) as shown, crew_of as (crew, link):
            if link:
                shown.say(f"Dask's pages: {link}{'' if find_spec('bokeh') else ' (they need the package bokeh)'}")
            for one in work_off(todo.jobs, crew, retries):
                _take(one, archive.add, shown)
                shown.refresh(crew.slots())
        typer.echo(f"{shown} -> {folder / INDEX}")
    if interrupted:
        left = len(todo.jobs) - shown.ended
        typer.echo(f"interrupted: {left} are left; go on with the same command and --resume", err=True)
        raise typer.Exit(INTERRUPTED)
    if shown.failed:
        typer.echo(f"{shown.failed} failed; try them again with the same command and --resume", err=True)
        raise typer.Exit(SOME_FAILED)


def _take(one: Record | PieceCount | None, keep: Callable[[Record], object], shown: Progress) -> None:
    """Keep and show what became of a video, or how many pieces have been looked at; None is neither."""
    if isinstance(one, PieceCount):
        shown.pieces = one
    elif one is not None:
        keep(one)
        shown.add(one)
        if one.stops:
            raise VtmError(f"{one.error}; then go on with --resume")


@contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """Ctrl-C, or the order of a batch system to end, leaves the block; then the list is no longer empty."""
    interrupted: list[bool] = []
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if in_main else None
    try:
        yield interrupted
    except KeyboardInterrupt:
        interrupted.append(True)
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)

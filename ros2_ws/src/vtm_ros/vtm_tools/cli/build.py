"""`vtm build`: the engines of the networks ahead of time, so that no start has to wait for them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from vtm.errors import VtmError
from vtm_tools.cli.options import Backend, PoseModel
from vtm_tools.cli.tables import table_console
from vtm_trt.engine import cuda
from vtm_trt.engine.backends import Memory, choices
from vtm_trt.engine.models import model_path
from vtm_trt.engine.plan_cache import KnownPlan, cache_folder, known_plans
from vtm_trt.engine.tensorrt.library import import_tensorrt
from vtm_trt.engine.tensorrt.plans import Plans
from vtm_trt.pose2d.landmarks import VARIANTS
from vtm_trt.stream.lifter import MEMORY

BUILDER = "tensorrt"
"""The backend whose engines this program builds and keeps."""
OF_ITS_OWN = "onnxruntime_tensorrt"
THREADS = 2


@dataclass(frozen=True)
class _Outcome:
    plan: KnownPlan
    seconds: float
    built: bool


def build(
    pose_model: PoseModel = "full",
    every: Annotated[bool, typer.Option("--all", help="For all 2D pose networks, whatever --pose-model says.")] = False,
    backend: Backend = "auto",
) -> None:
    """Build the engines that the networks need on this machine, which can take minutes; otherwise the first start does.

    Those that are there already are tried, and kept when they work. Where no backend needs an engine, says so.

    [bold]Example[/bold]  vtm build --pose-model heavy
    """
    chosen, others = _backend(backend)
    if chosen != BUILDER:
        needs = "keeps the engines of its first start by itself" if chosen == OF_ITS_OWN else "needs no engine"
        typer.echo(f"nothing to build: {chosen} {needs}{others}")
        return
    folder = _writable(cache_folder())
    plans = Plans(cuda.gpu(), import_tensorrt(), retry=True)
    outcomes, faults = [], []
    with _bars() as bars:
        for name, memory in networks(VARIANTS if every else (pose_model,)).items():
            task = bars.add_task(name, total=None)
            try:
                outcomes.append(_build(plans, name, memory, bars, task))
            except VtmError as fault:
                faults.append(str(fault))
                bars.remove_task(task)
    _show(table_console(), outcomes, folder)
    if faults:
        raise VtmError("; ".join(faults))


def networks(pose_models: tuple[str, ...]) -> dict[str, Memory]:
    """The shipped networks that pipelines with these 2D pose networks load, with their memories."""
    return {"pose_detection": {}, **{f"pose_landmark_{name}": {} for name in pose_models}, "vtm": MEMORY}


def _backend(wanted: str) -> tuple[str, str]:
    """The backend to build for, and with `auto`, why it is not TensorRT."""
    known = {choice.name: choice for choice in choices()}
    if wanted == "auto":
        chosen = next((choice.name for choice in known.values() if choice.by_auto), None)
        fault = known[BUILDER].fault
        if chosen is None:
            raise VtmError("no backend works on this machine; vtm doctor tells what each of them lacks")
        return chosen, f" (not {BUILDER}: {fault})" if fault else ""
    if wanted not in known:
        raise VtmError(f"unknown backend '{wanted}'; choose one of: auto, {', '.join(known)}")
    if fault := known[wanted].fault:
        raise VtmError(f"the backend {wanted} cannot work here: {fault}")
    return wanted, ""


def _writable(folder: Path) -> Path:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as fault:
        raise VtmError(
            f"cannot write {folder}: {fault.strerror}; set XDG_CACHE_HOME to a folder you may write"
        ) from fault
    return folder


def _bars() -> Progress:
    """A bar for each network, on a terminal."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _build(plans: Plans, name: str, memory: Memory, bars: Progress, task: TaskID) -> _Outcome:
    network = model_path(name)
    path = cache_folder() / plans.key(network).file_name
    before, began = _plan(path), perf_counter()

    def progress(share: float | None) -> None:
        bars.update(task, total=None if share is None else 1, completed=share)

    plans.runner(network, THREADS, memory, None if bars.disable else progress)
    seconds = perf_counter() - began
    bars.update(task, total=1, completed=1)
    plan = _plan(path)
    if plan is None:
        raise VtmError(f"the engine of {name} was built but cannot be kept; free some space in {path.parent}")
    return _Outcome(plan, seconds, plan != before)


def _plan(path: Path) -> KnownPlan | None:
    return next((plan for plan in known_plans() if plan.path == path), None)


def _show(console: Console, outcomes: list[_Outcome], folder: Path) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for outcome in outcomes:
        how = f"built in {outcome.seconds:.1f} s" if outcome.built else "was there"
        table.add_row(outcome.plan.path.name, f"{outcome.plan.bytes / 1e6:.1f} MB", how)
    console.print(table)
    console.print(f"in {folder}", soft_wrap=True, highlight=False)

"""What was found of the motion in the world and of the prediction: tables for people, documents for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from vtm.metrics.example import Example
from vtm_tools.evaluation.prediction import Forecast
from vtm_tools.evaluation.world import Refined

SCORES = {
    "mpjpe_mm": "MPJPE, mm",
    "mpjae_deg": "MPJAE, deg",
    "orientation_deg": "orientation, deg",
    "first_aligned_mpjpe_mm": "joints, first aligned",
    "aligned_mpjpe_mm": "joints, all aligned",
    "root_mm": "root, mm",
    "root_percent": "root, % of path",
    "root_walking_mm": "root, walking, mm",
    "root_walking_percent": "root, walking, %",
    "slide_mm_s": "slide, mm/s",
    "slide_median_mm_s": "slide, median",
    "slide_said_mm_s": "slide, said to stand",
    "detected_percent": "said to stand, %",
    "penetration_mm": "foot in ground, mm",
    "jitter_m_s3": "jitter, m/s³",
    "root_jitter_m_s3": "jitter of root, m/s³",
    "lag_ms": "lag, ms",
    "tilt_deg": "tilt of ground, deg",
    "refinement_ms": "refinement, ms/frame",
}
"""Label of each score, in the order of the tables."""


def world_document(examples: Sequence[Example], found: Mapping[str, Refined]) -> dict:
    """One kind of camera for the JSON file, `found` by choice of the refinement."""
    fps = examples[0].fps
    return {
        "recordings": len(examples),
        "frames": sum(len(example.observations) for example in examples),
        "walking": sum(errors.walks for errors in next(iter(found.values())).errors),
        "refinement": {name: refined.scores(fps) for name, refined in found.items()},
    }


def show_world(console: Console, title: str, examples: Sequence[Example], found: Mapping[str, Refined]) -> None:
    """Print the table of one kind of camera.

    Args:
        console: Where to.
        title: The kind of camera.
        examples: The recordings.
        found: By choice of the refinement.
    """
    columns = {name: refined.scores(examples[0].fps) for name, refined in found.items()}
    table = Table(title=f"{title}: {len(examples)} recordings of 10 s", title_justify="left", box=SIMPLE, padding=0)
    table.add_column("", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", overflow="fold", min_width=5)
    for score, label in SCORES.items():
        table.add_row(label, *(_number(column.get(score)) for column in columns.values()))
    console.print(table)


def prediction_document(examples: Sequence[Example], found: Mapping[str, Sequence[Forecast]]) -> dict:
    """The prediction with one kind of camera for the JSON file, `found` by predictor."""
    fps = examples[0].fps
    return {
        "recordings": len(examples),
        "predictors": {
            name: [{"ahead_ms": 1e3 * ahead.frames / fps, **asdict(ahead)} for ahead in row]
            for name, row in found.items()
        },
    }


def show_prediction(
    console: Console, title: str, examples: Sequence[Example], found: Mapping[str, Sequence[Forecast]]
) -> None:
    """Print the table of the prediction.

    Args:
        console: Where to.
        title: The kind of camera.
        examples: The recordings.
        found: By predictor, its errors at each number of frames.
    """
    times = [f"{1e3 * ahead.frames / examples[0].fps:.0f} ms" for ahead in next(iter(found.values()))]
    table = Table(title=f"{title}, mm so far ahead: joints against the true motion / against what is said then / root")
    table.add_column("")
    for time in times:
        table.add_column(time, justify="right")
    for name, row in found.items():
        table.add_row(
            name, *(f"{ahead.joints_mm:.1f} / {ahead.own_joints_mm:.1f} / {ahead.root_mm:.1f}" for ahead in row)
        )
    console.print(table)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

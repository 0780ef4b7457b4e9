"""What an evaluation of several people found: tables for people, a document for programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from vtm.metrics.people import Counts
from vtm_tools.evaluation.people import Judged, scores_of

COLUMNS = {
    "people": "people", "seconds": "s", "held_percent": "held, %",
    "held_clear_percent": "of the clearly visible", "late_percent": "found late, %",
    "gaps": "gaps", "switches": "switches", "renumbered": "renumbered", "false_percent": "nobody, %",
    "idf1_percent": "IDF1, %", "mpjpe_mm": "MPJPE, mm", "pa_mpjpe_mm": "PA-MPJPE, mm", "mpjae_deg": "MPJAE, °",
    "frame_ms": "ms/frame",
}  # fmt: skip
"""Name of each figure, and its heading."""


def document(judged: Sequence[Judged]) -> dict[str, Any]:
    """All figures: of everything together, of each scene, of its people, and of those who were filmed alone as well."""
    whole = sum((one.counts for one in judged), Counts()).scores()
    whole |= {"people": sum(len(one.tracks) for one in judged), "seconds": sum(map(_seconds, judged))}
    whole |= scores_of([errors for one in judged for errors in one.errors])
    whole["frame_ms"] = float(np.mean([ms for one in judged for ms in one.frame_ms]))
    alone = [case for one in judged for case in one.beside_alone.values()]
    return {
        "together": whole,
        "scenes": {one.scene.name: _scene(one) for one in judged},
        "beside_alone": {kind: _ratio(alone, kind) for kind in ("", "_clear")} if alone else {},
    }


def _scene(judged: Judged) -> dict[str, Any]:
    people = {str(who + 1): scores_of([errors]) for who, errors in enumerate(judged.errors)}
    for who, cases in judged.beside_alone.items():
        people[str(who + 1)] |= cases  # type: ignore[arg-type]
    return {
        "people": len(judged.tracks), "seconds": _seconds(judged), **judged.counts.scores(), **scores_of(judged.errors),
        "frame_ms": float(np.mean(judged.frame_ms)), "by_person": people,
    }  # fmt: skip


def _seconds(judged: Judged) -> float:
    return len(judged.seen) / judged.scene.fps


def _ratio(cases: Sequence[dict[str, dict[str, float]]], ending: str) -> dict[str, float]:
    """Error in company over that alone, the mean over people, by score."""
    pairs = [(case["together" + ending], case["alone" + ending]) for case in cases]
    names = [name for name in (pairs[0][0] if pairs else {}) if all(name in a and name in b for a, b in pairs)]
    return {name: float(np.mean([a[name] / b[name] for a, b in pairs])) for name in names}


def show(console: Console, found: dict[str, Any]) -> None:
    """Print the tables of a `document`."""
    table = Table("scene", title="several people, rendered", title_justify="left")
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right")
    for name, row in found["scenes"].items():
        table.add_row(name, *(_text(row.get(key)) for key in COLUMNS))
    table.add_section()
    table.add_row("all", *(_text(found["together"].get(key)) for key in COLUMNS))
    console.print(table)
    beside = Table("person", title="in company / alone, MPJPE, mm", title_justify="left")
    for heading in ("all frames", "clearly visible"):
        beside.add_column(heading, justify="right")
    for name, row in found["scenes"].items():
        for who, scores in row["by_person"].items():
            if "alone" in scores:
                pairs = [(scores["together" + end], scores["alone" + end]) for end in ("", "_clear")]
                cells = (" / ".join(_text(case.get("mpjpe_mm")) for case in pair) for pair in pairs)
                beside.add_row(f"{name} {who}", *cells)
    if beside.row_count:
        console.print(beside)


def _text(value: float | None) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.1f}" if value < 100 else f"{value:.0f}"

"""What an evaluation found: tables for people, a document for programs."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from vtm.metrics.score import Errors, calibration, per_joint, summary
from vtm_tools.evaluation.streamed import Evaluation

SCORES = {
    "mpjpe_mm": "MPJPE, mm",
    "pa_mpjpe_mm": "PA-MPJPE, mm",
    "first_mpjpe_mm": "MPJPE of the very first output, mm",
    "mpjae_deg": "MPJAE, camera-relative, degrees",
    "mpjae_local_deg": "MPJAE, parent-relative, degrees",
    "root_mm": "root error, first frame aligned, mm",
    "root_percent": "root error, % of the path",
    "depth_percent": "depth error, %",
    "bone_percent": "bone lengths up to scale, %",
    "bone_spread_percent": "bone lengths' spread in a clip, %",
    "acceleration_error_mm_s2": "acceleration error, mm/s²",
    "jitter_m_s3": "jitter, m/s³",
    "true_jitter_m_s3": "jitter of the truth itself, m/s³",
    "root_jitter_m_s3": "jitter of the root, m/s³",
    "foot_slide_mm_s": "slide of standing feet, mm/s",
    "foot_slide_of_pose_mm_s": "slide with the true root, mm/s",
    "contact_f1": "contact F1",
    "calibration_rank_correlation": "expected and actual error, rank correlation",
    "calibration_log_ratio": "expected and actual error, mean |log ratio|",
    "angle_calibration_rank_correlation": "expected and actual angle, rank correlation",
    "angle_calibration_log_ratio": "expected and actual angle, mean |log ratio|",
    "root_calibration_rank_correlation": "expected and actual place of the root, rank correlation",
    "root_calibration_log_ratio": "expected and actual place of the root, mean |log ratio|",
    "seen_percent": "frames with an output, %",
}
"""Label of each score, in the order of the tables."""
_AGAINST_PEER = ("mpjpe_mm", "pa_mpjpe_mm", "acceleration_error_mm_s2", "jitter_m_s3", "foot_slide_of_pose_mm_s")
PEER = "BlazePose's own"
_CLIPS_SHOWN = 6


def document(judged: Sequence[Evaluation]) -> dict:
    """One data set for the JSON file: everything by look-ahead, lengths as the names say."""
    first = judged[0]
    whole: dict = {
        "clips": len(first.examples),
        "frames": sum(len(example.observations) for example in first.examples),
        "lookahead": {str(one.lookahead): _at_lookahead(one) for one in judged},
    }
    if first.baseline_limbs:
        whole["blazepose_world_landmarks"] = {
            "scores": summary(first.baseline_limbs), "clips": _by_clip(first, first.baseline_limbs),
        }  # fmt: skip
    return whole


def _at_lookahead(judged: Evaluation) -> dict:
    found: dict = {
        "scores": summary(judged.errors), "joints": per_joint(judged.errors), "clips": _by_clip(judged, judged.errors),
    }  # fmt: skip
    for what, unit in (("position", "m"), ("angle", "deg"), ("root", "root_m")):
        curve = calibration(judged.errors, what)
        if curve:
            bins = {f"expected_{unit}": curve.expected.tolist(), f"actual_{unit}": curve.actual.tolist()}
            found["reliability"] = found.get("reliability", {}) | bins
    if judged.limbs:
        found["limbs"] = {"scores": summary(judged.limbs), "clips": _by_clip(judged, judged.limbs)}
    return found


def _by_clip(judged: Evaluation, errors: Sequence[Errors]) -> dict[str, dict[str, float]]:
    return {example.name: summary([one]) for example, one in zip(judged.examples, errors, strict=True)}


def show(console: Console, title: str, judged: Sequence[Evaluation]) -> None:
    """Print the tables of one data set.

    Args:
        console: Where to.
        title: Of the data set.
        judged: At each look-ahead.
    """
    frames = sum(len(example.observations) for example in judged[0].examples)
    console.print(_scores(f"{title}: {len(judged[0].examples)} clips, {frames} frames", judged))
    if judged[0].baseline_limbs:
        console.print(_against_baseline(judged))
    console.print(_joints(judged))
    console.print(_clips(judged))


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("look-ahead, frames")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _number(value: float | None) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _lookaheads(judged: Sequence[Evaluation]) -> list[str]:
    return [str(one.lookahead) for one in judged]


def _scores(title: str, judged: Sequence[Evaluation]) -> Table:
    table, columns = _table(title, _lookaheads(judged)), [summary(one.errors) for one in judged]
    for name, label in SCORES.items():
        if any(name in column for column in columns):
            table.add_row(label, *(_number(column.get(name)) for column in columns))
    return table


def _against_baseline(judged: Sequence[Evaluation]) -> Table:
    table = _table("12 limb joints, hips aligned, frames that both saw", [*_lookaheads(judged), PEER])
    columns = [summary(one.limbs) for one in judged] + [summary(judged[0].baseline_limbs)]
    for name in _AGAINST_PEER:
        table.add_row(SCORES[name], *(_number(column.get(name)) for column in columns))
    return table


def _joints(judged: Sequence[Evaluation]) -> Table:
    ends = judged[:1] if len(judged) == 1 else (judged[0], judged[-1])
    found = [per_joint(one.errors) for one in ends]
    parts = {"position_mm": "mm", "angle_local_deg": "degrees"}
    known = [name for name in parts if any(name in scores for scores in found[0].values())]
    columns = [f"{parts[name]}: {one.lookahead}" for name in known for one in ends]
    table = _table("by joint, rotations relative to the parent", columns)
    for joint in found[0]:
        table.add_row(joint, *(_number(one.get(joint, {}).get(name)) for name in known for one in found))
    return table


def _clips(judged: Sequence[Evaluation]) -> Table:
    found = [
        {name: scores.get("mpjpe_mm", np.inf) for name, scores in _by_clip(one, one.errors).items()} for one in judged
    ]
    worst = sorted(found[0], key=lambda name: -found[0][name])[:_CLIPS_SHOWN]
    title = "MPJPE by clip, mm" if len(found[0]) <= _CLIPS_SHOWN else f"the {_CLIPS_SHOWN} worst clips, MPJPE, mm"
    table = _table(title, _lookaheads(judged))
    for name in worst:
        table.add_row(name, *(_number(one[name]) for one in found))
    return table

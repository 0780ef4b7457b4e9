"""Whether the confidences are honest: expected against actual errors of positions, rotations and the root."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS
from vtm.files.atomic_file import atomic_file
from vtm.metrics.score import Errors, calibration

PARTS = {
    "pelvis": ("pelvis",),
    "spine": ("spine",),
    "head": ("neck", "head"),
    "arms": ("collar", "shoulder", "elbow", "wrist"),
    "legs": ("hip", "knee", "ankle", "foot"),
}
"""Words in the names of the joints of each part of the body."""
GROUPS = {
    part: [joint for joint in range(NUM_JOINTS) if any(word in JOINT_NAMES[joint] for word in words)]
    for part, words in PARTS.items()
}
OF_ROOT = {"across the optical axis": [0], "along it": [1]}
_KINDS = (
    ("position", "positions", "mm", 1e3, GROUPS),
    ("angle", "rotations, relative to the parent", "degrees", 1.0, GROUPS),
    ("root", "place of the root", "mm", 1e3, OF_ROOT),
)
"""What, title, unit, units per unit of the errors, and the columns of each curve."""


def draw_reliability(plots: Sequence[Axes], clips: Sequence[Errors]) -> None:
    """Draw expected against actual errors by part of the body and overall, in ten bins each.

    Args:
        plots: Three, of positions, rotations and the root.
        clips: The errors.
    """
    for axes, (what, title, unit, factor, groups) in zip(plots, _KINDS, strict=True):
        axes.set_title(title, fontsize=15)
        whole = calibration(clips, what)
        if whole is None:
            axes.text(0.5, 0.5, "no expected errors", ha="center", transform=axes.transAxes)
            continue
        curves = {name: calibration(clips, what, columns) for name, columns in groups.items()}
        largest = 0.0
        for name, curve in curves.items():
            if curve:
                axes.plot(factor * curve.expected, factor * curve.actual, ".-", alpha=0.75, label=name)
                largest = max(largest, factor * curve.expected.max(), factor * curve.actual.max())
        axes.plot(factor * whole.expected, factor * whole.actual, "o-", color="black", linewidth=2.5, label="all")
        axes.axline((0, 0), slope=1, color="0.6", linestyle="--", zorder=0)
        axes.set(xlim=(0, 1.05 * largest), ylim=(0, 1.05 * largest), aspect="equal")
        axes.set_xlabel(f"expected error, {unit}", fontsize=13)
        axes.set_ylabel(f"actual error, {unit}", fontsize=13)
        axes.legend(fontsize=11, loc="upper left", frameon=False)
        text = f"rank correlation {whole.rank_correlation:.2f}\nmean |log ratio| {whole.log_ratio:.2f}"
        axes.text(0.97, 0.03, text, ha="right", fontsize=12, transform=axes.transAxes)


def draw_reliability_file(path: str | Path, clips: Sequence[Errors]) -> None:
    """Write the three plots as a .png."""
    figure = Figure(figsize=(17, 6), dpi=72, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    draw_reliability(figure.subplots(1, 3), clips)
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)

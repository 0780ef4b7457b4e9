"""A sheet of the worst cases, true against predicted; below them the reliability of the confidences and the joints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vtm.body.skeleton import BODY, JOINT_NAMES
from vtm.files.atomic_file import atomic_file
from vtm.metrics.example import Example
from vtm.metrics.score import per_joint
from vtm_tools.draw.stick_figure import COLOURS
from vtm_tools.evaluation.reliability import draw_reliability
from vtm_tools.evaluation.streamed import Evaluation

SHOWN = 6
TRUE_COLOURS = {"left": "#0a2a66", "right": "#7a3500", "middle": "#202020"}
KEYPOINT_COLOUR = "#2ca02c"
REACH = 1.2
"""A view in the image reaches this far beyond the keypoints and the predicted joints, relative to their extent."""
_TORSO = [(1, 2), (16, 17), (1, 16), (2, 17)]
"""Drawn where the joints between hips and shoulders are not known."""


@dataclass(frozen=True, eq=False)
class Case:
    """One frame of an example.

    Attributes:
        example: The example.
        frame: Its frame.
        error: MPJPE in mm.
        predicted: (22, 3) m in camera axes.
        true: (22, 3) m in camera axes.
    """

    example: Example
    frame: int
    error: float
    predicted: np.ndarray
    true: np.ndarray


def worst_cases(judged: Evaluation, count: int = SHOWN) -> list[Case]:
    """The `count` worst frames, the worst first: one of each clip, or of each part of it where there are few."""
    cases, parts = [], -(-count // max(len(judged.examples), 1))
    for example, errors, joints in zip(judged.examples, judged.errors, judged.joints, strict=True):
        by_frame = errors.samples["mpjpe_mm"].mean(1)
        for rows in np.array_split(np.arange(len(by_frame)), parts):
            if np.isfinite(by_frame[rows]).any():
                row = rows[np.nanargmax(by_frame[rows])]
                frame = int(row) + example.protocol.skip_first
                cases.append(Case(example, frame, float(by_frame[row]), joints[frame], example.true.joints[frame]))
    return sorted(cases, key=lambda case: -case.error)[:count]


def draw_figure(path: str | Path, data: Sequence[tuple[str, Evaluation]]) -> None:
    """Write a .png: for each data set a row of cases from three sides, and the plots below them.

    Args:
        path: The picture.
        data: Title and evaluation of each.
    """
    figure = Figure(figsize=(20, 15.5 * len(data)), dpi=80, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    for part, (title, judged) in zip(np.atleast_1d(figure.subfigures(len(data), 1)), data, strict=True):
        part.suptitle(f"{title}, look-ahead {judged.lookahead}: the worst frames", fontsize=20, fontweight="bold")
        cases, plots = part.subfigures(2, 1, height_ratios=[5, 2])
        _draw_cases(cases, worst_cases(judged))
        *reliability, joints = plots.subplots(1, 4, width_ratios=[1, 1, 1, 1.5])
        draw_reliability(reliability, judged.errors)
        _draw_joints(joints, judged)
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)


def _draw_cases(figure, cases: Sequence[Case]) -> None:
    axes = figure.subplots(3, SHOWN, squeeze=False)
    for label, axis in zip(("in the image", "from the camera [m]", "from the side [m]"), axes[:, 0], strict=True):
        axis.set_ylabel(label, fontsize=14)
    for column in axes.T[len(cases) :]:
        for axis in column:
            axis.set_visible(False)
    for column, case in zip(axes.T, cases, strict=False):
        column[0].set_title(f"{case.example.name}\nframe {case.frame}: {case.error:.0f} mm", fontsize=14)
        _draw_image(column[0], case)
        anchor = list(case.example.protocol.anchor)
        for axis, across in ((column[1], 0), (column[2], 2)):
            for joints, draw in ((case.predicted, _draw_predicted), (case.true, _draw_true)):
                relative = joints - joints[anchor].mean(0)
                draw(axis, relative[:, across], -relative[:, 1])
            axis.set(xlim=(-1.1, 1.1), ylim=(-1.3, 1.1), aspect="equal")
            axis.grid(alpha=0.3)
        column[2].annotate("← camera", (0.03, 0.96), xycoords="axes fraction", fontsize=12, va="top")
    handles = [Line2D([], [], color=COLOURS[side], linewidth=4, label=f"predicted, {side}") for side in COLOURS]
    handles += [
        Line2D([], [], color=TRUE_COLOURS[side], linewidth=2, linestyle="--", label=f"true, {side}") for side in COLOURS
    ]
    handles.append(Line2D([], [], color=KEYPOINT_COLOUR, marker="o", linestyle="", label="2D keypoints, larger: surer"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=13, frameon=False)


def _draw_image(axes: Axes, case: Case) -> None:
    seen = case.example.observations[case.frame]
    known = seen.confidence > 0
    predicted, true = (seen.intrinsics.project(joints) for joints in (case.predicted, case.true))
    _draw_predicted(axes, *predicted.T)
    _draw_true(axes, *true.T)
    x, y = seen.keypoints[known].T
    axes.scatter(x, y, 60 * seen.confidence[known], color=KEYPOINT_COLOUR, edgecolor="black", zorder=9)
    points = np.concatenate([seen.keypoints[known], predicted[np.isfinite(predicted).all(1)]])
    middle, half = (points.max(0) + points.min(0)) / 2, REACH / 2 * np.ptp(points, axis=0).max()
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] + half, middle[1] - half), xticks=[], yticks=[])
    axes.set_aspect("equal")


def _draw_predicted(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    _draw_bones(axes, x, y, COLOURS, linewidth=3.5)


def _draw_true(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    _draw_bones(axes, x, y, TRUE_COLOURS, linewidth=1.8, linestyle="--")


def _draw_bones(axes: Axes, x: np.ndarray, y: np.ndarray, colours: dict[str, str], **style) -> None:
    for start, end in BODY.bones if np.isfinite(x[0]) else [*BODY.bones, *_TORSO]:
        side = JOINT_NAMES[end].split("_")[0] if (start, end) in BODY.bones else "middle"
        axes.plot(x[[start, end]], y[[start, end]], color=colours.get(side, colours["middle"]), **style)


def _draw_joints(axes: Axes, judged: Evaluation) -> None:
    found = per_joint(judged.errors)
    place = np.arange(len(found))
    axes.bar(place - 0.2, [one["position_mm"] for one in found.values()], 0.4, color=COLOURS["left"])
    axes.set_xticks(place, list(found), rotation=60, ha="right", fontsize=12)
    axes.set_ylabel("position error, mm", color=COLOURS["left"], fontsize=13)
    axes.set_title("error by joint", fontsize=15)
    angles = [one.get("angle_local_deg", np.nan) for one in found.values()]
    if np.isfinite(angles).any():
        right = axes.twinx()
        right.bar(place + 0.2, angles, 0.4, color=COLOURS["right"])
        right.set_ylabel("rotation error relative to the parent, degrees", color=COLOURS["right"], fontsize=13)

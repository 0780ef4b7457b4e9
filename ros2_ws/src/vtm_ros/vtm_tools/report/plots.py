"""Plots as SVG in the colours of the page that they are put into."""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from vtm.body.hand import FINGERS, SIDES, finger_bend
from vtm.body.joint_angles import ANGLE_NAMES
from vtm.files.motion_file import MotionClip
from vtm_tools.draw.people import person_colour
from vtm_tools.draw.stick_figure import COLOURS
from vtm_tools.report.figures import runs
from vtm_tools.report.series import Series

INK = "#010203"
"""Drawn in this, lines and text take the colour of the page's text."""
MOST_POINTS = 1200
"""A curve of more is thinned out."""
LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
TRUNK = ("spine1", "spine2", "spine3", "neck", "head")
BONES = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", *TRUNK)
FASTEST_SHOWN = 2.0
"""m/s, so that the slow speeds of standing feet can be told apart."""
LEAST_SPAN = 10.0
"""Degrees that an axis shows at least, so that small tremors look small."""
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
"""Of FINGERS."""
_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "vtm", "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "font.size": 9, "font.family": "sans-serif", "grid.color": INK,
    "grid.alpha": 0.15, "axes.grid": True, "axes.axisbelow": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def confidence_plot(found: Series) -> str:
    """Confidence of the joints and fit to the keypoints; grey where nobody was seen."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        sure, fit = figure.subplots(2, 1, sharex=True)
        _curve(sure, found.seconds, found.confidence)
        sure.set(ylim=(0, 1), ylabel="confidence")
        _curve(fit, found.seconds, found.off)
        fit.set(ylim=(0, None), ylabel="fit [px]", xlabel="time [s]")
        for axes in (sure, fit):
            _whole_time(axes, found)
        return _svg(figure)


def feet_plot(found: Series) -> str:
    """Speed of both feet, thick while they are predicted to stand."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        for axes, side, parts in zip(
            figure.subplots(2, 1, sharex=True), ("left", "right"), ((0, 1), (2, 3)), strict=True
        ):
            speed = np.fmin(found.sole_speed[:, parts[0]], found.sole_speed[:, parts[1]])
            stands = found.standing[:, parts].any(-1)
            _curve(axes, found.seconds, speed, COLOURS[side], 0.8)
            _curve(axes, found.seconds, np.where(stands, speed, np.nan), COLOURS[side], 2.6)
            axes.set(ylim=(0, FASTEST_SHOWN), ylabel=f"{side} [m/s]")
            _whole_time(axes, found)
        figure.axes[-1].set(xlabel="time [s]")
        return _svg(figure)


def path_plot(found: Series) -> str:
    """The pelvis over time, and from above."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        time, above = figure.subplots(1, 2, width_ratios=(3, 2))
        for axis, name in enumerate(("away from the camera", "to its left", "height")):
            _curve(time, found.seconds, found.root[:, axis], f"C{axis}", label=name)
        time.set(xlabel="time [s]", ylabel="pelvis [m]")
        time.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
        _whole_time(time, found)
        _curve(above, -found.root[:, 1], found.root[:, 0])
        above.set(title="from above", xlabel="to the camera's right [m]", ylabel="away from it [m]")
        above.axis("equal")
        return _svg(figure)


def people_plot(people: Mapping[int, Series]) -> str:
    """When each person was seen, by number; and where the pelvis of each was, from above."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 3.4), layout="constrained")
        time, above = figure.subplots(1, 2, width_ratios=(3, 2))
        for row, (number, found) in enumerate(people.items()):
            colour, half = person_colour(number), found.seconds[-1] / max(len(found.seconds) - 1, 1) / 2
            for first, stop in runs(found.valid):
                span = found.seconds[stop - 1] - found.seconds[first] + 2 * half
                time.barh(row, span, 0.6, found.seconds[first] - half, color=colour)
            _curve(above, -found.root[:, 1], found.root[:, 0], colour)
        time.set(xlabel="time [s]", ylabel="person", yticks=range(len(people)), yticklabels=people)
        time.invert_yaxis()
        above.set(title="from above", xlabel="to the camera's right [m]", ylabel="away from it [m]")
        above.axis("equal")
        return _svg(figure)


def bones_plot(lengths: dict[str, float]) -> str:
    """Lengths of the bones, left beside right; then those of the trunk."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 2.6), layout="constrained")
        axes = figure.subplots()
        for place, kind in enumerate(BONES):
            for side, shift in (("left", -0.2), ("right", 0.2)):
                if f"{side}_{kind}" in lengths:
                    axes.bar(place + shift, 100 * lengths[f"{side}_{kind}"], 0.38, color=COLOURS[side])
            if kind in lengths:
                axes.bar(place, 100 * lengths[kind], 0.38, color=COLOURS["middle"])
        axes.set(ylabel="length [cm]", xticks=range(len(BONES)), xticklabels=BONES)
        return _svg(figure)


def angle_plots(found: Series) -> str:
    """Every angle of the joints that move most: a row for each kind of joint, a column for each axis."""
    degrees = np.degrees(found.angles)
    with matplotlib.rc_context(_STYLE):
        kinds = (*LIMBS, *TRUNK)
        figure = Figure(figsize=(10, 1.25 * len(kinds)), layout="constrained")
        table = figure.subplots(len(kinds), 3, sharex=True)
        for row, kind in zip(table, kinds, strict=True):
            for axes, axis in zip(row, "xyz", strict=True):
                sides = ("middle",) if kind in TRUNK else ("left", "right")
                for side in sides:
                    name = f"{kind}_{axis}" if side == "middle" else f"{side}_{kind}_{axis}"
                    _curve(axes, found.seconds, degrees[:, ANGLE_NAMES.index(name)], COLOURS[side], 1.0)
                low, high = axes.get_ylim()
                spare = max(0.0, LEAST_SPAN - (high - low)) / 2
                axes.set_ylim(low - spare, high + spare)
                axes.locator_params(axis="y", nbins=4)
                _whole_time(axes, found)
            row[0].set_ylabel(f"{kind} [°]")
        for axes, axis in zip(table[0], "xyz", strict=True):
            axes.set_title(f"about {axis}", fontsize=9)
        for axes in table[-1]:
            axes.set_xlabel("time [s]")
        return _svg(figure)


def hands_plot(clip: MotionClip, found: Series) -> str:
    """Confidence in both hands; then how far each finger of the left and of the right one is bent."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 5.0), layout="constrained")
        sure, *bends = figure.subplots(3, 1, sharex=True)
        for hand, (side, axes) in enumerate(zip(SIDES, bends, strict=True)):
            _curve(sure, found.seconds, clip.hand_confidence[:, hand], COLOURS[side])
            bend = np.degrees(finger_bend(clip.hand_angles[:, hand]))
            for finger, style, values in zip(FINGERS, DASHES, bend.T, strict=True):
                _curve(axes, found.seconds, values, COLOURS[side], label=finger, style=style)
            axes.set(ylabel=f"{side} fingers [°]")
            axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 0.97), ncols=5)
        sure.set(ylim=(0, 1), ylabel="confidence")
        bends[-1].set(xlabel="time [s]")
        for axes in (sure, *bends):
            _whole_time(axes, found)
        return _svg(figure)


def _whole_time(axes: Axes, found: Series) -> None:
    """From the first frame to the last; grey where nobody was seen."""
    half = found.seconds[-1] / max(len(found.seconds) - 1, 1) / 2
    axes.set_xlim(-half, found.seconds[-1] + half)
    for first, stop in runs(~found.valid):
        axes.axvspan(found.seconds[first] - half, found.seconds[stop - 1] + half, color="#888888", alpha=0.25, lw=0)


def _curve(
    axes: Axes, x: np.ndarray, y: np.ndarray, colour: str = "C0", width: float = 1.2, label: str = "", style: Any = "-"
) -> None:
    step = -(-len(x) // MOST_POINTS)
    axes.plot(
        x[::step], y[::step], color=colour, linewidth=width, label=label, linestyle=style, solid_joinstyle="round"
    )


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata=dict.fromkeys(_METADATA))
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    return re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)


_METADATA: Iterable[str] = ("Date", "Creator", "Format", "Type")

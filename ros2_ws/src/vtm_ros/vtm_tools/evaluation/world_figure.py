"""Pictures of the motion in the world and of the prediction."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vtm.files.atomic_file import atomic_file
from vtm.metrics.example import Example
from vtm.metrics.smoothness import speed
from vtm.metrics.world import STANDING_M, WorldErrors, WorldTrack
from vtm_tools.evaluation.prediction import Forecast
from vtm_tools.evaluation.world import Refined, true_track

TRUE, BEFORE, AFTER = "#202020", "#e08a00", "#1f77b4"
SHOWN_S = (3.0, 7.0)
"""The part of a recording whose feet are shown."""
FASTEST_M_S = 5.0
_POINTS = ("left heel", "left toe", "right heel", "right toe")


def draw_world(path: Path, cases: Mapping[str, tuple[Sequence[Example], Refined, Refined]]) -> None:
    """Write a .png with a row for each kind of camera. Shown is the walking recording of median root error.

    Args:
        path: The picture.
        cases: By title the examples, before and after the refinement.
    """
    figure = Figure(figsize=(20, 6 * len(cases)), dpi=70, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    for row, (title, (examples, before, after)) in zip(
        np.atleast_1d(figure.subfigures(len(cases), 1)), cases.items(), strict=True
    ):
        index = _median_walk(after.errors)
        row.suptitle(f"{title}: {examples[index].name}", fontsize=16, fontweight="bold")
        above, heights, speeds = row.subplots(1, 3)
        tracks = {"true": true_track(examples[index]), "network": before.tracks[index], "refined": after.tracks[index]}
        _draw_paths(above, tracks, examples[index].protocol.judged(len(examples[index].observations)))
        _draw_heights(heights, tracks, examples[index].fps)
        _draw_speeds(speeds, tracks, examples[index].fps)
    _write(canvas, path)


def draw_prediction(path: Path, fps: float, found: Mapping[str, Sequence[Forecast]]) -> None:
    """Write a .png of errors over the time ahead.

    Args:
        path: The picture.
        fps: Frames/s of the recordings.
        found: By predictor, its errors at each number of frames.
    """
    figure = Figure(figsize=(14, 6), dpi=70, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    pose, root = figure.subplots(1, 2)
    for name, row in found.items():
        times = [1e3 * ahead.frames / fps for ahead in row]
        (line,) = pose.plot(times, [ahead.joints_mm for ahead in row], marker="o", label=name)
        pose.plot(times, [ahead.own_joints_mm for ahead in row], marker=".", linestyle=":", color=line.get_color())
        root.plot(times, [ahead.root_mm for ahead in row], marker="o", label=name)
    pose.set(title="joints, pelvis aligned: the truth (solid), what is said then (dotted)", ylabel="error [mm]")
    root.set(title="way of the pelvis", ylabel="error [mm]")
    for axes in (pose, root):
        axes.set(xlabel="ahead [ms]", ylim=(0, None))
        axes.grid(alpha=0.3)
    pose.legend()
    _write(canvas, path)


def _median_walk(errors: Sequence[WorldErrors]) -> int:
    walks = [index for index, one in enumerate(errors) if one.walks] or list(range(len(errors)))
    return sorted(walks, key=lambda index: np.nanmean(errors[index].samples["root_mm"]))[len(walks) // 2]


def _draw_paths(axes: Axes, tracks: Mapping[str, WorldTrack], judged: slice) -> None:
    """The roots from above, all starting in the same place."""
    for (name, track), colour in zip(tracks.items(), (TRUE, BEFORE, AFTER), strict=True):
        root = track.joints[judged, 0, :2]
        root = root - root[np.flatnonzero(np.isfinite(root).all(-1))[0]]
        axes.plot(*root.T, color=colour, linewidth=2.5 if name == "true" else 1.5, label=name)
    axes.plot(0, 0, "o", color=TRUE)
    axes.set(title="root from above [m]", aspect="equal", xlabel="x", ylabel="y")
    axes.set_adjustable("datalim")
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_heights(axes: Axes, tracks: Mapping[str, WorldTrack], fps: float) -> None:
    """Heights of the right foot above its own ground, less that of the joint."""
    rows = slice(*(round(second * fps) for second in SHOWN_S))
    for (name, track), colour in zip(tracks.items(), (TRUE, BEFORE, AFTER), strict=True):
        for point, style in ((2, "-"), (3, ":")):
            height = 100 * (track.heights[rows, point] - STANDING_M[point])
            axes.plot(_times(rows, fps), height, style, color=colour, label=f"{name}, {_POINTS[point]}", linewidth=1.5)
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set(title="right foot above the ground [cm]", xlabel="time [s]")
    axes.legend(fontsize=8)


def _draw_speeds(axes: Axes, tracks: Mapping[str, WorldTrack], fps: float) -> None:
    """Speed of the right toe; shaded where it truly stands."""
    rows = slice(*(round(second * fps) for second in SHOWN_S))
    stands = (tracks["true"].contacts[rows, 3] > 0.5).tolist()
    axes.fill_between(_times(rows, fps), 0, FASTEST_M_S, where=stands, color="grey", alpha=0.2, label="truly stands")
    for (name, track), colour in zip(tracks.items(), (TRUE, BEFORE, AFTER), strict=True):
        moves = speed(track.feet, fps)[rows, 3]
        axes.plot(_times(rows, fps), moves, color=colour, label=name, linewidth=1.5)
    axes.set(title="speed of the right toe [m/s]", xlabel="time [s]", ylim=(0, FASTEST_M_S))
    axes.legend(fontsize=8)


def _times(rows: slice, fps: float) -> np.ndarray:
    return np.arange(rows.start, rows.stop) / fps


def _write(canvas: FigureCanvasAgg, path: Path) -> None:
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)

"""A page of poses: what a clip file holds, to be looked at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vtm.atomic_file import atomic_file
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import HEAD_TOP, JOINT_INDEX, JOINT_NAMES, PARENTS
from vtm.learn.data.clip_file import Clip

COLUMNS, ROWS = 12, 6
_COLOURS = {"left": "#1f77ff", "right": "#ff7f0e"}
_SKULL = np.array([[0.0, 0.0, HEAD_TOP], [0.0, 0.0, HEAD_TOP / 2], [0.14, 0.0, HEAD_TOP / 2]])
_BONES = [(PARENTS[joint], joint) for joint in range(1, 22)] + [(JOINT_INDEX["head"], 22), (23, 24)]
_SEEN_FROM = np.radians(25.0)
"""The person faces the reader, turned by this angle to show the left side, so its left hand is on the right."""


def draw_contact_sheet(path: Path, clips: Sequence[tuple[str, Clip]], title: str) -> None:
    """Write a .png with poses of (name, clip), evenly spread over all frames; the person's left is blue."""
    lengths = np.array([len(clip.quat) for _, clip in clips])
    ends = lengths.cumsum()
    count = min(COLUMNS * ROWS, int(ends[-1]))
    figure = Figure(figsize=(20, 1 + 2.6 * -(-count // COLUMNS)), dpi=90, layout="compressed")
    canvas = FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=16)
    axes = figure.subplots(-(-count // COLUMNS), COLUMNS, squeeze=False).ravel()
    for index, cell in enumerate(axes):
        cell.set(aspect="equal", xlim=(-1, 1), ylim=(-0.1, 2.1), xticks=[], yticks=[])
        if index < count:
            row = int((index + 0.5) / count * ends[-1])
            chosen = int(np.searchsorted(ends, row, side="right"))
            name, clip = clips[chosen]
            frame = row - int(ends[chosen] - lengths[chosen])
            cell.set_title(f"{name}\nframe {frame}", fontsize=7)
            _draw(cell, clip, frame)
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)


def _draw(cell: Axes, clip: Clip, frame: int) -> None:
    rotation, position = forward_kinematics(matrix_from_quat(clip.quat[frame]), clip.offsets, clip.root[frame])
    head = JOINT_INDEX["head"]
    points = np.concatenate([position, position[head] + _SKULL @ rotation[head].T]) - position[0] * [1, 1, 0]
    heading = np.arctan2(rotation[0, 1, 0], rotation[0, 0, 0]) - _SEEN_FROM
    across = points[:, 1] * np.cos(heading) - points[:, 0] * np.sin(heading)
    near = points[:, 0] * np.cos(heading) + points[:, 1] * np.sin(heading)
    for start, end in sorted(_BONES, key=lambda bone: near[list(bone)].sum()):
        side = JOINT_NAMES[end].split("_")[0] if end < len(JOINT_NAMES) else ""
        cell.plot(across[[start, end]], points[[start, end], 2], color=_COLOURS.get(side, "0.5"), linewidth=2)
    cell.axhline(0, color="0.6", linewidth=1, zorder=0)

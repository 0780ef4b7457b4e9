"""A page of poses: what a clip file holds, to be looked at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import BODY, HEAD_TOP, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS
from vtm.files.atomic_file import atomic_file
from vtm.mocap.clip_file import Clip

COLUMNS, ROWS = 12, 6
_WIDTH, _HEIGHT = 1.7, 2.5
"""Size of a cell in metres; a person is drawn to that scale."""
_COLOURS = {"left": "#1f77ff", "right": "#ff7f0e"}
_SKULL = np.array([[0.0, 0.0, HEAD_TOP], [0.0, 0.0, HEAD_TOP / 2], [0.14, 0.0, HEAD_TOP / 2]])
"""Top, middle and nose in the head's axes, metres."""
_TOP, _MIDDLE, _NOSE = range(NUM_JOINTS, NUM_JOINTS + len(_SKULL))
_BONES = [*BODY.bones, (JOINT_INDEX["head"], _TOP), (_MIDDLE, _NOSE)]
_SEEN_FROM = np.radians(25.0)
"""The person faces the reader, turned by this angle; the left hand is on the right of the page."""


def draw_contact_sheet(path: Path, clips: Sequence[tuple[str, Clip]], title: str) -> None:
    """Write a .png with poses that are evenly spread over all frames; the person's left is blue.

    The line under a pose is the ground; who is above 2.1 m is drawn lower, with the height written beside.

    Args:
        path: The picture.
        clips: Name and clip.
        title: The headline.
    """
    lengths = np.array([len(clip.quat) for _, clip in clips])
    ends = lengths.cumsum()
    count = min(COLUMNS * ROWS, int(ends[-1]))
    rows = -(-count // COLUMNS)
    figure = Figure(figsize=(20, 0.6 + 20 * rows * _HEIGHT / (COLUMNS * _WIDTH)), dpi=90, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set(xlim=(0, COLUMNS * _WIDTH), ylim=(-rows * _HEIGHT, 0), aspect="equal", xticks=[], yticks=[])
    axes.set_title(f"{title}   (blue: the person's left; faces the reader)", fontsize=14)
    segments, colours = [], []
    for index in range(count):
        row = int((index + 0.5) / count * ends[-1])
        chosen = int(np.searchsorted(ends, row, side="right"))
        name, clip = clips[chosen]
        frame = row - int(ends[chosen] - lengths[chosen])
        left, ground = index % COLUMNS * _WIDTH, 0.1 - (index // COLUMNS + 1) * _HEIGHT
        lines, sides, lowered = _lines(clip, frame)
        segments += list(lines + [left + _WIDTH / 2, ground])
        colours += sides
        axes.text(left + 0.05, ground + _HEIGHT - 0.13, f"{name[:24]}\nframe {frame}", fontsize=7, va="top")
        axes.plot([left + 0.05, left + _WIDTH - 0.05], [ground, ground], color="0.7", linewidth=1)
        if lowered:
            axes.text(left + 0.05, ground + 0.05, f"+{lowered:.1f} m", fontsize=8, color="0.4")
    axes.add_collection(LineCollection(segments, colors=colours, linewidths=2.2, capstyle="round"))
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)


def _lines(clip: Clip, frame: int) -> tuple[np.ndarray, list[str], float]:
    """Bones (B, 2, 2) in metres from the far one to the near one, their colours, and by how much they are lowered."""
    rotation, position = forward_kinematics(matrix_from_quat(clip.quat[frame]), clip.offsets, clip.root[frame])
    head = JOINT_INDEX["head"]
    points = np.concatenate([position, position[head] + _SKULL @ rotation[head].T]) - position[0] * [1, 1, 0]
    heading = np.arctan2(rotation[0, 1, 0], rotation[0, 0, 0]) - _SEEN_FROM
    across = points[:, 1] * np.cos(heading) - points[:, 0] * np.sin(heading)
    near = points[:, 0] * np.cos(heading) + points[:, 1] * np.sin(heading)
    lowered = max(0.0, float(points[:, 2].max()) - 2.1)
    flat = np.stack([across, points[:, 2] - lowered], 1)
    bones = sorted(_BONES, key=lambda bone: near[list(bone)].sum())
    sides = [JOINT_NAMES[end].split("_")[0] if end < len(JOINT_NAMES) else "" for _, end in bones]
    return flat[np.array(bones)], [_COLOURS.get(side, "0.5") for side in sides], lowered

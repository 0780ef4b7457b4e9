"""A picture of captured motion: the skeleton over camera frames, and the same instants from front and side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from vtm.files.atomic_file import atomic_file
from vtm.files.motion_file import MotionClip
from vtm_tools.draw.hand_figure import finger_lines
from vtm_tools.draw.stick_figure import BONES, COLOURS, KEYPOINT_COLOUR, figure_points, side_of
from vtm_tools.render.video_frames import video_frames
from vtm_tools.render.view import DIRECTIONS
from vtm_trt.offline.world_alignment import above_ground, grounded
from vtm_trt.postprocess.gravity import gravity

VIEWS = DIRECTIONS[:2]
ACROSS = "to the camera's right [m]", "away from the camera [m]"
"""What is to the right in each of them."""


def example_frames(valid: np.ndarray, count: int = 4) -> list[int]:
    """Up to `count` frames, spread evenly over those that are `valid` (T,)."""
    seen = np.flatnonzero(valid)
    count = min(count, len(seen))
    return [int(seen[int((index + 0.5) / count * len(seen))]) for index in range(count)]


def read_images(path: str | Path, frames: Sequence[int]) -> list[np.ndarray]:
    """Images (H, W, 3) BGR of the `frames`, in ascending order, of a video file.

    Raises:
        VtmError: The video cannot be read, or lacks one of them.
    """
    return list(video_frames(Path(path), frames))


def draw_overview(path: str | Path, clip: MotionClip, video: Path) -> None:
    """Write a .png of some moments of a clip, over its video.

    Raises:
        VtmError: The video cannot be read, or is shorter.
    """
    frames = example_frames(clip.valid)
    draw_motion(path, clip, frames, read_images(video, frames), video.name)


def draw_motion(
    path: str | Path, clip: MotionClip, frames: Sequence[int], images: Sequence[np.ndarray], title: str
) -> None:
    """Write a .png, 1600 pixels wide: one column for each of some frames.

    Front and side show the person over the ground, in metres, levelled as the second line of the title says.

    Args:
        path: The picture.
        clip: The motion.
        frames: Valid frames of it.
        images: (H, W, 3) BGR, of each.
        title: The headline.
    """
    motions = clip.motions()
    level = gravity(motions)
    over_ground = [motion for piece in grounded(motions, level) for motion in piece]
    figure = Figure(figsize=(16, 14), dpi=100, layout="compressed")
    canvas = FigureCanvasAgg(figure)
    figure.suptitle(f"{title}\n{level.caption}", fontsize=16)
    axes = figure.subplots(3, len(frames), squeeze=False, gridspec_kw={"height_ratios": [5, 4, 4]})
    for column, frame, image in zip(axes.T, frames, images, strict=True):
        points = figure_points(clip.quat_local[frame], clip.offsets, clip.root_cam[frame])
        column[0].set_title(f"frame {frame}, {clip.stamps[frame] - clip.stamps[0]:.2f} s", fontsize=13)
        motion = over_ground[int(clip.valid[:frame].sum())]
        _draw_overlay(column[0], clip, frame, image, points, finger_lines(motion))
        standing = above_ground(motion, points)
        fingers = {
            side: above_ground(motion, lines.reshape(-1, 3)) for side, lines in finger_lines(motion, 0.0).items()
        }
        for place, direction, label in zip(column[1:], VIEWS, ACROSS, strict=True):
            axes_of_view = np.array(direction.axes).T
            _draw_view(
                place, standing @ axes_of_view, {side: one @ axes_of_view for side, one in fingers.items()}, label
            )
    labels = "in the camera's image", *(f"{direction.title}\nheight [m]" for direction in VIEWS)
    for row, label in zip(axes[:, 0], labels, strict=True):
        row.set_ylabel(label, fontsize=13)
    axes[2, 0].annotate("← camera", (0.02, 0.95), xycoords="axes fraction", fontsize=11, va="top")
    _draw_legend(figure, bool(np.isfinite(clip.keypoints[list(frames)]).any()))
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)


def _draw_overlay(
    axes: Axes, clip: MotionClip, frame: int, image: np.ndarray, points: np.ndarray, fingers: dict[str, np.ndarray]
) -> None:
    size = np.array(image.shape[1::-1])
    pixels = clip.intrinsics.project(points)
    keypoints = clip.keypoints[frame, :, :2]
    axes.imshow(image[..., ::-1], interpolation="antialiased")
    halo = [Stroke(linewidth=4.5, foreground="white", alpha=0.8), Normal()]
    _draw_bones(axes, pixels[:, 0], pixels[:, 1], -points[:, 2], linewidth=2.5, path_effects=halo)
    for side, lines in fingers.items():
        across, down = clip.intrinsics.project(lines.reshape(-1, 3)).reshape(5, 5, 2).T
        axes.plot(across, down, color=COLOURS[side], linewidth=1, path_effects=[Stroke(linewidth=2), Normal()])
    axes.plot(*keypoints.T, ".", color=KEYPOINT_COLOUR, markersize=6, markeredgecolor="black", markeredgewidth=0.5)
    shown = np.concatenate([pixels, keypoints])
    shown = np.clip(shown[np.isfinite(shown).all(1)], -0.1 * size, 1.1 * size)
    low, high = shown.min(0), shown.max(0)
    half = 0.65 * max(*(high - low) * (1.25, 1.0), 80)
    half = half * np.array([0.8, 1.0])
    x, y = np.clip((low + high) / 2, np.minimum(half, size / 2), np.maximum(size - half, size / 2))
    axes.set(xlim=(x - half[0], x + half[0]), ylim=(y + half[1], y - half[1]), xticks=[], yticks=[], facecolor="0.9")


def _draw_view(axes: Axes, points: np.ndarray, fingers: dict[str, np.ndarray], label: str) -> None:
    """points: (25, 3) m to the right, up from the ground, and towards the viewer; likewise the fingers, (25, 3)."""
    across, height, nearness = points.T
    _draw_bones(axes, across, height, nearness, linewidth=3, solid_capstyle="round")
    for side, lines in fingers.items():
        axes.plot(*lines.reshape(5, 5, 3).T[:2], color=COLOURS[side], linewidth=1.2)
    axes.axhspan(-1, 0, color="0.9")
    axes.axhline(0, color="0.4", linewidth=1.5)
    axes.set(xlim=across[0] + np.array([-1.1, 1.1]), ylim=(-0.15, 2.05), aspect="equal", xlabel=label)
    axes.grid(alpha=0.3)


def _draw_bones(axes: Axes, x: np.ndarray, y: np.ndarray, nearness: np.ndarray, **style) -> None:
    for start, end in sorted(BONES, key=lambda bone: nearness[list(bone)].sum()):
        axes.plot(x[[start, end]], y[[start, end]], color=COLOURS[side_of(end)], **style)


def _draw_legend(figure: Figure, with_keypoints: bool) -> None:
    handles = [
        Line2D([], [], color=COLOURS[side], linewidth=4, label=label)
        for side, label in (("left", "person's left"), ("right", "person's right"), ("middle", "trunk and head"))
    ]
    if with_keypoints:
        handles.append(Line2D([], [], color=KEYPOINT_COLOUR, marker="o", linestyle="", label="2D keypoints"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=13, frameon=False)

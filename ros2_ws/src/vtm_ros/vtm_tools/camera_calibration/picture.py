"""A picture of a calibration: where the board was, how far off its corners are, and what the lens does."""

from pathlib import Path

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vtm.files.atomic_file import atomic_file
from vtm_tools.camera_calibration.solve import Calibration

LONGER = 50
"""The errors are drawn so many times longer than they are."""


def draw_calibration(path: Path, found: Calibration, example: np.ndarray) -> None:
    """Write a .png of a calibration.

    Args:
        path: The picture.
        found: The calibration.
        example: One of the images (H, W, 3) BGR, shown without its distortion.
    """
    camera = found.intrinsics
    figure = Figure(figsize=(14, 6.5), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    corners, straight = figure.subplots(1, 2)
    for view, error in zip(found.views, found.errors, strict=True):
        (line,) = corners.plot(*view.pixels.T, ".", markersize=3)
        ends = view.pixels + LONGER * error
        corners.plot(*np.stack([view.pixels, ends], 1).transpose(2, 1, 0), color=line.get_color(), linewidth=0.7)
    corners.set(xlim=(0, camera.width), ylim=(camera.height, 0), aspect="equal", xlabel="x [px]", ylabel="y [px]")
    corners.set_title(
        f"{len(found.views)} views cover {100 * found.coverage:.0f} % of the image; lines: errors times {LONGER},"
        f" {found.rms:.2f} px RMS"
    )
    straight.imshow(cv2.undistort(example, camera.matrix, np.array(camera.distortion))[..., ::-1])
    straight.set(xticks=[], yticks=[])
    straight.set_title("without distortion: straight edges are straight")
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        canvas.print_png(file)

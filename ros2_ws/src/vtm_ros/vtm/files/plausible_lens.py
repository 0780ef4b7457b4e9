"""Whether a camera matrix that a file holds can be that of a camera with pictures of that size."""

from typing import Any

import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError

SHORTEST, LONGEST = 0.1, 100.0
"""Focal lengths in longer sides of the picture: a fisheye of 180 degrees in a wide picture has 0.18."""
MOST_SQUEEZED = 4.0
"""Ratio of the focal lengths of pixels that are not square."""
NEAR_CENTRE, FAR_FROM_CENTRE = 0.1, 0.15
"""Shares of the picture's sides."""
SAME_SHARE = 0.03
"""An axis as far off in width as in height is that of a smaller or larger picture; that of a cut-out is hardly so."""
LARGEST_SKEW = 1e-3


def check_lens(
    width: int, height: int, matrix: np.ndarray, distortion: tuple[float, ...] = (), fisheye: bool = False
) -> Intrinsics:
    """The intrinsics of a file, where they can be true.

    Args:
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        matrix: (3, 3) K in pixels.
        distortion: As in `Intrinsics`.
        fisheye: As in `Intrinsics`.

    Raises:
        VtmError: It is no camera matrix in pixels, or one of another size of picture.
    """
    if not np.isfinite(matrix).all() or not matrix.any():
        raise VtmError("the camera matrix is unusable: it is zero or no number, as of a camera that nobody calibrated")
    (fx, skew, cx), (lower, fy, cy), last = matrix.tolist()
    if lower != 0 or last != [0, 0, 1] or abs(skew) > LARGEST_SKEW * abs(fx):
        raise VtmError("K must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in pixels, row by row")
    found = Intrinsics(width, height, fx, fy, cx, cy, distortion, fisheye)
    longer = max(width, height)
    if not SHORTEST * longer <= min(fx, fy) <= max(fx, fy) <= LONGEST * longer:
        known = "the identity" if np.array_equal(matrix, np.eye(3)) else f"of focal lengths {fx:g} and {fy:g}"
        raise VtmError(
            f"K is {known}, which no lens of a picture of {width} x {height} pixels has; give K in pixels, or leave it "
            "out and give a field of view"
        )
    if max(fx / fy, fy / fx) > MOST_SQUEEZED:
        raise VtmError(f"the focal lengths {fx:g} and {fy:g} belong to no camera; calibrate again")
    if not (0 <= cx <= width and 0 <= cy <= height):
        raise VtmError(
            f"the optical axis of K, {cx:g}, {cy:g}, lies outside the picture of {width} x {height} pixels; "
            + ("width and height are exchanged" if _exchanged(found) else "K is of another size of picture: scale it")
        )
    if _exchanged(found):
        raise VtmError(
            f"the optical axis of K, {cx:g}, {cy:g}, is the middle of {height} x {width} pixels, not of {width} x "
            f"{height}; width and height are exchanged"
        )
    across, down = cx / width, cy / height
    if abs(across - down) < SAME_SHARE and abs(across - 0.5) > FAR_FROM_CENTRE:
        raise VtmError(
            f"the optical axis of K, {cx:g}, {cy:g}, lies at {100 * across:.0f} % of the width and {100 * down:.0f} % "
            f"of the height of {width} x {height} pixels; K is of another size of picture: scale it"
        )
    return found


def _exchanged(lens: Intrinsics) -> bool:
    axis, size = np.array([lens.cx, lens.cy]), np.array([lens.width, lens.height])
    own, other = np.abs(axis / size - 0.5).max(), np.abs(axis / size[::-1] - 0.5).max()
    return bool(other < NEAR_CENTRE and own > FAR_FROM_CENTRE)


def windowed(lens: Intrinsics, roi: dict[str, Any], document: dict[str, Any]) -> Intrinsics:
    """The intrinsics of the pictures that a camera_info with a region of interest or binning belongs to.

    Args:
        lens: Of the whole sensor.
        roi: Its `x_offset`, `y_offset`, `width` and `height`, pixels of the sensor; all 0 for the whole.
        document: With `binning_x` and `binning_y`, 0 for none.
    """
    left, top, width, height = (int(roi.get(key) or 0) for key in ("x_offset", "y_offset", "width", "height"))
    across, down = (max(int(document.get(key) or 0), 1) for key in ("binning_x", "binning_y"))
    return Intrinsics(
        (width or lens.width) // across, (height or lens.height) // down, lens.fx / across, lens.fy / down,
        (lens.cx - left) / across, (lens.cy - top) / down, lens.distortion, lens.fisheye,
    )  # fmt: skip

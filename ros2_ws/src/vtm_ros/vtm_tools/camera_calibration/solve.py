"""Intrinsics from views of the board, and whether they can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm_tools.camera_calibration.board import View

FEWEST = 8
SIDE = 0.2
"""Of the width or height: a strip along each side of the image in which the board must have been seen."""
OUTLIER = 3.0
"""A view whose error is so many times the median of all is left out."""
WORST_RMS_PX = 1.5
WORST_FOCAL = 0.01
"""Standard deviation of the focal lengths, relative, that is still accepted."""


TILTED = 10.0
"""Degrees by which a quarter of the boards must be tilted: of flat ones, focal length and distance are the same."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was found.

    Attributes:
        intrinsics: The camera's.
        deviation: (4,) standard deviations of fx, fy, cx, cy, px.
        rms: px over all corners.
        views: Those used.
        tilts: (views,) degrees between the board and the image.
        errors: For each view (N, 2) px from where a corner is seen to where it should be.
    """

    intrinsics: Intrinsics
    deviation: np.ndarray
    rms: float
    views: list[View]
    tilts: np.ndarray
    errors: list[np.ndarray]

    @property
    def coverage(self) -> float:
        """The share of the image that the boards cover together."""
        width, height = self.intrinsics.width, self.intrinsics.height
        canvas = np.zeros((100, 100), np.uint8)
        for view in self.views:
            hull = cv2.convexHull(view.pixels.astype(np.float32)).reshape(-1, 2)
            cv2.fillConvexPoly(canvas, (hull / (width, height) * 100).astype(np.int32), (1,))
        return float(canvas.mean())


def calibrate(views: Sequence[View], width: int, height: int) -> Calibration:
    """Find the camera: a pinhole with k1, k2, p1, p2 (OpenCV's and ROS' plumb_bob with k3 = 0).

    Args:
        views: Of the board.
        width: Of the images, pixels.
        height: Of the images, pixels.

    Raises:
        VtmError: The views cannot tell.
    """
    if len(views) < FEWEST:
        raise VtmError(
            f"only {len(views)} usable views of the board, {FEWEST} are needed; move it slowly through the whole "
            "picture, near and far, and tilt it"
        )
    _check_sides(views, width, height)
    found = _solve(views, width, height)
    error = np.array([np.sqrt((one**2).sum(-1).mean()) for one in found.errors])
    kept = [view for view, one in zip(views, error, strict=True) if one <= OUTLIER * np.median(error)]
    if FEWEST <= len(kept) < len(views):
        found = _solve(kept, width, height)
    if found.rms > WORST_RMS_PX:
        raise VtmError(
            f"the corners are {found.rms:.1f} px from where any camera would see them, {WORST_RMS_PX:g} at most are "
            "allowed; use a flat board, hold it still, and check --board"
        )
    if np.quantile(found.tilts, 0.75) < TILTED:
        raise VtmError("the board was hardly tilted, so that the focal length is unknown; tilt it by some 30 degrees")
    doubt = float((found.deviation[:2] / (found.intrinsics.fx, found.intrinsics.fy)).max())
    if not doubt <= WORST_FOCAL:
        raise VtmError(
            f"the focal length is known to {100 * doubt:.1f} % only, {100 * WORST_FOCAL:g} % is needed; give "
            "more views, nearer ones, and tilt the board to every side"
        )
    return found


def _check_sides(views: Sequence[View], width: int, height: int) -> None:
    places = np.concatenate([view.pixels for view in views]) / (width, height)
    nearest = {"left": places[:, 0].min(), "upper": places[:, 1].min(),
               "right": 1 - places[:, 0].max(), "lower": 1 - places[:, 1].max()}  # fmt: skip
    missing = [side for side, distance in nearest.items() if distance > SIDE]
    if missing:
        raise VtmError(
            f"the board was never near the {' and '.join(missing)} side of the picture, where lenses distort most; "
            "move it there, too"
        )


def _solve(views: Sequence[View], width: int, height: int) -> Calibration:
    rms, matrix, distortion, turns, ways, deviation, _, _ = cv2.calibrateCameraExtended(
        [view.points.astype(np.float32) for view in views],
        [view.pixels.astype(np.float32) for view in views],
        (width, height), np.eye(3), np.zeros(5), flags=cv2.CALIB_FIX_K3,
    )  # fmt: skip
    errors = [
        cv2.projectPoints(view.points, turn, way, matrix, distortion)[0].reshape(-1, 2) - view.pixels
        for view, turn, way in zip(views, turns, ways, strict=True)
    ]
    fx, fy, cx, cy = (float(value) for value in (matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2]))
    intrinsics = Intrinsics(width, height, fx, fy, cx, cy, tuple(float(value) for value in distortion.ravel()[:5]))
    along = np.array([cv2.Rodrigues(turn)[0][2, 2] for turn in turns])
    tilts = np.degrees(np.arccos(np.minimum(np.abs(along), 1.0)))
    return Calibration(intrinsics, deviation.ravel()[:4], float(rms), list(views), tilts, errors)

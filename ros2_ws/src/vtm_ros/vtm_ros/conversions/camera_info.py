"""From sensor_msgs/CameraInfo to the intrinsics of the image at hand, and back."""

import math

import numpy as np
from sensor_msgs.msg import CameraInfo

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.lens_models import LensModel, lens_model, model_name

SAME_ASPECT = 0.01
"""Largest relative difference between horizontal and vertical scale of a resized image."""


def image_intrinsics(
    info: CameraInfo | None, width: int, height: int, fov: float, rectified: bool = False
) -> tuple[Intrinsics, str]:
    """Intrinsics of an image, and a warning, empty when the calibration fits.

    ROI and binning are applied as image_geometry does: K and D belong to the full sensor. An image resized by its
    driver is followed when its aspect is the same.

    Args:
        info: The calibration, if any.
        width: Of the image, pixels.
        height: Of the image, pixels.
        fov: Degrees along the longer side that are assumed without a usable calibration.
        rectified: Take P instead of K, and no distortion.
    """
    try:
        return _calibrated(info, width, height, rectified)
    except VtmError as fault:
        return Intrinsics.from_fov(width, height, fov), f"{fault}; a field of view of {fov:g} degrees is assumed"


def picture_size(info: CameraInfo | None) -> tuple[int, int]:
    """Width and height of the pictures that a calibration belongs to, pixels.

    Raises:
        VtmError: There is none, or it does not say.
    """
    width, height = (info.roi.width or info.width, info.roi.height or info.height) if info else (0, 0)
    if info is None or min(width, height) <= 0:
        raise VtmError("no camera_info has come that tells the size of the pictures; publish it beside the keypoints")
    return width // max(info.binning_x, 1), height // max(info.binning_y, 1)


def _calibrated(info: CameraInfo | None, width: int, height: int, rectified: bool) -> tuple[Intrinsics, str]:
    if info is None:
        raise VtmError("no camera_info has come")
    matrix = (np.reshape(info.p, (3, 4)) if rectified else np.reshape(info.k, (3, 3)))[:, :3]
    if not matrix.any():
        raise VtmError("camera_info carries no calibration")
    warning = ""
    try:
        lens = LensModel(()) if rectified else lens_model(info.distortion_model, info.d)
    except VtmError as fault:
        lens, warning = LensModel(()), f"{fault}; the distortion is ignored"
    fx, fy, cx, cy = (float(matrix[row, column]) for row, column in ((0, 0), (1, 1), (0, 2), (1, 2)))
    if not all(map(math.isfinite, lens.distortion)):
        raise VtmError("camera_info has distortion coefficients that are no numbers")

    bin_x, bin_y = max(info.binning_x, 1), max(info.binning_y, 1)
    roi = info.roi
    full = (roi.width or info.width) / bin_x, (roi.height or info.height) / bin_y
    scale_x, scale_y = (width / full[0], height / full[1]) if min(full) > 0 else (1.0, 1.0)
    if abs(scale_x / scale_y - 1) > SAME_ASPECT:
        raise VtmError(f"camera_info is for {full[0]:g}x{full[1]:g} pixels, the image has {width}x{height}")
    if abs(scale_x - 1) > SAME_ASPECT:
        resized = f"camera_info is for {full[0]:g}x{full[1]:g} pixels and is scaled to the image's {width}x{height}"
        warning = "; ".join(filter(None, (warning, resized)))
    scale_x, scale_y = scale_x / bin_x, scale_y / bin_y
    return Intrinsics(
        width, height, fx * scale_x, fy * scale_y,
        (cx - roi.x_offset) * scale_x, (cy - roi.y_offset) * scale_y, *lens,
    ), warning  # fmt: skip


def camera_info(intrinsics: Intrinsics | None, width: int, height: int) -> CameraInfo:
    """CameraInfo of an unrectified monocular camera, its header left empty.

    Args:
        intrinsics: None for an uncalibrated camera, K = 0.
        width: Of its images without a calibration, pixels.
        height: Of its images without a calibration, pixels.
    """
    info = CameraInfo(width=width, height=height, distortion_model="plumb_bob")
    if intrinsics is None:
        return info
    size = intrinsics.width, intrinsics.height
    info.distortion_model = model_name(intrinsics)
    info.width, info.height = size
    info.k = intrinsics.matrix.ravel().tolist()
    info.d = [float(value) for value in intrinsics.distortion] or [0.0] * 5
    info.r = np.eye(3).ravel().tolist()
    info.p = np.hstack([intrinsics.matrix, np.zeros((3, 1))]).ravel().tolist()
    return info

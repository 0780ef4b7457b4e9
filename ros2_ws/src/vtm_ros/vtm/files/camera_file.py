"""Camera intrinsics from and to the YAML file that ROS `camera_calibration` and `camera_info_manager` write."""

from pathlib import Path

import numpy as np
import yaml

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.files.file_url import local_path

DISTORTION_LENGTHS = {"plumb_bob": (0, 4, 5), "rational_polynomial": (0, 8)}
"""Supported distortion models and how many coefficients each may have, in OpenCV's order."""


def load_intrinsics(path: str | Path) -> Intrinsics:
    """Read `image_width`, `image_height`, `camera_matrix` and the distortion of a camera_calibration file.

    Raises:
        VtmError: The file is missing, not of that format, or of an unsupported distortion model.
    """
    try:
        document = yaml.safe_load(local_path(path).read_text(encoding="utf-8"))
    except OSError as fault:
        raise VtmError(f"cannot read the camera file {path}: {fault.strerror}; check the path") from fault
    except (UnicodeDecodeError, yaml.YAMLError) as fault:
        raise VtmError(f"{path} is not YAML; give the file that ROS camera_calibration writes") from fault
    try:
        matrix = _numbers(document["camera_matrix"]["data"], 9).reshape(3, 3)
        width, height = int(document["image_width"]), int(document["image_height"])
        coefficients = _numbers(document.get("distortion_coefficients", {}).get("data", []))
        model = str(document.get("distortion_model") or "")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as fault:
        raise VtmError(
            f"{path} is not a camera_calibration file ({type(fault).__name__}: {fault}); it needs image_width, "
            "image_height, camera_matrix (data: 9 numbers) and distortion_coefficients (data: a list)"
        ) from fault
    try:
        distortion = distortion_of(model, coefficients)
        return Intrinsics(width, height, matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2], distortion)
    except VtmError as fault:
        raise VtmError(f"{path}: {fault}") from fault


def save_intrinsics(path: str | Path, intrinsics: Intrinsics, name: str) -> None:
    """Write a camera_calibration file.

    Args:
        path: The file.
        intrinsics: Of the camera.
        name: Of the camera, as ROS drivers compare it with their own.

    Raises:
        VtmError: It cannot be written.
    """
    distortion = intrinsics.distortion or (0.0,) * 5
    lengths = DISTORTION_LENGTHS.items()
    model = next(model for model, allowed in lengths if len(distortion) in allowed)
    matrix = intrinsics.matrix
    document = {
        "image_width": intrinsics.width,
        "image_height": intrinsics.height,
        "camera_name": name,
        "camera_matrix": _table(matrix),
        "distortion_model": model,
        "distortion_coefficients": _table(np.array([distortion])),
        "rectification_matrix": _table(np.eye(3)),
        "projection_matrix": _table(np.column_stack([matrix, np.zeros(3)])),
    }
    with atomic_file(path) as temporary:
        temporary.write_text(yaml.safe_dump(document, sort_keys=False, default_flow_style=None), encoding="utf-8")


def _table(matrix: np.ndarray) -> dict:
    rows, columns = matrix.shape
    return {"rows": rows, "cols": columns, "data": [float(value) for value in matrix.ravel()]}


def distortion_of(model: str, coefficients) -> tuple[float, ...]:
    """OpenCV's distortion of a ROS calibration.

    Args:
        model: Its `distortion_model`; an empty name means plumb_bob.
        coefficients: Of that model.

    Raises:
        VtmError: The model is unknown, or the number of coefficients is not one of the model's.
    """
    coefficients = tuple(float(value) for value in coefficients)
    lengths = DISTORTION_LENGTHS.get(model or "plumb_bob")
    if lengths is None:
        known = ", ".join(DISTORTION_LENGTHS)
        raise VtmError(f"distortion model '{model}' is not supported; rectify the images or calibrate with: {known}")
    if len(coefficients) not in lengths:
        allowed = " or ".join(map(str, lengths[1:]))
        raise VtmError(f"distortion model '{model}' has {len(coefficients)} coefficients; it needs {allowed}")
    return coefficients if any(coefficients) else ()


def _numbers(data, count: int | None = None) -> np.ndarray:
    values = np.array(data, dtype=np.float64)
    if values.ndim != 1 or (count is not None and values.size != count):
        raise ValueError(f"expected a list of {count or 'any number of'} numbers, got {data!r:.80}")
    return values

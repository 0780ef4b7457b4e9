"""Camera intrinsics from the files that calibrations write, and to the YAML of ROS `camera_calibration`."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm.files.camera_document import camera_documents
from vtm.files.file_url import local_path
from vtm.files.git_lfs import check_pulled
from vtm.files.lens_models import FISHEYE, lens_model, model_name
from vtm.files.other_cameras import in_our_words
from vtm.files.plausible_lens import check_lens, windowed

MATRIX = (
    "camera_matrix",
    "cameraMatrix",
    "Camera_Matrix",
    "CameraMatrix",
    "K",
    "k",
    "intrinsic_matrix",
    "mtx",
    "matrix",
)
DISTORTION = (
    "distortion_coefficients", "Distortion_Coefficients", "distortion_coeffs", "distCoeffs", "dist_coeffs",
    "DistCoeffs", "dist_coeff", "distCoeff", "distortions", "distortion", "distCoef", "dist_coef", "coeffs", "dist",
    "D", "d",
)  # fmt: skip
_OF_DISTORTION = re.compile("distort|dist_?c", re.IGNORECASE)
WIDTH, HEIGHT = ("image_width", "image_Width", "width"), ("image_height", "image_Height", "height")
SIZE = ("resolution", "image_size", "imageSize", "size")
_ABSENT = object()
NO_CAMERA = (
    "is not a camera file; it needs image_width, image_height, camera_matrix (data: 9 numbers), distortion_model and "
    "distortion_coefficients (data: a list), or to be one of those that docs/formats.md lists"
)


def load_intrinsics(path: str | Path) -> Intrinsics:
    """Read a camera file: of ROS camera_calibration, OpenCV, Kalibr, visual SLAM, or what `ros2 topic echo` printed.

    Args:
        path: Of the file; of several cameras of one file, `FILE#NAME` gives the one of that name.

    Raises:
        VtmError: The file is missing, of none of these formats, of an unknown lens, or contradicts itself.
    """
    where, camera = str(path), ""
    if "#" in where and not local_path(path).exists():
        where, _, camera = where.rpartition("#")
    check_pulled(local_path(where))
    try:
        text = local_path(where).read_text(encoding="utf-8")
    except OSError as fault:
        raise VtmError(f"cannot read the camera file {where}: {fault.strerror}; check the path") from fault
    except UnicodeDecodeError as fault:
        raise VtmError(f"{where} is not YAML, XML or JSON; give the file that ROS camera_calibration writes") from fault
    try:
        documents = [_one_camera(in_our_words(document), camera) for document in camera_documents(text)]
        found = [_intrinsics(document) for document in documents[:1] or [{}]]
        for document in documents[1:]:
            if _has(document, MATRIX) and _has(document, WIDTH) and _intrinsics(document) != found[0]:
                raise VtmError("holds different calibrations one after the other; keep one")
    except VtmError as fault:
        raise VtmError(f"{path}: {fault}") from fault
    except (TypeError, ValueError, OverflowError) as fault:
        raise VtmError(
            f"{path} is not a camera file ({fault}); it needs numbers where a calibration has them"
        ) from fault
    return found[0]


def _one_camera(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document itself, or that of one of its cameras."""
    cameras = {
        str(key): value
        for key, value in document.items()
        if isinstance(value, dict)
        and (_has(value, ("intrinsics",)) or (_has(value, MATRIX) and _has(value, DISTORTION)))
    }
    if not cameras:
        if name:
            raise VtmError(f"holds one camera, and none by the name {name}; leave #{name} out")
        pair = [key for key in ("K1", "M1", "cameraMatrix1", "camera_matrix_left", "K_l") if key in document]
        if pair:
            raise VtmError(f"is of two cameras ({pair[0]}); save the one that films as camera_matrix")
        return document
    if not name and len(cameras) > 1:
        raise VtmError(f"holds {len(cameras)} cameras; name one: FILE#{next(iter(cameras))}, of {_listed(cameras)}")
    if name and name not in cameras:
        raise VtmError(f"has no camera {name}; it has {_listed(cameras)}")
    return cameras[name or next(iter(cameras))]


def _listed(cameras: dict[str, Any]) -> str:
    names = list(cameras)
    return f"{', '.join(names[:12])}{f' and {len(names) - 12} more' if len(names) > 12 else ''}"


def _intrinsics(document: dict[str, Any]) -> Intrinsics:
    width, height = _size(document)
    kind = str(document.get("camera_model") or "pinhole").strip().lower()
    if "intrinsics" in document and not _has(document, MATRIX):
        if kind != "pinhole":
            raise VtmError(
                f"the camera model '{kind}' is not supported; calibrate with Kalibr's pinhole-radtan, or pinhole-equi "
                "for a wide lens"
            )
        matrix: np.ndarray
        numbers = _numbers(document["intrinsics"])
        if numbers.size == 9:
            matrix = numbers.reshape(3, 3)
        elif numbers.size == 4:
            matrix = np.array([[numbers[0], 0, numbers[2]], [0, numbers[1], numbers[3]], [0, 0, 1]])
        else:
            raise VtmError(f"intrinsics has {numbers.size} numbers; those of a pinhole are fx, fy, cx, cy")
    else:
        matrix = _matrix(document)
    coefficients = _numbers(_value(document, DISTORTION, [])).tolist()
    unread = [key for key, value in document.items() if _OF_DISTORTION.search(key) and isinstance(value, list | dict)]
    if unread and not _has(document, DISTORTION):
        raise VtmError(f"has {unread[0]}, which is not understood; call the lens' numbers distortion_coefficients")
    lens = lens_model(_model(document, len(coefficients)), coefficients)
    found = check_lens(width, height, matrix, *lens)
    return windowed(found, document["roi"], document) if isinstance(document.get("roi"), dict) else found


def _matrix(document: dict[str, Any]) -> np.ndarray:
    given = _value(document, MATRIX, _ABSENT)
    if given is _ABSENT:
        raise VtmError(NO_CAMERA)
    numbers = _numbers(given)
    if numbers.size != 9:
        raise VtmError(f"camera_matrix has {numbers.size} numbers; it needs 9 numbers, row by row")
    matrix = numbers.reshape(3, 3)
    by_columns = "intrinsic_matrix" in document and not matrix[:2, 2].any()  # as Open3D writes it
    return matrix.T if by_columns else matrix


def _model(document: dict[str, Any], count: int) -> str:
    """ROS' name of the model, empty where the number of coefficients tells it."""
    name = str(document.get("distortion_model") or "")
    fisheye = str(document.get("fisheye_model", document.get("fisheye", ""))).strip().lower()
    if fisheye in ("1", "true"):
        if name and lens_model(name, ()).fisheye is False:
            raise VtmError(f"says fisheye and distortion_model '{name}'; keep the one that is true")
        return name or FISHEYE
    return name or ("plumb_bob" if fisheye in ("0", "false") and count == 4 else "")


def _size(document: dict[str, Any]) -> tuple[int, int]:
    if _has(document, WIDTH) and _has(document, HEIGHT):
        given = [_value(document, WIDTH, 0), _value(document, HEIGHT, 0)]
    elif _has(document, SIZE):
        given = _numbers(_value(document, SIZE, [])).tolist()
    elif _has(document, MATRIX) or "intrinsics" in document:
        raise VtmError("does not say for which size of picture it is; add image_width and image_height")
    else:
        raise VtmError(NO_CAMERA)
    numbers = _numbers(given)
    if numbers.size != 2 or (numbers != numbers.round()).any() or not (numbers > 0).all():
        raise VtmError(
            f"the picture is {' x '.join(f'{n:g}' for n in numbers)}, which is unusable; give image_width and "
            "image_height in pixels, positive whole numbers"
        )
    return int(numbers[0]), int(numbers[1])


def _numbers(given: Any) -> np.ndarray:
    """A list, a list of lists, or a matrix with its rows and columns, as (N,) float64."""
    if isinstance(given, dict):
        if "data" not in given:
            raise ValueError(f"expected data: a list of numbers, got {str(given):.80}")
        values = _numbers(given["data"])
        rows, columns = given.get("rows"), given.get("cols")
        if rows is not None and columns is not None and int(rows) * int(columns) != values.size:
            raise VtmError(f"a matrix of {rows} x {columns} has {values.size} numbers; the file is damaged")
        return values
    flat: list[Any] = []
    for row in given if isinstance(given, list) else [given]:
        flat.extend(row if isinstance(row, list) else [row])
    if any(isinstance(value, bool) or value is None for value in flat):
        raise ValueError(f"expected numbers, got {str(given):.80}")
    return np.array([float(value) for value in flat], dtype=np.float64)


def _has(document: dict[str, Any], names: tuple[str, ...]) -> bool:
    return any(name in document for name in names)


def _value(document: dict[str, Any], names: tuple[str, ...], default: Any) -> Any:
    return next((document[name] for name in names if document.get(name) is not None), default)


def save_intrinsics(path: str | Path, intrinsics: Intrinsics, name: str) -> None:
    """Write a camera_calibration file.

    Args:
        path: The file.
        intrinsics: Of the camera.
        name: Of the camera, as ROS drivers compare it with their own.

    Raises:
        VtmError: It cannot be written.
    """
    matrix = intrinsics.matrix
    document = {
        "image_width": intrinsics.width,
        "image_height": intrinsics.height,
        "camera_name": name,
        "camera_matrix": _table(matrix),
        "distortion_model": model_name(intrinsics),
        "distortion_coefficients": _table(np.array([intrinsics.distortion or (0.0,) * 5])),
        "rectification_matrix": _table(np.eye(3)),
        "projection_matrix": _table(np.column_stack([matrix, np.zeros(3)])),
    }
    with atomic_file(path) as temporary:
        temporary.write_text(yaml.safe_dump(document, sort_keys=False, default_flow_style=None), encoding="utf-8")


def _table(matrix: np.ndarray) -> dict:
    rows, columns = matrix.shape
    return {"rows": rows, "cols": columns, "data": [float(value) for value in matrix.ravel()]}

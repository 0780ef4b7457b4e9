"""Where several cameras are: the files of Pose2Sim and Anipose (.toml), of Qualisys (.qca.txt), and YAML or JSON.

All of them but Qualisys' say x_camera = R x_world + t, as OpenCV does; R may be nine numbers or a rotation vector.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from vtm.body.rotations import matrix_from_rotvec
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.camera_document import camera_documents
from vtm.files.file_url import local_path
from vtm.files.lens_models import lens_model
from vtm.files.plausible_lens import check_lens
from vtm.types import CameraPose

SOURCE = "calibration"
"""What `CameraPose.source` says of these poses."""
_SIZE, _MATRIX = ("size", "image_size", "resolution"), ("matrix", "camera_matrix", "K")
_DISTORTION = ("distortions", "distortion", "distortion_coefficients", "dist")
_ROTATION, _TRANSLATION = ("rotation", "R", "rvec"), ("translation", "t", "T", "tvec")
_QUALISYS_PIXEL = 64.0
"""Qualisys counts 64 to a pixel, and Pose2Sim, whose calibrations these are, its distortions likewise."""
_NOT_TURNED = 1e-3


@dataclass(frozen=True, eq=False)
class RigCamera:
    """One camera of a rig.

    Attributes:
        name: Of it.
        lens: Of its pictures.
        pose: In the axes that all cameras share.
    """

    name: str
    lens: Intrinsics
    pose: CameraPose


def load_rig(path: str | Path) -> dict[str, RigCamera]:
    """The cameras of a file by their names, in its order.

    Raises:
        VtmError: The file is missing, of none of these formats, or lacks something.
    """
    try:
        text = local_path(path).read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise VtmError(f"cannot read the cameras' file {path}: {fault.strerror}; check the path") from fault
    except UnicodeDecodeError as fault:
        raise VtmError(f"{path} is no text; give Pose2Sim's Calib.toml, Qualisys' .qca.txt, YAML or JSON") from fault
    try:
        if text.lstrip().startswith("<"):
            found = _of_qualisys(text)
        else:
            found = [_camera(name, table) for name, table in _tables(text).items() if _is_camera(table)]
        if not found:
            raise VtmError("holds no camera with matrix, rotation and translation; see docs/guides/several_cameras.md")
    except VtmError as fault:
        raise VtmError(f"{path}: {fault}") from fault
    except (ElementTree.ParseError, TypeError, ValueError, KeyError, AttributeError) as fault:
        raise VtmError(
            f"{path} does not tell the cameras' poses ({fault}); give Pose2Sim's Calib.toml, Qualisys' .qca.txt, YAML "
            "or JSON as docs/guides/several_cameras.md has it"
        ) from fault
    return {camera.name: camera for camera in found}


def _tables(text: str) -> dict[str, Any]:
    documents = camera_documents(text)
    document = documents[0] if documents else {}
    cameras = document.get("cameras", document)
    if isinstance(cameras, list):
        return {str(camera.get("name", f"cam{number}")): camera for number, camera in enumerate(cameras)}
    return {str(name): table for name, table in cameras.items()}


def _is_camera(table: Any) -> bool:
    return isinstance(table, dict) and any(key in table for key in _MATRIX) and any(key in table for key in _ROTATION)


def _camera(name: str, table: dict[str, Any]) -> RigCamera:
    size = _numbers(table, _SIZE, name) if any(key in table for key in _SIZE) else np.array(
        [float(table["image_width"]), float(table["image_height"])]
    )  # fmt: skip
    matrix, way = _numbers(table, _MATRIX, name), _numbers(table, _TRANSLATION, name)
    turn = _numbers(table, _ROTATION, name)
    bent = _numbers(table, _DISTORTION, name) if any(key in table for key in _DISTORTION) else np.zeros(0)
    if (size.size, matrix.size, way.size) != (2, 9, 3) or turn.size not in (3, 9):
        raise VtmError(
            f"camera {name} needs a size of 2, a matrix of 9, a rotation of 3 or 9, a translation of 3 numbers"
        )
    rotation = turn.reshape(3, 3) if turn.size == 9 else matrix_from_rotvec(turn)
    wide = str(table.get("fisheye", False)).lower() in ("true", "1")
    model = str(table.get("distortion_model") or ("equidistant" if wide else "plumb_bob" if bent.size <= 5 else ""))
    lens = lens_model(model, bent.tolist())
    return _placed(str(table.get("name", name)), size, matrix.reshape(3, 3), lens, rotation.T, -rotation.T @ way)


def _of_qualisys(text: str) -> list[RigCamera]:
    """[Qualisys] rotates optical axes with y up and z backwards into the world, and counts millimetres."""
    found: list[RigCamera] = []
    for camera in ElementTree.fromstring(text).iter("camera"):
        place, lens, view = (camera.find(tag) for tag in ("transform", "intrinsic", "fov_video"))
        if place is None or lens is None or view is None:
            continue
        rotation = np.array([[float(place.attrib[f"r{row}{column}"]) for column in (1, 2, 3)] for row in (1, 2, 3)])
        names = ("focalLengthU", "focalLengthV", "centerPointU", "centerPointV")
        fx, fy, cx, cy = (float(lens.attrib[name]) / _QUALISYS_PIXEL for name in names)
        bends = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2")
        bent = tuple(float(lens.attrib[name]) / _QUALISYS_PIXEL for name in bends)
        left, right, top, bottom = (float(view.attrib[side]) for side in ("left", "right", "top", "bottom"))
        size = np.array([right - left + 1, bottom - top + 1])
        matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])
        axes = (np.diag([1.0, -1.0, -1.0]) @ rotation).T
        where = np.array([float(place.attrib[axis]) / 1000 for axis in "xyz"])
        name = camera.attrib.get("serial", f"cam{len(found)}")
        found.append(_placed(name, size, matrix, lens_model("plumb_bob", bent), axes, where))
    return found


def _placed(
    name: str, size: np.ndarray, matrix: np.ndarray, lens: tuple, rotation: np.ndarray, position: np.ndarray
) -> RigCamera:
    away = np.abs(rotation @ rotation.T - np.eye(3)).max()
    if not (np.isfinite(position).all() and away < _NOT_TURNED) or np.linalg.det(rotation) < 0:
        raise VtmError(f"the pose of camera {name} is none: its rotation is no rotation; calibrate again")
    width, height = (int(side) for side in size)
    return RigCamera(name, check_lens(width, height, matrix, *lens), CameraPose(rotation, position, source=SOURCE))


def _numbers(table: dict[str, Any], names: tuple[str, ...], camera: str) -> np.ndarray:
    given = next((table[name] for name in names if table.get(name) is not None), None)
    if given is None:
        raise VtmError(f"camera {camera} has no {names[0]}; a rig needs size, matrix, rotation and translation of each")
    if isinstance(given, dict):
        given = given["data"]
    return np.array([float(number) for row in given for number in (row if isinstance(row, list) else [row])])

"""Keypoints from arrays: NPZ and NPY files, and nested lists of numbers."""

from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from vtm.body.conventions import BY_COUNT, COUNTS
from vtm.errors import VtmError
from vtm_trt.keypoint_files.detections import Detection, Detections
from vtm_trt.keypoint_files.points import SCORES, unrolled, with_confidence

NAMES = ("keypoints", "kpts", "keypoints_2d", "positions_2d", "pose", "poses", "data", "arr_0")
ALSO = (
    "K", "fps", "image_size", "boxes", "distortion", "fisheye", "stamps", "keypoint_convention", "definition", *SCORES,
)  # fmt: skip
"""Keys of a file that mean something; `definition` is the older name of `keypoint_convention`."""
MOTION = "quat_local"
"""A key that motion files have: their cameras may be cut out of a larger picture, and their keypoints are ours."""
_MULTIPOSE = 56
"""MoveNet's people: 17 points, the box and its score."""


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an NPZ or NPY file that mean something, float64, by their names in docs/formats.md.

    Raises:
        VtmError: It is damaged, or holds something else.
    """
    with open(path, "rb") as file:
        if file.read(6) == b"\x93NUMPY":
            file.seek(0)
            try:
                found = np.load(file, allow_pickle=False)
            except (ValueError, EOFError, SyntaxError, MemoryError) as fault:
                raise VtmError("is a damaged .npy file, or holds no plain numbers; write it with numpy.save") from fault
            return {"keypoints": _numbers("the array", found)}
        file.seek(0)
        try:
            return _of_archive(file)
        except (BadZipFile, ZlibError, EOFError, NotImplementedError, MemoryError) as fault:
            raise VtmError("is not an .npz file, or is damaged; write it with numpy.savez") from fault


def _of_archive(file: Any) -> dict[str, np.ndarray]:
    with np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
        own = next((name for name in NAMES if name in archive.files), None)
        if own is None:
            own = _by_shape(archive)
        arrays = {}
        for key in (own, *(key for key in ALSO if key in archive.files and key != own)):
            try:
                value = archive[key]
            except ValueError as fault:
                raise VtmError(f"{key} cannot be read ({fault}); store plain numbers") from fault
            if key == "confidence" and value.shape != archive[own].shape[:-1]:
                continue  # a motion file's, of joints
            arrays["keypoints" if key == own else key] = _numbers(key, value)
        if MOTION in archive.files:
            arrays[MOTION] = np.zeros(0)
        return arrays


def _by_shape(archive: Any) -> str:
    """The name of the only array that may be keypoints."""
    files = archive.files
    try:
        fitting = [name for name in files if name not in ALSO and _points(archive[name].shape)]
    except ValueError:  # pickled
        fitting = []
    if len(files) == 1 or len(fitting) == 1:
        return fitting[0] if fitting else files[0]
    raise VtmError(f"lacks keypoints; it has {', '.join(files[:8]) or 'nothing'}")


def _points(shape: tuple[int, ...]) -> bool:
    return len(shape) in (3, 4) and shape[-2] in COUNTS and 2 <= shape[-1] <= 5


def _numbers(key: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "b" and key != "fisheye"):
        raise VtmError(f"{key} has type {array.dtype}; it must be real numbers")
    return np.asarray(array, dtype=np.float64)


def detections_of_array(values: np.ndarray, scores: np.ndarray | None) -> Detections:
    """The people of every frame.

    Args:
        values: (T, P, C) of one person or (T, N, P, C) of several, P the number of points of a convention and C as in
            `with_confidence`.
        scores: (T, P) or (T, N, P), where they come apart.

    Raises:
        VtmError: It is of another shape.
    """
    shape = values.shape
    if values.ndim == 3 and shape[-1] == _MULTIPOSE:
        values = values[..., :51].reshape(*shape[:2], 17, 3)
    if values.ndim == 2 and len(values) and shape[1] > 5:  # a frame in a row
        values = np.stack([unrolled(row) for row in values])
    while values.ndim > 4 and 1 in values.shape[1:-2]:
        values = values.squeeze(1 + values.shape[1:-2].index(1))
    if values.ndim == 4 and len(values) == 1 and _one_walks_on(values[0]):
        values = values[0]
    if not _points(values.shape) or not len(values):
        known = ", ".join(map(str, sorted(BY_COUNT)))
        raise VtmError(
            f"keypoints has shape {shape}; it must be (T, P, 3) of one person, or (T, people, P, 3), with T of 1 or "
            f"more and P of {known}"
        )
    if scores is not None:
        scores = scores.reshape(values.shape[:-1]) if scores.size == values[..., 0].size else scores
    points = with_confidence(values, scores)
    if points.ndim == 3:
        points = points[:, None]
    found = Detections(points=points.shape[-2])
    for number, people in enumerate(points):
        found.frames[number] = [Detection(one) for one in people if (one[:, 2] > 0).any()]
    return found


def _one_walks_on(rows: np.ndarray) -> bool:
    """Whether rows (N, P, C) are one person in N frames, who moves little between them, and not N people in a frame."""
    places = np.where((rows[..., :2] == 0).all(-1, keepdims=True), np.nan, rows[..., :2])
    size = np.nanmedian(np.linalg.norm(np.nanmax(places, 1) - np.nanmin(places, 1), axis=-1)) if len(rows) > 2 else 0.0
    way = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    return bool(size > 0 and np.nanmedian(way) < 0.2 * size)

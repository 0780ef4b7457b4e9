"""Two-dimensional keypoints of one person over a clip, from any detector: the files that `vtm lift` reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtm.body.conventions import canonical_points
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.files.git_lfs import check_pulled
from vtm.files.plausible_lens import check_lens
from vtm.types import Observation
from vtm_trt.keypoint_files.arrays import MOTION, detections_of_array, read_arrays
from vtm_trt.keypoint_files.detections import Detections, one_person, rows_of, seconds_of
from vtm_trt.keypoint_files.json_files import detections_of, loaded, read_folder
from vtm_trt.keypoint_files.point_order import check_order, convention_of
from vtm_trt.keypoint_files.points import SCORES
from vtm_trt.keypoint_files.reading import Reading, check_place, clipped_scores, in_pixels

CONVENTION = ("keypoint_convention", "definition")
"""The key that says where keypoints lie, and its name in older files."""
FASTEST_FPS = 1000.0
_AS_ARRAY = "write x, y and confidence as an array (T, points, 3) with numpy.save, or save the network's own JSON"
_UNREAD = {
    ".csv": f"is a table, whose columns every program calls otherwise (DeepLabCut, MediaPipe, ...); {_AS_ARRAY}",
    ".h5": f"is HDF5, as DeepLabCut and SLEAP write it; {_AS_ARRAY}",
    **dict.fromkeys((".pkl", ".pickle"), f"is a pickle, which could run any program; {_AS_ARRAY}"),
    **dict.fromkeys((".trc", ".c3d"), "holds points in space, and not in pictures; vtm data import reads motion"),
}
"""Files by which people try, and what to do with them."""
USUAL_FOV = 60.0
"""Degrees along the longer side, of a camera that nobody knows."""


@dataclass(frozen=True, eq=False)
class KeypointClip:
    """The keypoints of one person in T frames.

    Attributes:
        keypoints: (T, 23, 3) float32 pixels x, y and confidence, all finite.
        intrinsics: Of every frame.
        stamps_ns: T nanoseconds, increasing.
        fps: Frames/s.
        boxes: (T, 4) float64 pixels x, y of the corner, width, height, NaN where unknown; None without boxes.
        keypoint_convention: Where the keypoints lie, as in `Observation`.
        notes: How the file was understood, where it could be otherwise.
    """

    keypoints: np.ndarray
    intrinsics: Intrinsics
    stamps_ns: list[int]
    fps: float
    boxes: np.ndarray | None
    keypoint_convention: float = 0.0
    notes: tuple[str, ...] = ()

    def observations(self) -> list[Observation]:
        """One per frame."""
        boxes = [None] * len(self.keypoints) if self.boxes is None else self.boxes
        return [
            Observation(
                stamp_ns=stamp_ns,
                intrinsics=self.intrinsics,
                keypoints=points[:, :2],
                confidence=points[:, 2].copy(),  # networks take nothing strided
                box=box if box is not None and np.isfinite(box).all() else None,
                keypoint_convention=self.keypoint_convention,
            )
            for stamp_ns, points, box in zip(self.stamps_ns, self.keypoints, boxes, strict=True)
        ]

    @classmethod
    def load(cls, path: str | Path, reading: Reading | None = None) -> "KeypointClip":
        """Read keypoints as docs/formats.md has them: a file of ours, or what a 2D network wrote.

        Args:
            path: A file (.npz, .npy, .json), or a folder of OpenPose's files.
            reading: What the file does not say.

        Raises:
            VtmError: The file is missing, damaged, of another format, or contradicts itself; it says what is wrong.
        """
        try:
            return _clip(Path(path), reading or Reading())
        except OSError as fault:
            raise VtmError(f"cannot read the keypoints {path}: {fault.strerror or fault}; check the path") from fault
        except VtmError as fault:
            raise VtmError(f"{path}: {fault}; docs/formats.md describes the file") from fault
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, IndexError) as fault:
            raise VtmError(
                f"{path} cannot be understood ({type(fault).__name__}: {fault}); docs/formats.md describes the file"
            ) from fault


def _clip(path: Path, reading: Reading) -> KeypointClip:
    arrays: dict[str, np.ndarray] = {}
    check_pulled(path)
    if path.suffix.lower() in _UNREAD:
        raise VtmError(_UNREAD[path.suffix.lower()])
    if path.is_dir():
        found = read_folder(path)
    elif _is_json(path):
        found = _of_json(loaded(path), arrays)
    else:
        arrays = read_arrays(path)
        found = _of_arrays(arrays)
    count = found.count()
    rows, step = rows_of(list(found.frames), found.first)
    timed = ""
    if "stamps" not in arrays and reading.fps is None:
        seconds, timed = seconds_of(found.times, rows)
        if seconds is not None:
            arrays["stamps"] = seconds
        if found.fps is not None:
            arrays.setdefault("fps", np.array(found.fps))
    convention, guessed = convention_of(count, reading.convention, found.convention)
    chosen, who = one_person(found, reading.person)
    points = np.tile(np.array([np.nan, np.nan, 0.0]), (len(rows), count, 1))
    for row, number in enumerate(rows):
        if number in chosen:
            points[row] = chosen[number]
    if not (points[..., 2] > 0).any():
        raise VtmError(
            "holds no keypoint that is seen: all are 0, 0, no numbers, or of a confidence that is not above 0"
        )
    points, clipped = clipped_scores(points)
    apart = f"frames are numbered in steps of {step}: there is every {step}th of the film" if step > 1 else ""
    rate = _fps(arrays, reading)
    size = _size(arrays, found, reading)
    points, scaled = in_pixels(points, size, convention, reading.normalised)
    points = canonical_points(points, convention)
    own = MOTION in arrays
    intrinsics, assumed = _intrinsics(arrays, size, reading, checked=not own)
    odd = () if own else (check_place(points, size), check_order(points, convention, reading.convention is not None))
    return KeypointClip(
        _clean(points, intrinsics),
        intrinsics,
        [round(stamp * 1e9) for stamp in _stamps(arrays, rows, rate, found.first)],
        rate / step,
        _boxes(_shaped(arrays, "boxes", (len(rows), 4))) if "boxes" in arrays else None,
        _lie(arrays, convention.keypoint_convention),
        tuple(note for note in (guessed, who, apart, timed, clipped, scaled, assumed, *odd) if note),
    )


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1) in (b"[", b"{", b"\xef", b" ", b"\n")


def _of_json(document: object, arrays: dict[str, np.ndarray]) -> Detections:
    """The people of a JSON document; what else it says, as the keys of an NPZ, goes into `arrays`."""
    values = document.get("keypoints", document.get("frames")) if isinstance(document, dict) else document
    if isinstance(values, list) and _depth(values) >= 3:
        if isinstance(document, dict):
            known = ("K", "fps", "image_size", "stamps", "distortion", "fisheye", *SCORES)
            arrays.update({key: np.array(document[key], float) for key in known if key in document})
        arrays["keypoints"] = np.array(values, float)
        return _of_arrays(arrays)
    return detections_of(document)


def _depth(values: object) -> int:
    """How deeply lists of numbers are nested, 0 where they hold something else."""
    depth = 0
    while isinstance(values, list) and values:
        values, depth = values[0], depth + 1
    return depth if isinstance(values, int | float) or values is None else 0


def _of_arrays(arrays: dict[str, np.ndarray]) -> Detections:
    return detections_of_array(arrays["keypoints"], next((arrays[key] for key in SCORES if key in arrays), None))


def _fps(arrays: dict[str, np.ndarray], reading: Reading) -> float:
    if reading.fps is not None:
        fps = reading.fps
    elif "fps" in arrays:
        fps = float(_shaped(arrays, "fps", ()))
    elif "stamps" in arrays and arrays["stamps"].size > 1:
        fps = 1 / max(float(np.median(np.diff(arrays["stamps"]))), 1e-9)
    else:
        raise VtmError("lacks fps, the frames per second; give --fps, or the film with --video")
    if not 0 < fps <= FASTEST_FPS:
        raise VtmError(f"fps is {fps:g}; give the frames per second, above 0 and at most {FASTEST_FPS:g}")
    return fps


def _size(arrays: dict[str, np.ndarray], found: Detections, reading: Reading) -> tuple[int, int]:
    """Width and height, on which all who say them agree."""
    lens = reading.intrinsics
    told = {
        "the size given": reading.size,
        "image_size": _whole(_shaped(arrays, "image_size", (2,))) if "image_size" in arrays else None,
        "the file": found.size,
        "the calibration": (lens.width, lens.height) if lens else None,
    }
    known = {name: size for name, size in told.items() if size is not None}
    if not known:
        raise VtmError("lacks image_size, the size of the pictures; give --size WIDTHxHEIGHT, or the film with --video")
    if len(set(known.values())) > 1:
        listed = ", ".join(f"{name} says {width} x {height}" for name, (width, height) in known.items())
        raise VtmError(f"is of pictures of different sizes: {listed}; give the size that the keypoints were found in")
    return next(iter(known.values()))


def _whole(size: np.ndarray) -> tuple[int, int]:
    if not np.isfinite(size).all() or (size < 1).any() or (size != size.round()).any():
        raise VtmError(f"image_size is {size.tolist()}; it must be two whole numbers, width and height in pixels")
    return int(size[0]), int(size[1])


def _intrinsics(
    arrays: dict[str, np.ndarray], size: tuple[int, int], reading: Reading, checked: bool
) -> tuple[Intrinsics, str]:
    """The camera, and in words what was assumed of it."""
    if reading.intrinsics is not None:
        return reading.intrinsics, ""
    if "K" not in arrays or reading.fov is not None:
        assumed = f"a field of view of {USUAL_FOV:g} degrees is assumed (--intrinsics or --fov tells it)"
        return Intrinsics.from_fov(*size, reading.fov or USUAL_FOV), "" if reading.fov else assumed
    matrix = _shaped(arrays, "K", (3, 3))
    coefficients = tuple(arrays["distortion"].ravel().tolist()) if "distortion" in arrays else ()
    fisheye = bool(arrays["fisheye"].any()) if "fisheye" in arrays else False
    if checked:
        return check_lens(*size, matrix, coefficients, fisheye), ""
    (fx, skew, cx), (lower, fy, cy), last = matrix.tolist()
    if (skew, lower) != (0, 0) or last != [0, 0, 1]:
        raise VtmError("K must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in pixels")
    return Intrinsics(*size, fx, fy, cx, cy, coefficients, fisheye), ""


def _stamps(arrays: dict[str, np.ndarray], rows: Sequence[int], fps: float, first: int) -> list[float]:
    """Seconds of every row; the first frame of the video is at 0."""
    if "stamps" in arrays:
        stamps = _shaped(arrays, "stamps", (len(rows),))
    else:
        stamps = (np.array(rows) - (rows[0] if rows[0] <= first + 1 else first)) / fps
    if not np.isfinite(stamps).all() or (np.diff(stamps) < 1e-6).any() or np.abs(stamps).max() > 1e9:
        raise VtmError("stamps must be finite seconds that increase from frame to frame")
    return stamps.tolist()


def _lie(arrays: dict[str, np.ndarray], usual: float) -> float:
    lie = next((float(_shaped(arrays, key, ())) for key in CONVENTION if key in arrays), usual)
    if not 0 <= lie <= 1:
        raise VtmError(f"{CONVENTION[0]} is {lie:g}; give 0 for keypoints on the joints, 1 for BlazePose's or between")
    return lie


def _shaped(arrays: dict[str, np.ndarray], key: str, shape: tuple[int, ...]) -> np.ndarray:
    array = arrays[key]
    if array.shape != shape and 1 in array.shape:
        array = array.squeeze()  # MATLAB and others have no scalars
    if array.shape != shape:
        raise VtmError(f"{key} has shape {arrays[key].shape}; it must be {shape}")
    return array


def _boxes(boxes: np.ndarray) -> np.ndarray:
    if (boxes[:, 2:] <= 0).any():
        raise VtmError("boxes must be x, y, width, height with a positive width and height, or NaN where unknown")
    return boxes


def _clean(points: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Keypoints that are not finite become missing ones: confidence 0, at the image's centre."""
    missing = ~np.isfinite(points).all(-1, keepdims=True)
    return np.where(missing, (intrinsics.cx, intrinsics.cy, 0.0), points).astype(np.float32)

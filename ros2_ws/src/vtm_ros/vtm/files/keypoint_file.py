"""Two-dimensional keypoints of one person over a clip, from any detector: the file that `vtm lift` reads."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Observation

REQUIRED = ("keypoints", "K", "fps", "image_size")
CONVENTION = ("keypoint_convention", "definition")
"""The key that says where keypoints lie, and its name in older files."""
FASTEST_FPS = 1000.0


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
    """

    keypoints: np.ndarray
    intrinsics: Intrinsics
    stamps_ns: list[int]
    fps: float
    boxes: np.ndarray | None
    keypoint_convention: float = 0.0

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
    def load(cls, path: str | Path) -> "KeypointClip":
        """Read a file of the format in docs/formats.md.

        Raises:
            VtmError: The file is missing, damaged or of another format; it says what is wrong.
        """
        try:
            return _parse(_read(path))
        except OSError as fault:
            raise VtmError(f"cannot read the keypoints {path}: {fault.strerror or fault}; check the path") from fault
        except (BadZipFile, ZlibError, EOFError, NotImplementedError) as fault:
            raise VtmError(f"{path} is not an .npz file, or is damaged; write it with numpy.savez") from fault
        except VtmError as fault:
            raise VtmError(f"{path}: {fault}; docs/formats.md describes the file") from fault


def _read(path: str | Path) -> dict[str, np.ndarray]:
    with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
        missing = [key for key in REQUIRED if key not in archive.files]
        if missing:
            raise VtmError(f"lacks {', '.join(missing)}; a keypoint file has {', '.join(REQUIRED)}")
        wanted = [key for key in (*REQUIRED, "boxes", "distortion", "stamps", *CONVENTION) if key in archive.files]
        arrays = {}
        for key in wanted:
            try:
                arrays[key] = archive[key]
            except ValueError as fault:
                raise VtmError(f"{key} cannot be read ({fault}); store plain numbers") from fault
            if arrays[key].dtype.kind not in "fiu":
                raise VtmError(f"{key} has type {arrays[key].dtype}; it must be real numbers")
        return {key: np.asarray(array, dtype=np.float64) for key, array in arrays.items()}


def _parse(arrays: dict[str, np.ndarray]) -> KeypointClip:
    keypoints = arrays["keypoints"]
    if keypoints.ndim != 3 or keypoints.shape[1:] != (NUM_KEYPOINTS, 3) or not len(keypoints):
        raise VtmError(f"keypoints has shape {keypoints.shape}; it must be (T, {NUM_KEYPOINTS}, 3) with T of 1 or more")
    frames = len(keypoints)
    fps = float(_shaped(arrays, "fps", ()))
    if not 0 < fps <= FASTEST_FPS:
        raise VtmError(f"fps is {fps:g}; give the frames per second, above 0 and at most {FASTEST_FPS:g}")
    matrix, size = _shaped(arrays, "K", (3, 3)), _shaped(arrays, "image_size", (2,))
    intrinsics = _intrinsics(matrix, size, arrays.get("distortion"))
    boxes = _boxes(_shaped(arrays, "boxes", (frames, 4))) if "boxes" in arrays else None
    stamps = _shaped(arrays, "stamps", (frames,)) if "stamps" in arrays else np.arange(frames) / fps
    if not np.isfinite(stamps).all() or (np.diff(stamps) < 1e-6).any() or np.abs(stamps).max() > 1e9:
        raise VtmError("stamps must be finite seconds that increase from frame to frame")
    convention = next((float(_shaped(arrays, key, ())) for key in CONVENTION if key in arrays), 0.0)
    if not 0 <= convention <= 1:
        raise VtmError(
            f"{CONVENTION[0]} is {convention:g}; give 0 for keypoints on the joints, 1 for BlazePose's or between"
        )
    stamps_ns = [round(stamp * 1e9) for stamp in stamps.tolist()]
    return KeypointClip(_clean(keypoints, intrinsics), intrinsics, stamps_ns, fps, boxes, convention)


def _shaped(arrays: dict[str, np.ndarray], key: str, shape: tuple[int, ...]) -> np.ndarray:
    if arrays[key].shape != shape:
        raise VtmError(f"{key} has shape {arrays[key].shape}; it must be {shape}")
    return arrays[key]


def _intrinsics(matrix: np.ndarray, size: np.ndarray, distortion: np.ndarray | None) -> Intrinsics:
    if not np.isfinite(size).all() or (size < 1).any() or (size != size.round()).any():
        raise VtmError(f"image_size is {size.tolist()}; it must be two whole numbers, width and height in pixels")
    (fx, skew, cx), (lower, fy, cy), last = matrix.tolist()
    if (skew, lower) != (0, 0) or last != [0, 0, 1]:
        raise VtmError("K must be [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] in pixels")
    coefficients = () if distortion is None else tuple(distortion.ravel().tolist())
    if len(coefficients) not in (0, 4, 5, 8):
        raise VtmError(f"distortion has {len(coefficients)} coefficients; OpenCV's are 0, 4, 5 or 8")
    return Intrinsics(int(size[0]), int(size[1]), fx, fy, cx, cy, coefficients)


def _boxes(boxes: np.ndarray) -> np.ndarray:
    if (boxes[:, 2:] <= 0).any():
        raise VtmError("boxes must be x, y, width, height with a positive width and height, or NaN where unknown")
    return boxes


def _clean(keypoints: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Keypoints that are not finite become missing ones: confidence 0, at the image's centre."""
    missing = ~np.isfinite(keypoints).all(-1, keepdims=True)
    cleaned = np.where(missing, (intrinsics.cx, intrinsics.cy, 0.0), keypoints)
    if cleaned[..., 2].min() < 0 or cleaned[..., 2].max() > 1:
        raise VtmError("the confidence, keypoints[..., 2], must be between 0 and 1")
    return cleaned.astype(np.float32)

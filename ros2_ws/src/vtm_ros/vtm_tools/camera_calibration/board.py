"""The board, and where it is in a picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from vtm.errors import VtmError

SEARCH_PX = 960
"""The board is looked for in a picture of at most this size; its corners are then found in the whole one."""
LEAST_CORNERS = 8
"""Of a ChArUco board, which may be partly hidden."""
MARKER_SHARE = 0.75
"""Of a square's side: the side of the marker in it."""
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)


@dataclass(frozen=True, eq=False)
class View:
    """One picture of the board.

    Attributes:
        points: (N, 3) m on the board.
        pixels: (N, 2) where they are seen.
        outline: (4, 2) px of the board's corners.
        sharpness: How abrupt its edges are; only for comparison.
    """

    points: np.ndarray
    pixels: np.ndarray
    outline: np.ndarray
    sharpness: float


class Board:
    """A chessboard, or with a `dictionary` a ChArUco board.

    Args:
        columns: Inner corners.
        rows: Inner corners.
        square: Side of a square, metres.
        dictionary: Name of OpenCV's ArUco dictionary, such as "4X4_50".
        marker: Side of a marker over that of a square.

    Raises:
        VtmError: There is no such board.
    """

    def __init__(
        self, columns: int, rows: int, square: float, dictionary: str | None = None, marker: float = MARKER_SHARE
    ):
        if min(columns, rows) < 3 or max(columns, rows) > 50:
            raise VtmError(f"a board of {columns}x{rows} inner corners cannot be used; give 3 to 50 each way, like 9x6")
        if not 0 < square < 10 or not 0 < marker < 1:
            raise VtmError(
                f"a square of {square} m with markers of {marker} of it is no board; give metres, like 0.025"
            )
        self.size = columns, rows
        across, down = np.meshgrid(np.arange(columns), np.arange(rows))
        self.points = np.stack([across, down, 0 * down], -1).reshape(-1, 3) * square
        self._detectors = _charuco(columns, rows, square, dictionary, marker) if dictionary else []
        self._charuco = bool(dictionary)

    def see(self, image: np.ndarray) -> View | None:
        """Find the board in `image` (H, W, 3) BGR; None where it is not."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        found = self._charuco_corners(grey) if self._charuco else self._chessboard_corners(grey)
        if found is None:
            return None
        which, pixels = found
        plane, _ = cv2.findHomography(self.points[which, :2], pixels)
        if plane is None:
            return None
        ends = self.points[[0, self.size[0] - 1, -1, -self.size[0]], :2]
        outline = cv2.perspectiveTransform(ends[None].astype(np.float64), plane)[0]
        return View(self.points[which], pixels, outline, _sharpness(grey, pixels))

    def _chessboard_corners(self, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        scale = min(1.0, SEARCH_PX / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
        flags = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
        seen, corners = cv2.findChessboardCorners(small, self.size, flags=flags)
        if not seen:
            return None
        corners = ((corners.reshape(-1, 2) + 0.5) / scale - 0.5).astype(np.float32)
        grid = corners.reshape(self.size[1], self.size[0], 2)
        spacing = min(np.linalg.norm(np.diff(grid, axis=axis), axis=-1).min() for axis in (0, 1))
        reach = int(np.clip(spacing / 3, 2, 15))
        cv2.cornerSubPix(grey, corners, (reach, reach), (-1, -1), _STOP)
        return np.arange(len(corners)), corners.astype(np.float64)

    def _charuco_corners(self, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        for detector in self._detectors:
            corners, numbers, _, _ = detector.detectBoard(grey)
            if numbers is not None and len(numbers) >= LEAST_CORNERS:
                self._detectors = [detector]
                which = numbers.ravel()
                if len(np.unique(which // self.size[0])) > 1 and len(np.unique(which % self.size[0])) > 1:
                    return which, corners.reshape(-1, 2).astype(np.float64)
        return None


def _charuco(
    columns: int, rows: int, square: float, dictionary: str, marker: float
) -> "list[cv2.aruco.CharucoDetector]":
    """Detectors for both ways in which such boards are printed: OpenCV turned its own round in version 4.6."""
    if not hasattr(cv2, "aruco") or not hasattr(cv2.aruco, "CharucoDetector"):
        raise VtmError(
            f"boards with markers need OpenCV 4.7 or newer, and this is {cv2.__version__}; use a board without, or run "
            "pip install -U opencv-python-headless"
        )
    number = getattr(cv2.aruco, f"DICT_{dictionary}", None)
    if number is None:
        known = sorted(name[5:] for name in dir(cv2.aruco) if name.startswith("DICT_"))
        raise VtmError(f"unknown dictionary '{dictionary}'; choose one of: {', '.join(known)}")
    markers = cv2.aruco.getPredefinedDictionary(number)
    if (columns + 1) * (rows + 1) // 2 > len(markers.bytesList):
        raise VtmError(
            f"the dictionary {dictionary} has too few markers for a board of {columns}x{rows} inner corners; "
            "name the one that was printed"
        )
    detectors = []
    for legacy in (False, True):
        board = cv2.aruco.CharucoBoard((columns + 1, rows + 1), square, marker * square, markers)
        board.setLegacyPattern(legacy)
        detectors.append(cv2.aruco.CharucoDetector(board))
    return detectors


def _sharpness(grey: np.ndarray, pixels: np.ndarray) -> float:
    """Mean curvature of the brightness over its contrast, times the size of a square: near boards have fewer edges."""
    low = np.maximum(pixels.min(0).astype(int), 0)
    high = np.maximum(pixels.max(0).astype(int) + 1, low + 2)
    part = cv2.GaussianBlur(grey[low[1] : high[1], low[0] : high[0]], (3, 3), 0)
    curvature = float(np.abs(cv2.Laplacian(part, cv2.CV_32F)).mean())
    return curvature / max(float(part.std()), 1.0) * float(np.sqrt(part.size / len(pixels)))

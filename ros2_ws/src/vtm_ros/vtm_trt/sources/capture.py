"""OpenCV's reader, with upright pictures, square pixels and the times of the container."""

import math
import os

import cv2
import numpy as np

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
if "OPENCV_LOG_LEVEL" not in os.environ and hasattr(cv2, "setLogLevel"):
    cv2.setLogLevel(0)

USUAL_FPS = 30.0
"""Taken when a video does not say its rate."""
FASTEST_FPS = 240.0
"""A higher rate is the resolution of a container's clock, not a rate."""
SQUARE = 0.01
"""Pixels are taken for square where their sides differ by no more than this share."""
MOST_OBLONG = 5.0
"""Pixels longer than this are a mistake in the file."""
LATEST_NS = 1 << 62
MOST_DAMAGED = 1000
"""Pictures in a row that cannot be decoded; after so many a file is taken to be at its end."""


class Capture:
    """Reads pictures.

    Args:
        name: A path, a URL or the number of a camera.
        timeout_s: Seconds for a network to answer.
        threads: That decode a file; as many as there are cores where None.

    Attributes:
        is_open: Whether there is something to read.
        ended: Whether it was read to its end.
        skipped: Pictures of a file that could not be decoded, though later ones can.
        fps: Frames per second.
        says_fps: Whether it says so itself.
        frame_count: As announced, 0 when unknown.
        codec: The four letters that stand for it, "" when unknown.
        pixel: Width of a stored pixel over its height.
        stored_size: Width and height in stored pixels, before turning.
        turned: Whether the picture lies on its side there.
    """

    def __init__(self, name: str | int, timeout_s: float = 10.0, threads: int | None = None):
        if isinstance(name, str) and "://" in name:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(timeout_s * 1000)]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(timeout_s * 1000)]
            self._capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, limits)
        elif isinstance(name, str) and threads is not None:
            self._capture = cv2.VideoCapture(name, cv2.CAP_ANY, [cv2.CAP_PROP_N_THREADS, threads])
        else:
            self._capture = cv2.VideoCapture(name)
        self.is_open, self.ended, self.skipped = self._capture.isOpened(), False, 0
        self._patience = MOST_DAMAGED if isinstance(name, str) and os.path.isfile(name) else 0
        get = self._capture.get
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self.turned = get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90
        across, down = get(cv2.CAP_PROP_FRAME_WIDTH), get(cv2.CAP_PROP_FRAME_HEIGHT)
        self.stored_size = (down, across) if self.turned else (across, down)
        self.pixel = self._pixel()
        fps = get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1.0 <= fps <= FASTEST_FPS else USUAL_FPS
        self.says_fps = self.fps == fps
        count = get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = int(count) if 0 < count < 1e9 else 0
        letters = int(get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        self.codec = letters.to_bytes(4, "little").decode("ascii", "replace").strip("\0 ") if self.is_open else ""

    def _pixel(self) -> float:
        """Of a picture whose pixels are not square, how long they are."""
        long, high = self._capture.get(cv2.CAP_PROP_SAR_NUM), self._capture.get(cv2.CAP_PROP_SAR_DEN)
        ratio = long / high if long > 0 and high > 0 else 1.0
        return ratio if 1 / MOST_OBLONG <= ratio <= MOST_OBLONG and abs(ratio - 1) > SQUARE else 1.0

    def read(self) -> np.ndarray | None:
        """The next picture (H, W, 3) uint8 BGR, upright and with square pixels, or None at the end."""
        image = self._next()
        self.ended = image is None
        if image is None or self.pixel == 1.0:
            return image
        height, width = image.shape[:2]
        ratio = 1 / self.pixel if self.turned else self.pixel
        size = (round(width * max(ratio, 1)), round(height * max(1 / ratio, 1)))
        return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)

    def _next(self) -> np.ndarray | None:
        """What OpenCV reads next, beyond damaged parts of a file."""
        for damaged in range(self._patience + 1):
            found, content = self._capture.read()
            if found:
                self.skipped += damaged
                return content
        return None

    @property
    def position_ns(self) -> int | None:
        """Time in the container of the picture that was read last; None where it says none."""
        position = self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6
        return round(position) if math.isfinite(position) and abs(position) < LATEST_NS else None

    def seek(self, position_ns: int) -> None:
        """Go on near a time in the container, where it can be searched."""
        self._capture.set(cv2.CAP_PROP_POS_MSEC, position_ns * 1e-6)

    def packets(self) -> bool:
        """From now on `packet` gives the encoded pictures. Whether that is possible."""
        return self.is_open and bool(self._capture.set(cv2.CAP_PROP_FORMAT, -1))

    def packet(self) -> tuple[bytes, bool] | None:
        """The next encoded picture and whether it is a key picture, which needs none before it; None at the end."""
        data = self._next()
        return None if data is None else (data.tobytes(), bool(self._capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME)))

    def close(self) -> None:
        """Give the source back."""
        self._capture.release()

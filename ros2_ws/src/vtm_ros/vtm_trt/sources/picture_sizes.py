"""Pictures whose size changes within a file, as browsers record them when the window or the network changes.

OpenCV 4.13 gives every picture the size of the first, out of shape where the shape has changed; earlier ones repeat the
last picture. The encoded key pictures tell the sizes.
"""

import logging
import re
import struct
import tempfile
from functools import cache

import cv2
import numpy as np

from vtm.errors import VtmError
from vtm_trt.sources.capture import Capture

_log = logging.getLogger("vtm")

FOLLOWS = (4, 13)
"""From this version on OpenCV goes on after a change of size."""
UNWRITTEN = bytes(256)
"""In no encoded picture of these codecs there are so many zeros in a row: a part of it was lost, and is made up."""
OTHER_SHAPE = 0.01
"""Shapes, width over height, are the same where they differ by no more than this share."""
_H264 = re.compile(rb"\x00\x00\x01[\x07\x27\x47\x67](.{24})", re.DOTALL)
_TELLS_SIZE = {
    "VP80": re.compile(rb".{6}(.{4})", re.DOTALL),
    "VP90": re.compile(rb"(.{12})", re.DOTALL),
    "AV01": re.compile(rb"(.{16})", re.DOTALL),
    "h264": _H264,
    "avc1": _H264,
    "hevc": re.compile(rb"\x00\x00\x01\x42\x01(.{48})", re.DOTALL),
}
"""By codec: what in a key picture is the same as long as the size is."""
_IVF = ("VP80", "VP90", "AV01")
"""Codecs whose pictures need a container to be read."""


class PictureSizes:
    """The sizes of the pictures in a file, and how many of them are not whole.

    Args:
        path: The file.
        first: Its reader, which tells the size of the first picture.

    Attributes:
        not_whole: Pictures so far, as far as the next key picture, of which a part was never written.
    """

    def __init__(self, path: str, first: Capture):
        self._path, self._codec, self._turned = path, first.codec, first.turned
        self._shape = _shape(first)
        self._size = first.stored_size
        self._scan = Capture(path) if first.codec in _TELLS_SIZE else None
        self.not_whole = 0
        self._seen: dict[bytes, tuple[tuple[float, float], float]] = {}
        self._next = self._following() if self._scan and self._scan.packets() else None

    def shape_at(self, position_ns: int) -> float:
        """Width over height, upright, of the picture at `position_ns` of the container; the times asked for ascend.

        Raises:
            VtmError: The size changes and this OpenCV cannot follow.
        """
        while self._next and self._next[0] <= position_ns:
            at_ns, size, shape = self._next
            if size != self._size:
                self._say(at_ns, size)
            self._size, self._shape = size, shape
            self._next = self._following()
        return 1 / self._shape if self._turned else self._shape

    def _following(self) -> tuple[int, tuple[float, float], float] | None:
        """Time, size and shape of the next key picture."""
        assert self._scan
        while (packet := self._scan.packet()) is not None:
            data, key = packet
            self.not_whole += UNWRITTEN in data
            found = _TELLS_SIZE[self._codec].search(data[:4096]) if key else None
            if not found:
                continue
            if found[1] not in self._seen:
                told = _measured(data, self._codec) if self._seen else (self._size, self._shape)
                self._seen[found[1]] = told or (self._size, self._shape)
            return self._scan.position_ns or 0, *self._seen[found[1]]
        self.close()
        return None

    def _say(self, at_ns: int, size: tuple[float, float]) -> None:
        old, new = (f"{width:.0f}x{height:.0f}" for width, height in (self._size, size))
        change = f"the pictures of {self._path} change from {old} to {new} pixels at {at_ns * 1e-9:.2f} s"
        if tuple(int(part) for part in cv2.__version__.split(".")[:2]) < FOLLOWS:
            box = old.replace("x", ":")
            raise VtmError(
                f"{change}, which OpenCV {cv2.__version__} cannot follow; convert the file with: "
                f"ffmpeg -i {self._path} "
                f"-vf scale={box}:force_original_aspect_ratio=decrease,pad={box}:-1:-1 converted.mp4"
            )
        _warn(f"{change}; they are fitted into the first size, and its calibration is kept")

    def close(self) -> None:
        """Give the file back."""
        if self._scan:
            self._scan.close()
        self._next = None


def fitted(image: np.ndarray, size: tuple[int, int], shape: float) -> np.ndarray:
    """A picture of another size, black beside its content.

    Args:
        image: (H, W, 3) uint8.
        size: Width and height, pixels.
        shape: Width over height of the content.
    """
    width, height = size
    if image.shape[1::-1] == size and abs(shape * height / width - 1) <= OTHER_SHAPE:
        return image
    across, down = min(width, round(height * shape)), min(height, round(width / shape))
    left, top = (width - across) // 2, (height - down) // 2
    whole = np.zeros((height, width, 3), np.uint8)
    whole[top : top + down, left : left + across] = cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA)
    return whole


@cache
def _warn(text: str) -> None:
    """Once, however often the file is read."""
    _log.warning(text)


def _shape(capture: Capture) -> float:
    width, height = capture.stored_size
    return width * capture.pixel / max(height, 1.0)


def _measured(data: bytes, codec: str) -> tuple[tuple[float, float], float] | None:
    """Size and shape of one encoded key picture; None of one that is damaged."""
    with tempfile.NamedTemporaryFile(suffix=".ivf" if codec in _IVF else ".bin") as file:
        if codec in _IVF:
            head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, codec.encode(), 0, 0, 30, 1, 1, 0)
            file.write(head + struct.pack("<IQ", len(data), 0))
        file.write(data)
        file.flush()
        capture = Capture(file.name)
        whole = capture.read() is not None
        capture.close()
    return (capture.stored_size, _shape(capture)) if whole else None

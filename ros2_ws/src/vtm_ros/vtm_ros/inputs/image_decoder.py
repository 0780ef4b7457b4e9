"""The one place that turns a sensor_msgs/Image into a BGR picture."""

from collections.abc import Callable

import cv2
import numpy as np
from sensor_msgs.msg import Image

from vtm.errors import VtmError

try:
    from cv_bridge import CvBridge
except ImportError:
    CvBridge = None

_PACKED: dict[str, tuple[int, int | None]] = {
    "bgr8": (3, None), "8UC3": (3, None), "rgb8": (3, cv2.COLOR_RGB2BGR),
    "bgra8": (4, cv2.COLOR_BGRA2BGR), "8UC4": (4, cv2.COLOR_BGRA2BGR), "rgba8": (4, cv2.COLOR_RGBA2BGR),
    "mono8": (1, cv2.COLOR_GRAY2BGR), "8UC1": (1, cv2.COLOR_GRAY2BGR),
    "uyvy": (2, cv2.COLOR_YUV2BGR_UYVY), "yuv422": (2, cv2.COLOR_YUV2BGR_UYVY),
    "yuyv": (2, cv2.COLOR_YUV2BGR_YUY2), "yuv422_yuy2": (2, cv2.COLOR_YUV2BGR_YUY2),
    "bayer_rggb8": (1, cv2.COLOR_BayerBG2BGR), "bayer_bggr8": (1, cv2.COLOR_BayerRG2BGR),
    "bayer_gbrg8": (1, cv2.COLOR_BayerGR2BGR), "bayer_grbg8": (1, cv2.COLOR_BayerGB2BGR),
}  # fmt: skip
"""Bytes per pixel and OpenCV's conversion; OpenCV names a Bayer pattern by its second row and column."""
_PLANAR = {"nv12": cv2.COLOR_YUV2BGR_NV12, "nv21": cv2.COLOR_YUV2BGR_NV21}
"""A luma plane above an interleaved chroma plane of half its height."""
_DEEP = {
    "mono16": "mono8", "bgr16": "bgr8", "16UC3": "bgr8", "rgb16": "rgb8", "bgra16": "bgra8", "rgba16": "rgba8",
    **{f"bayer_{pattern}16": f"bayer_{pattern}8" for pattern in ("rggb", "bggr", "gbrg", "grbg")},
}  # fmt: skip
"""Encodings of two bytes a value, and what they are with one. 16UC1 is none of them: it is for depth in millimetres."""
_DEPTHS = (10, 12, 14, 16)
"""Bits that cameras fill of the 16."""
ENCODINGS = (*_PACKED, *_PLANAR, *_DEEP)


def decode_image(message: Image) -> np.ndarray:
    """The picture as (H, W, 3) uint8 BGR; for bgr8 it may share the message's memory.

    `step` and row padding are honoured. Of 16 bits those that the picture fills are taken: 10, 12, 14 or all. Encodings
    beyond ENCODINGS go through cv_bridge where it is installed.

    Raises:
        VtmError: The picture is empty or truncated, or of an encoding that nothing here understands.
    """
    width, height, encoding = message.width, message.height, message.encoding
    if min(width, height) == 0:
        raise VtmError(f"the image is empty ({width}x{height}); check the camera driver")
    if encoding in _PACKED or encoding in _DEEP:
        channels, conversion = _PACKED[_DEEP.get(encoding, encoding)]
        if encoding in _DEEP:
            pixels = _eight_bits(_rows(message, height, 2 * width * channels), bool(message.is_bigendian))
        else:
            pixels = _rows(message, height, width * channels)
        pixels = pixels.reshape(height, width, channels)
        return pixels if conversion is None else _convert(pixels, conversion, message)
    if encoding in _PLANAR:
        return _convert(_rows(message, height * 3 // 2, width), _PLANAR[encoding], message)
    return _through_cv_bridge(message)


def _rows(message: Image, rows: int, row_bytes: int) -> np.ndarray:
    """The payload (rows, row_bytes) uint8 without the padding at the end of each row."""
    step = message.step or row_bytes
    data = np.frombuffer(message.data, np.uint8)
    if step < row_bytes or data.size < step * (rows - 1) + row_bytes:
        raise VtmError(
            f"the {message.encoding} image of {message.width}x{message.height} with step {message.step} is truncated: "
            f"{data.size} bytes; check the camera driver"
        )
    return np.lib.stride_tricks.as_strided(data, (rows, row_bytes), (step, 1), writeable=False)


def _eight_bits(rows: np.ndarray, big_endian: bool) -> np.ndarray:
    """The upper 8 of the bits that are in use, (rows, values) uint8 of (rows, bytes)."""
    values = np.ascontiguousarray(rows).view(">u2" if big_endian else "<u2")
    bits = next(bits for bits in _DEPTHS if values.max() < 2**bits)
    return (values >> (bits - 8)).astype(np.uint8)


def _convert(pixels: np.ndarray, conversion: int, message: Image) -> np.ndarray:
    def run() -> np.ndarray:
        return cv2.cvtColor(np.ascontiguousarray(pixels), conversion)

    return _or_refuse(run, message)


def _through_cv_bridge(message: Image) -> np.ndarray:
    if CvBridge is None:
        raise VtmError(
            f"image encoding '{message.encoding}' is not supported; set the camera driver to one of: "
            f"{', '.join(ENCODINGS)}"
        )
    return _or_refuse(lambda: CvBridge().imgmsg_to_cv2(message, "bgr8"), message)


def _or_refuse(run: Callable[[], np.ndarray], message: Image) -> np.ndarray:
    try:
        return run()
    except Exception as fault:
        raise VtmError(
            f"the {message.encoding} image of {message.width}x{message.height} cannot be converted "
            f"({str(fault).strip().splitlines()[-1]}); set the camera driver to one of: {', '.join(ENCODINGS)}"
        ) from fault

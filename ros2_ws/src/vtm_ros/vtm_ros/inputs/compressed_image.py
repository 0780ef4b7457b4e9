"""The one place that turns a sensor_msgs/CompressedImage into a BGR picture."""

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage

from vtm.errors import VtmError

_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
"""Three channels of 8 bits; not turned, because camera_info belongs to the pixels as the sensor gave them."""


def decode_compressed(message: CompressedImage) -> np.ndarray:
    """The picture of a JPEG or PNG as (H, W, 3) uint8 BGR.

    Raises:
        VtmError: It is of another format, truncated or damaged.
    """
    data = bytes(message.data)
    picture = _decoded(data) if _is_whole(data) else None
    if picture is None:
        raise VtmError(
            f"the compressed image (format '{message.format}', {len(data)} bytes) is no whole JPEG or PNG; "
            "set the camera driver to jpeg or png, or image_transport to raw"
        )
    # image_transport names the order of the channels that went into the file, which files themselves call RGB.
    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if "compressed rgb" in message.format else picture


def _is_whole(data: bytes) -> bool:
    """Decoders fill what is missing at the end with grey; some cameras fill up their buffer with zeros."""
    stripped = data[-4096:].rstrip(b"\0")
    return (data.startswith(_JPEG) and stripped.endswith(_JPEG_END)) or (
        data.startswith(_PNG) and stripped.endswith(_PNG_END)
    )


def _decoded(data: bytes) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), _AS_STORED)
    except cv2.error:  # a header that promises more pixels than OpenCV takes
        return None

"""What the name of a video stands for."""

import re
import stat
from pathlib import Path
from typing import Literal, NamedTuple

from vtm.errors import VtmError
from vtm.files.file_url import local_path

_STREAM = re.compile(r"(rtsps?|rtmps?|https?|udp|rtp|srt|mms|tcp):/+", re.IGNORECASE)


class Address(NamedTuple):
    """What a video is; `name` is for OpenCV the number of a camera, or a path or URL."""

    kind: Literal["file", "camera", "stream"]
    name: str | int


def address_of(source: str | Path) -> Address:
    """Tell a file from a camera and a stream.

    Args:
        source: A file or a file:// URL, a device such as /dev/video0 or its number, or the URL of a stream.

    Raises:
        VtmError: The file or device is not there, or is a folder.
    """
    text = str(source)
    if text.isascii() and text.isdecimal():
        return Address("camera", int(text))
    if scheme := _STREAM.match(text):
        return Address("stream", f"{scheme[1].lower()}://{text[scheme.end() :]}")
    path = local_path(source)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as fault:
        raise VtmError(f"there is no video {path}; check the path") from fault
    if stat.S_ISDIR(mode):
        raise VtmError(f"{path} is a folder; give a video file")
    return Address("camera" if stat.S_ISCHR(mode) else "file", str(path))

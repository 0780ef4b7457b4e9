"""What a video file says of itself where its pictures cannot be read, or end too soon."""

import mmap
import re
from pathlib import Path

_MP4 = re.compile(rb"hdlr.{8}vide.{1,400}?stsd.{12}([ -~]{4})", re.DOTALL)
_CODECS = {
    b"\x1a\x45\xdf\xa3": re.compile(rb"V_[A-Z0-9_]{2,}(?:/[A-Z0-9/]+)?"),
    b"RIFF": re.compile(rb"(?<=strh.{4}vids)[ -~]{4}", re.DOTALL),
}
"""By the first bytes of Matroska and WebM, and of AVI: where they name the codec of the pictures."""
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def codec_named_in(path: str | Path) -> str:
    """The codec of the pictures as the file names it, "" where it names none."""
    if not Path(path).stat().st_size:
        return ""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _CODECS.get(content[:4], _MP4).search(content)
        return found[found.lastindex or 0].decode() if found else ""


def is_cut_short(path: str | Path) -> bool | None:
    """Whether an MP4 or QuickTime file ends before its parts do; None for other containers."""
    length, place = Path(path).stat().st_size, 0
    with open(path, "rb") as file:
        while place + 8 <= length:
            file.seek(place)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if place == 0 and kind not in _FIRST_BOXES:
                return None
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if size < 8:
                return False
            place += size
    return place > length

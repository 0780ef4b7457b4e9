"""What a video file says of itself where its pictures cannot be read, or end too soon."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MP4 = re.compile(rb"hdlr.{8}vide.{1,400}?stsd.{12}([ -~]{4})", re.DOTALL)
_CODECS = {
    b"\x1a\x45\xdf\xa3": re.compile(rb"V_[A-Z0-9_]{2,}(?:/[A-Z0-9/]+)?"),
    b"RIFF": re.compile(rb"(?<=strh.{4}vids)[ -~]{4}", re.DOTALL),
}
"""By the first bytes of Matroska and WebM, and of AVI: where they name the codec of the pictures."""
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


class _Box(NamedTuple):
    """A part of an MP4 file; `end` may be behind the file's."""

    kind: bytes
    start: int
    end: int


def codec_named_in(path: str | Path) -> str:
    """The codec of the pictures as the file names it, "" where it names none."""
    if not Path(path).stat().st_size:
        return ""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _CODECS.get(content[:4], _MP4).search(content)
        return found[found.lastindex or 0].decode() if found else ""


def is_cut_short(path: str | Path) -> bool:
    """Whether an MP4 or QuickTime file ends before its parts do; other containers do not tell."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        boxes = list(_boxes(content, 0, len(content)))
        return bool(boxes) and boxes[0].kind in _FIRST_BOXES and boxes[-1].end > len(content)


def shown_share(path: str | Path) -> float:
    """Of the pictures in an MP4 or QuickTime file the share that its edit list shows; 1 where it has none."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        whole = _Box(b"", 0, len(content))
        movie = next(_inside(content, whole, b"moov", b"mvhd"), None)
        for track in _inside(content, whole, b"moov", b"trak"):
            media = next(_inside(content, track, b"mdia", b"mdhd"), None)
            edits = next(_inside(content, track, b"edts", b"elst"), None)
            kind = next(_inside(content, track, b"mdia", b"hdlr"), None)
            if movie and media and edits and kind and content[kind.start + 8 : kind.start + 12] == b"vide":
                scale, length = _clock(content, media)
                shown = _shown(content, edits) / max(_clock(content, movie)[0], 1)
                return min(shown * scale / length, 1.0) if shown and length else 1.0
    return 1.0


def _boxes(content: mmap.mmap, place: int, end: int) -> Iterator[_Box]:
    while place + 8 <= end:
        size, head = int.from_bytes(content[place : place + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(content[place + 8 : place + 16], "big"), 16
        if size < head:
            return
        yield _Box(content[place + 4 : place + 8], place + head, place + size)
        place += size


def _inside(content: mmap.mmap, box: _Box, *kinds: bytes) -> Iterator[_Box]:
    """The boxes of the last of the kinds, within those of the kinds before, within a box."""
    for inner in _boxes(content, box.start, min(box.end, len(content))):
        if inner.kind == kinds[0]:
            yield from _inside(content, inner, *kinds[1:]) if kinds[1:] else (inner,)


def _clock(content: mmap.mmap, header: _Box) -> tuple[int, int]:
    """Ticks a second, and length in ticks, of a movie or a track."""
    wide = 8 if content[header.start] else 4
    place = header.start + 4 + 2 * wide
    return _number(content, place, 4), _number(content, place + 4, wide)


def _shown(content: mmap.mmap, edits: _Box) -> int:
    """Ticks of the movie in which pictures are shown."""
    wide, total = 8 if content[edits.start] else 4, 0
    for place in range(edits.start + 8, min(edits.end, len(content)) - 2 * wide - 3, 2 * wide + 4):
        is_empty = content[place + wide : place + 2 * wide] == b"\xff" * wide
        total += 0 if is_empty else _number(content, place, wide)
    return total


def _number(content: mmap.mmap, place: int, size: int) -> int:
    return int.from_bytes(content[place : place + size], "big")

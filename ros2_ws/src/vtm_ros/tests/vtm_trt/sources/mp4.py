"""Changes in MP4 files: of what phones, cameras and editors write, and OpenCV's writer does not."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

INSIDE = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"edts": 0, b"stsd": 8, b"mp4v": 78}
"""Boxes that hold boxes, and how many bytes come before these."""


def changed(content: bytes, kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The boxes of `content` with `change` made to the payload of each of that kind."""
    parts, place = [], 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        name, payload = content[place + 4 : place + 8], content[place + 8 : place + size]
        if name == kind:
            payload = change(payload)
        elif name in INSIDE:
            skip = INSIDE[name]
            payload = payload[:skip] + changed(payload[skip:], kind, change)
        parts.append(struct.pack(">I4s", len(payload) + 8, name) + payload)
        place += size
    return b"".join(parts)


def change_file(path: Path, kind: bytes, change: Callable[[bytes], bytes]) -> Path:
    """The file with that change; its index must come after its pictures, whose places then stay."""
    content = path.read_bytes()
    assert kind in content and content.index(b"mdat") < content.index(b"moov")
    path.write_bytes(changed(content, kind, change))
    return path


def turned(path: Path, degrees: int) -> Path:
    """To be shown turned clockwise, as phones write it."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    matrix = struct.pack(">9i", cosine << 16, sine << 16, 0, -sine << 16, cosine << 16, 0, 0, 0, 1 << 30)
    return change_file(path, b"tkhd", lambda payload: payload[:40] + matrix + payload[76:])


def oblong(path: Path, long: int, high: int) -> Path:
    """With pixels of that shape."""
    box = struct.pack(">I4sII", 16, b"pasp", long, high)
    return change_file(path, b"mp4v", lambda payload: payload.replace(b"pasp", b"free") + box)


def paced(path: Path, seconds: Sequence[float]) -> Path:
    """Each frame shown for so long."""
    scale = _time_scale(path)
    change_file(path, b"trak", lambda payload: payload.replace(b"edts", b"free"))
    entries = b"".join(struct.pack(">II", 1, round(length * scale)) for length in seconds)
    return change_file(path, b"stts", lambda payload: payload[:4] + struct.pack(">I", len(seconds)) + entries)


def trimmed(path: Path, start_s: float, length_s: float) -> Path:
    """Shown from `start_s` on for `length_s`, by an edit list."""
    content = path.read_bytes()
    movie_scale = struct.unpack(">I", content[content.index(b"mvhd") + 16 :][:4])[0]
    edit = struct.pack(">IIIiHH", 0, 1, round(length_s * movie_scale), round(start_s * _time_scale(path)), 1, 0)
    box = struct.pack(">I4sI4s", 16 + len(edit), b"edts", 8 + len(edit), b"elst") + edit

    def with_edit(payload: bytes) -> bytes:
        tkhd = int.from_bytes(payload[:4], "big")
        return payload[:tkhd] + box + payload[tkhd:].replace(b"edts", b"free")

    return change_file(path, b"trak", with_edit)


def coded_as(path: Path, codec: bytes) -> Path:
    """Named as of another codec."""
    return change_file(path, b"stsd", lambda payload: payload.replace(b"mp4v", codec).replace(b"esds", b"free"))


def _time_scale(path: Path) -> int:
    content = path.read_bytes()
    return struct.unpack(">I", content[content.index(b"mdhd") + 16 :][:4])[0]

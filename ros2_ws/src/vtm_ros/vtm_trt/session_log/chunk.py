"""A chunk of an MCAP file, the piece with a checksum of its own: found in a damaged file, checked and taken apart."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

import lz4.frame  # type: ignore[import-untyped]
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from zstandard import ZstdDecompressor, ZstdError

LARGEST = 64 * 2**20
"""Bytes of the largest record that is held in memory; a chunk may be larger, it is read piece by piece."""
PIECE = 2**20
DAMAGE = (McapError, struct.error, zlib.error, ZstdError, RuntimeError, ValueError, EOFError, MemoryError)
"""What reading something damaged may raise."""
_RECORD = struct.Struct("<BQ")
_HEAD = struct.Struct("<BQQQQII")
_SIGNATURE = re.compile(rb"\x06(?=.{36}(?:\x04\0\0\0zstd|\x03\0\0\0lz4)|.{5}\0\0\0.{28}\0\0\0\0)", re.DOTALL)
_SIGNED = 45


class Chunk(NamedTuple):
    """Where a chunk is.

    Attributes:
        start: Of its compressed data in the file, bytes.
        end: Of these data.
        framed: Whether the length of its record agrees with that end.
        size: Of the data uncompressed, bytes.
        crc: Of the data uncompressed; 0 for no checksum.
        compression: Its name, empty for none.
    """

    start: int
    end: int
    framed: bool
    size: int
    crc: int
    compression: bytes


def read_at(file: IO[bytes], position: int, count: int) -> bytes:
    """Up to `count` bytes of `file` from `position` on."""
    file.seek(position)
    return file.read(count)


def chunk_at(file: IO[bytes], position: int, size: int) -> Chunk | None:
    """The chunk whose record begins at `position` of a file of `size` bytes; None when there cannot be one."""
    head = read_at(file, position, _HEAD.size + 4 + 8)
    if len(head) < _HEAD.size + 8:
        return None
    opcode, length, _, _, unpacked, crc, name = _HEAD.unpack_from(head)
    if opcode != Opcode.CHUNK or name > 4 or len(head) < _HEAD.size + name + 8:
        return None
    compression = head[_HEAD.size : _HEAD.size + name]
    (packed,) = struct.unpack_from("<Q", head, _HEAD.size + name)
    start = position + _HEAD.size + name + 8
    end = start + packed
    framed = position + _RECORD.size + length == end
    return Chunk(start, end, framed, unpacked, crc, compression) if end <= size else None


def find_chunk(file: IO[bytes], position: int, size: int) -> int:
    """Where the next chunk's record begins at or after `position`; `size` when there is none."""
    while position < size:
        piece = read_at(file, position, PIECE + _SIGNED)
        for match in _SIGNATURE.finditer(piece):
            if match.start() < PIECE and chunk_at(file, position + match.start(), size):
                return position + match.start()
        position += PIECE
    return size


def is_whole(file: IO[bytes], chunk: Chunk) -> bool:
    """Whether the data of a chunk are those that were written."""
    crc = count = 0
    try:
        stream = _unpacked(file, chunk)
        while count <= chunk.size and (piece := stream.read(PIECE)):
            crc, count = zlib.crc32(piece, crc), count + len(piece)
    except DAMAGE:
        return False
    return count == chunk.size and chunk.crc in (0, crc)


def records_of(file: IO[bytes], chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """Operation code and body of the records in a chunk that is whole, without those beyond LARGEST."""
    stream = _unpacked(file, chunk)
    while len(head := stream.read(_RECORD.size)) == _RECORD.size:
        opcode, length = _RECORD.unpack(head)
        if length <= LARGEST:
            yield opcode, stream.read(length)
        else:
            while length and (passed := stream.read(min(length, PIECE))):
                length -= len(passed)


def _unpacked(file: IO[bytes], chunk: Chunk) -> IO[bytes]:
    packed = io.BufferedReader(_Part(file, chunk.start, chunk.end))
    if chunk.compression == b"zstd":
        return io.BufferedReader(ZstdDecompressor().stream_reader(packed), PIECE)
    if chunk.compression == b"lz4":
        return lz4.frame.open(packed)
    if chunk.compression:
        raise ValueError(f"unknown compression {chunk.compression!r}")
    return packed


class _Part(io.RawIOBase):
    """A part of a file that others read as well."""

    def __init__(self, file: IO[bytes], start: int, end: int):
        self._file, self._position, self._end = file, start, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = read_at(self._file, self._position, min(len(buffer), self._end - self._position))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

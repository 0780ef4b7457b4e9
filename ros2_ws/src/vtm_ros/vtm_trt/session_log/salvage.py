"""The records of an MCAP file; of a damaged one all that are certainly as they were written.

A damaged chunk is passed over. Where a length is damaged, so that nobody knows where the next record begins, the next
chunk is looked for by its looks and told by its checksum.
"""

import os
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, NamedTuple

import numpy as np
from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Channel, Header, Metadata, Schema, Statistics

from vtm_trt.session_log.chunk import DAMAGE, LARGEST, chunk_at, find_chunk, is_whole, read_at, records_of

MAGIC = b"\x89MCAP0\r\n"
_RECORD, _MESSAGE, _INDEX = struct.Struct("<BQ"), struct.Struct("<HIQQ"), struct.Struct("<HI")


class NotRecorded(Exception):
    """Nothing in the file is MCAP."""


class ChunkBegins(NamedTuple):
    """A chunk begins; when it is `whole`, its records follow."""

    whole: bool


class Message(NamedTuple):
    """A message of a channel."""

    channel: int
    time_ns: int
    data: bytes


class Index(NamedTuple):
    """The times (N,), nanoseconds, of the messages in the chunk before that belong to one channel."""

    times_ns: np.ndarray


class DataEnds(NamedTuple):
    """What follows is the index of the whole."""


class Other(NamedTuple):
    """A record that nobody here wants."""


_READ: dict[int, Any] = {
    Opcode.HEADER: Header, Opcode.SCHEMA: Schema, Opcode.CHANNEL: Channel, Opcode.METADATA: Metadata,
    Opcode.STATISTICS: Statistics, Opcode.MESSAGE: Message, Opcode.MESSAGE_INDEX: Index, Opcode.DATA_END: DataEnds,
}  # fmt: skip


def records(file: IO[bytes]) -> Iterator[tuple[Any, bool]]:
    """Read the records of an MCAP file in their order.

    Yields:
        Schema, Channel, Statistics, Message, Index, ChunkBegins and DataEnds among others, each with whether a checksum
        speaks for it.

    Raises:
        NotRecorded: This is no MCAP file.
    """
    size = os.fstat(file.fileno()).st_size
    position = len(MAGIC) if read_at(file, 0, len(MAGIC)) == MAGIC else find_chunk(file, 0, size)
    if position >= size and size != len(MAGIC):
        raise NotRecorded
    chunked = False
    while position + _RECORD.size <= size:
        opcode, end, body = _record_at(file, position)
        if opcode == Opcode.CHUNK:
            chunked, chunk = True, chunk_at(file, position, size)
            whole = chunk is not None and is_whole(file, chunk)
            yield ChunkBegins(whole), True
            if chunk and whole:
                for opcode, body in records_of(file, chunk):
                    if (record := _parsed(opcode, body)) is not None:
                        yield record, True
                position = chunk.end
            else:
                position = _after_damage(file, position, end, size)
            continue
        record = _parsed(opcode, body) if end <= size else None
        # Messages beside chunks have no checksum: in a file with chunks they are rather pieces of a damaged one.
        if record is not None and not (chunked and isinstance(record, Message)):
            yield record, False
        position = end if record is not None else _after_damage(file, position, end, size)


def _record_at(file: IO[bytes], position: int) -> tuple[int, int, bytes]:
    """Opcode, end and body; no body of what is not wanted or too large."""
    opcode, length = _RECORD.unpack(read_at(file, position, _RECORD.size))
    start = position + _RECORD.size
    return opcode, start + length, read_at(file, start, length) if opcode in _READ and length <= LARGEST else b""


def _after_damage(file: IO[bytes], position: int, end: int, size: int) -> int:
    """Where to go on: at the `end` of the damaged record if something known begins there, else at the next chunk."""
    if end + _RECORD.size <= size:
        opcode, after, body = _record_at(file, end)
        chunk = chunk_at(file, end, size)
        if (chunk and chunk.framed) or (opcode in _READ and after <= size and _parsed(opcode, body) is not None):
            return end
    return find_chunk(file, position + 1, size)


def _parsed(opcode: int, body: bytes) -> Any:
    """The record with this body, None when it is damaged."""
    if opcode not in _READ:
        return Other() if opcode else None
    try:
        if opcode == Opcode.MESSAGE:
            channel, _, time_ns, _ = _MESSAGE.unpack_from(body)
            return Message(channel, time_ns, body[_MESSAGE.size :])
        if opcode == Opcode.MESSAGE_INDEX:
            _, length = _INDEX.unpack_from(body)
            entries = np.frombuffer(body, "<u8", offset=_INDEX.size).reshape(-1, 2)
            return Index(entries[:, 0]) if entries.nbytes == length else None
        if opcode == Opcode.DATA_END:
            return DataEnds() if len(body) == 4 else None
        stream = ReadDataStream(BytesIO(body))
        record = _READ[opcode].read(stream)
        return record if stream.count == len(body) else None
    except DAMAGE:
        return None

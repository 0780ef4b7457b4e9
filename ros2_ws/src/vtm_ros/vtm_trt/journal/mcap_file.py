"""ROS 2 messages in an MCAP file that survives a kill, and the messages of one that was cut off."""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, DataEnd, Message, Schema
from mcap.stream_reader import StreamReader, breakup_chunk
from mcap.writer import Writer
from zstandard import ZstdError

from vtm.errors import VtmError

LARGEST = 64 * 2**20
"""Bytes of the largest record and chunk that are read: a damaged length must not fill the memory."""
_TORN = (McapError, struct.error, zlib.error, ZstdError, RuntimeError, ValueError, KeyError, MemoryError)


class Topic(NamedTuple):
    """name: fully qualified.  type: such as sensor_msgs/msg/JointState.  definition: of the type and all within it,
    as in a ROS 2 bag.  qos: the offered profile as rosbag2 writes it, empty for the usual one."""

    name: str
    type: str
    definition: str
    qos: str = ""


class McapFile:
    """Appends messages to `file`, which is empty. Raises OSError when it cannot be written."""

    def __init__(self, file: IO[bytes]):
        self._file, self._channels = file, {}  # type: ignore[var-annotated]
        self._writer = Writer(file)
        self._writer.start(profile="ros2", library="vtm_ros")

    def add(self, topic: Topic, time_ns: int, data: bytes) -> None:
        """data: the message in CDR."""
        if topic not in self._channels:
            schema = self._writer.register_schema(topic.type, "ros2msg", topic.definition.encode())
            metadata = {"offered_qos_profiles": topic.qos} if topic.qos else {}
            self._channels[topic] = self._writer.register_channel(topic.name, "cdr", schema, metadata)
        self._writer.add_message(self._channels[topic], time_ns, data, time_ns)

    def sync(self) -> None:
        """What was added so far is on the disk when this returns, and readable without what would follow."""
        self._writer.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write the index, by which readers find their way; nothing can be added afterwards."""
        self._writer.finish()
        self._file.flush()
        os.fsync(self._file.fileno())


def messages(path: Path) -> Iterator[tuple[Topic, int, bytes]]:
    """(topic, time in ns, CDR) of every message of a bag, of a cut or damaged one up to where it breaks.

    Raises VtmError when there is no such file, or it is no MCAP file of ROS 2 messages.
    """
    with _opened(path) as file:
        schemas: dict[int, Schema] = {}
        topics: dict[int, Topic] = {}
        try:
            for record in _records(file):
                if isinstance(record, Schema):
                    schemas[record.id] = record
                elif isinstance(record, Channel):
                    schema, qos = schemas[record.schema_id], record.metadata.get("offered_qos_profiles", "")
                    topics[record.id] = Topic(record.topic, schema.name, schema.data.decode(), qos)
                elif isinstance(record, Message):
                    yield topics[record.channel_id], record.log_time, record.data
        except _TORN:
            return


def _records(file: IO[bytes]) -> Iterator:
    for record in StreamReader(file, emit_chunks=True, record_size_limit=LARGEST).records:
        if isinstance(record, DataEnd):
            return
        if not isinstance(record, Chunk):
            yield record
        elif record.uncompressed_size <= LARGEST:
            yield from breakup_chunk(record, validate_crc=True)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            if file.read(5) != b"\x89MCAP":
                raise VtmError(f"{path} is not a recording; give the .mcap file that ~/record named")
            file.seek(0)
            yield file
    except OSError as fault:
        raise VtmError(f"cannot read {path}: {fault.strerror}; check the path") from fault

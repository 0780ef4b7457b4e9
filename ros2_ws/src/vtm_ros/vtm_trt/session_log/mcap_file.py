"""ROS 2 messages in an MCAP file that survives a kill, and the messages of one that was cut off or damaged."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mcap.data_stream import RecordBuilder
from mcap.records import Channel, Schema, Statistics
from mcap.writer import Writer

from vtm.errors import VtmError
from vtm_trt.session_log.losses import Losses
from vtm_trt.session_log.salvage import ChunkBegins, DataEnds, Index, Message, NotRecorded, records
from vtm_trt.session_log.topic import Definitions, Topic


class McapFile:
    """Appends messages to `file`, which is empty.

    Raises:
        OSError: It cannot be written; so for the methods.
    """

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._channels: dict[Topic, int] = {}
        self._definitions: list[Schema | Channel] = []
        self._syncs = 0
        self._writer = Writer(file)
        self._writer.start(profile="ros2", library="vtm_ros")

    def add(self, topic: Topic, time_ns: int, data: bytes) -> None:
        """Append a message.

        Args:
            topic: Its topic.
            time_ns: Nanoseconds.
            data: The message in CDR.
        """
        if topic not in self._channels:
            definition, metadata = topic.definition.encode(), {"offered_qos_profiles": topic.qos} if topic.qos else {}
            schema = self._writer.register_schema(topic.type, "ros2msg", definition)
            channel = self._writer.register_channel(topic.name, "cdr", schema, metadata)
            self._channels[topic], self._syncs = channel, 0
            self._definitions.append(Schema(id=schema, name=topic.type, encoding="ros2msg", data=definition))
            self._definitions.append(Channel(channel, topic.name, "cdr", metadata, schema))
        self._writer.add_message(self._channels[topic], time_ns, data, time_ns)

    def sync(self) -> None:
        """What was added so far is on the disk when this returns, and readable without what would follow.

        After the 1st, 2nd, 4th, 8th … such call the topics are defined again, as MCAP allows: the chunk that defines
        them may be damaged.
        """
        self._writer.flush()
        self._syncs += 1
        if self._syncs & (self._syncs - 1) == 0:
            again = RecordBuilder()
            for record in self._definitions:
                record.write(again)
            self._file.write(again.end())
            self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write the index, by which readers find their way; nothing can be added afterwards."""
        self._writer.finish()
        self._file.flush()
        os.fsync(self._file.fileno())


def messages(path: Path, losses: Losses | None = None) -> Iterator[tuple[Topic, int, bytes]]:
    """Every message of a bag, of a cut or damaged one all that can still be read.

    Args:
        path: The MCAP file.
        losses: Is told what could not be read; complete once the last message has come.

    Yields:
        Topic, time in nanoseconds, and the message in CDR.

    Raises:
        VtmError: There is no such file, or it is no MCAP file.
    """
    losses = Losses() if losses is None else losses
    with _opened(path) as file:
        definitions, everything, ended, count = Definitions(), False, False, None
        for record, certain in records(file):
            if isinstance(record, Message):
                if not (everything or definitions.topic(record.channel)):  # the chunk with its definition is damaged
                    everything, definitions = True, Definitions()
                    for later, checked in records(file):
                        definitions.add(later, checked)
                if topic := definitions.topic(record.channel):
                    losses.at_message(record.time_ns)
                    yield topic, record.time_ns, record.data
            elif isinstance(record, ChunkBegins):
                losses.at_chunk(record.whole)
            elif isinstance(record, Index):
                losses.at_index(record.times_ns)
            elif isinstance(record, DataEnds):
                ended = True
            elif isinstance(record, Statistics) and record.message_count == sum(record.channel_message_counts.values()):
                count = record.message_count
            else:
                definitions.add(record, certain)
        losses.at_end(count, cut=not ended)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path.is_dir():
        raise VtmError(f"{path} is a folder; give the .mcap file in it")
    if path.exists() and not path.is_file():
        raise VtmError(f"{path} is not an ordinary file; give the .mcap file that ~/record named")
    try:
        with path.open("rb") as file:
            yield file
    except NotRecorded as fault:
        raise VtmError(f"{path} is not a recording; give the .mcap file that ~/record named") from fault
    except OSError as fault:
        raise VtmError(f"cannot read {path}: {fault.strerror}; check the path") from fault

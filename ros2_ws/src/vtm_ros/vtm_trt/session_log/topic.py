"""The topics of an MCAP file, each said by a schema and a channel."""

from typing import Any, NamedTuple

from mcap.records import Channel, Schema


class Topic(NamedTuple):
    """One topic of a bag.

    Attributes:
        name: Fully qualified.
        type: Such as sensor_msgs/msg/JointState.
        definition: Of the type and all within it, as in a ROS 2 bag.
        qos: The offered profile as rosbag2 writes it, empty for the usual one.
    """

    name: str
    type: str
    definition: str
    qos: str = ""


class Definitions:
    """The topics by the numbers that messages bear.

    Records that a checksum speaks for count before those without; of the latter, what most of the copies say.
    """

    def __init__(self) -> None:
        self._certain: dict[tuple[type, int], Any] = {}
        self._copies: dict[tuple[type, int], list[Any]] = {}
        self._topics: dict[int, Topic] = {}

    def add(self, record: Any, certain: bool) -> None:
        """Take a `record` of any kind; `certain` where a checksum speaks for it."""
        if isinstance(record, Schema | Channel):
            key = type(record), record.id
            if certain:
                self._certain.setdefault(key, record)
            else:
                self._copies.setdefault(key, []).append(record)
            self._topics.clear()

    def topic(self, channel_id: int) -> Topic | None:
        """The topic of a channel, None as long as it is not defined."""
        if channel_id not in self._topics:
            channel = self._record(Channel, channel_id)
            schema = self._record(Schema, channel.schema_id) if channel else None
            if not schema:
                return None
            qos = channel.metadata.get("offered_qos_profiles", "")
            self._topics[channel_id] = Topic(channel.topic, schema.name, schema.data.decode(errors="replace"), qos)
        return self._topics[channel_id]

    def _record(self, kind: type, number: int) -> Any:
        copies = self._copies.get((kind, number), [])
        return self._certain.get((kind, number)) or max(copies, key=copies.count, default=None)

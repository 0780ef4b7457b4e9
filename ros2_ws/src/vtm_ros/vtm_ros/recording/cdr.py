"""Messages in CDR, without the garbage that a middleware may leave behind them."""

from typing import Any

from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState


def serialized(message: Any) -> bytes:
    """The message in CDR.

    rmw_fastrtps gives a message the length it has estimated, which counts the alignment of doubles that are not there:
    after a JointState without velocity and effort come 8 bytes of chance memory, which strict readers refuse.
    """
    data = serialize_message(message)
    return data[: _length(message)] if isinstance(message, JointState) else data


def _length(state: JointState) -> int:
    """Bytes of `state` in CDR. Alignment counts from the end of the four bytes that name the encoding."""
    end = 8
    for text in (state.header.frame_id, len(state.name), *state.name):
        end = _aligned(end, 4) + 4
        if isinstance(text, str):
            end += len(text.encode()) + 1
    for numbers in (state.position, state.velocity, state.effort):
        end = _aligned(end, 4) + 4
        if numbers:
            end = _aligned(end, 8) + 8 * len(numbers)
    return 4 + end


def _aligned(position: int, size: int) -> int:
    return -(-position // size) * size

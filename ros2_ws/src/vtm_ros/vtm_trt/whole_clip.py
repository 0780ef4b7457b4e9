"""A recorded clip through the stream: every frame that shows the person gets its motion."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from vtm.records import Frame, Motion, Observation
from vtm_trt.stream import MotionStream

Item = TypeVar("Item", Frame, Observation)


def whole_clip(
    stream: MotionStream, step: Callable[[Item], Motion | None], items: Iterable[Item]
) -> tuple[list[Motion], list[int]]:
    """The motions, in order of time, and the stamps (ns) of all `items`. step: `stream.step` or `stream.lift`.

    Before the stream forgets a person who has left, or at the end, the motions inside its look-ahead are taken out.
    """
    motions: list[Motion | None] = []
    stamps: list[int] = []
    seen_ns: int | None = None
    for item in items:
        stamps.append(item.stamp_ns)
        if seen_ns is not None and item.stamp_ns - seen_ns > stream.timeout_ns:
            motions += stream.flush()
            seen_ns = None
        motions.append(step(item))
        if stream.tracking:
            seen_ns = item.stamp_ns
    motions += stream.flush()
    return [motion for motion in motions if motion is not None], stamps

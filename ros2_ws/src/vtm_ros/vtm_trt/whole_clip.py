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

    Nothing is left inside the look-ahead, neither where the motion starts anew nor at the end.
    """
    live, stream.recorded = stream.recorded, True
    motions: list[Motion | None] = []
    stamps: list[int] = []
    try:
        for item in items:
            stamps.append(item.stamp_ns)
            motions.append(step(item))
        motions += stream.flush()
    finally:
        stream.recorded = live
    return [motion for motion in motions if motion is not None], stamps

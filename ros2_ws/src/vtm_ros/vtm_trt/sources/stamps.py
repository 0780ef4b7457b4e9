"""The times of a video's frames: the container's, put right where it says none, the same twice, or nonsense."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from vtm.camera import Intrinsics
from vtm.types import Frame
from vtm_trt.sources.video import Video

SHORTEST = 0.1
"""A first frame nearer to the second than this share of the usual distance has a wrong time."""
LONGEST_NS = 10_000_000_000
"""Nanoseconds; so has a first frame that is further away from the second."""
BACK_NS = 500_000_000
"""Nanoseconds; times that fall back by more begin anew, as where files were joined; by less they are out of order."""
MOST_HELD = 8
"""Frames in a row that wait for a time that goes forward; then the frame rate gives theirs."""

Item = TypeVar("Item")


def timed_frames(video: Video, lens: Intrinsics) -> Iterator[Frame]:
    """The rest of `video`, seen by `lens`, with the times of its container, or the steady clock's for a live source."""
    stamped = _by_the_clock(video) if video.live else in_order(_read(video), round(1e9 / video.fps))
    for image, stamp_ns in stamped:
        yield Frame(image, stamp_ns, lens)


def _read(video: Video) -> Iterator[tuple[np.ndarray, int | None]]:
    while (image := video.read()) is not None:
        yield image, video.position_ns


def _by_the_clock(video: Video) -> Iterator[tuple[np.ndarray, int]]:
    while not video.ended:
        if (image := video.read()) is not None:
            yield image, time.monotonic_ns()


def in_order(timed: Iterable[tuple[Item, int | None]], usual_ns: int) -> Iterator[tuple[Item, int]]:
    """Give items times that go forward, nanoseconds from 0 up.

    A first time that cannot be is told by the second; items without a time of their own lie evenly between their
    neighbours; after a jump back time goes on at the usual distance.

    Args:
        timed: Items with the times that were told, nanoseconds, None where none was.
        usual_ns: The usual distance.
    """
    timed = iter(timed)
    head = list(islice(timed, MOST_HELD))
    start = _start([told for _, told in head], usual_ns)
    last = max(start, 0)
    shift = last - start
    held: list[Item] = []
    for index, (item, told) in enumerate(chain(head, timed)):
        if index == 0:
            yield item, last
            continue
        held.append(item)
        ahead = 0 if told is None else told + shift - last
        if ahead < len(held):
            if -BACK_NS <= ahead and len(held) <= MOST_HELD:
                continue
            if told is not None and ahead < -BACK_NS:
                shift += usual_ns * len(held) - ahead
            ahead = usual_ns * len(held)
        yield from _evenly(held, last, ahead)
        held, last = [], last + ahead
    yield from _evenly(held, last, usual_ns * len(held))


def _start(told: Sequence[int | None], usual_ns: int) -> int:
    """The time of the first frame, from those that were told of the first few."""
    if not told:
        return 0
    first = told[0]
    later = next(((n, t) for n, t in enumerate(told) if n and t is not None and t != first), None)
    if later is None:
        return first or 0
    count, second = later
    if first is not None and SHORTEST * usual_ns <= (second - first) / count <= LONGEST_NS:
        return first
    return second - count * usual_ns


def _evenly(items: Sequence[Item], start_ns: int, span_ns: int) -> Iterator[tuple[Item, int]]:
    """The items with times after `start_ns`, the last one at the end of the span."""
    for index, item in enumerate(items):
        yield item, start_ns + span_ns * (index + 1) // len(items)

"""A recorded clip through the stream: every frame that shows the person gets its motion."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from vtm.types import Frame, Motion, Observation
from vtm_trt.stream.person_stream import MotionStream

Item = TypeVar("Item", Frame, Observation)
LEAD_FRAMES = 24
"""Least number of frames played to and fro before a clip that is no longer than the look-ahead."""
LEAST_STEP_NS = 1_000_000


def run_sequence(
    stream: MotionStream, lifted: Callable[[Iterable[Item]], Iterator[Motion | None]], items: Iterable[Item]
) -> tuple[list[Motion], list[int]]:
    """Run a recorded clip through the stream.

    Nothing is left inside the look-ahead, neither where the motion starts anew nor at the end. What is shorter than the
    look-ahead the network would have to guess to the end of: it is lifted again as if it went to and fro.

    Args:
        stream: What it runs through.
        lifted: `stream.steps` or `stream.lifts`.
        items: Frames or observations, in order of time.

    Returns:
        The motions, in order of time, and the stamps of all items, nanoseconds.
    """
    live, stream.recorded = stream.recorded, True
    put_right = stream.put_right
    motions: list[Motion] = []
    stamps: list[int] = []
    try:
        motions += _given(lifted(_noted(items, stamps)))
        motions += stream.flush()
        if 0 < len(motions) <= stream.lookahead:
            stream.put_right = False
            motions = _to_and_fro(stream, motions)
    finally:
        stream.recorded, stream.put_right = live, put_right
    return motions, stamps


def _to_and_fro(stream: MotionStream, motions: Sequence[Motion]) -> list[Motion]:
    """The same frames, lifted with what the clip shows, played backwards, before and after them."""
    frames = len(motions)
    turn = [*range(frames), *range(frames - 2, 0, -1)] or [0]
    first = -(-LEAD_FRAMES // len(turn)) * len(turn)
    order = [turn[row % len(turn)] for row in range(first + frames + stream.lookahead)]
    found: list[Motion] = []
    stamp = 0
    for before, now in zip([order[0], *order], order, strict=False):
        stamp += max(abs(motions[now].stamp_ns - motions[before].stamp_ns), LEAST_STEP_NS)
        found += _given([stream.lift(replace(motions[now].observation, stamp_ns=stamp))])
    found += stream.flush()
    if len(found) != len(order):
        return list(motions)
    return [
        replace(motion, stamp_ns=given.stamp_ns, observation=given.observation, person_id=given.person_id)
        for motion, given in zip(found[first : first + frames], motions, strict=True)
    ]


def _noted(items: Iterable[Item], stamps: list[int]) -> Iterator[Item]:
    for item in items:
        stamps.append(item.stamp_ns)
        yield item


def _given(motions: Iterable[Motion | None]) -> list[Motion]:
    return [motion for motion in motions if motion is not None]

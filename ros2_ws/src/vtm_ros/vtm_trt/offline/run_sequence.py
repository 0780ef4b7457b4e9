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
            motions = _lifted_to_and_fro(stream, motions)
    finally:
        stream.recorded, stream.put_right = live, put_right
    return motions, stamps


def to_and_fro(observations: Sequence[Observation], lookahead: int) -> tuple[list[Observation], slice]:
    """A short clip with what it shows, played backwards, before and after it; and where in that it is."""
    frames = len(observations)
    turn = [*range(frames), *range(frames - 2, 0, -1)] or [0]
    first = -(-LEAD_FRAMES // len(turn)) * len(turn)
    order = [turn[row % len(turn)] for row in range(first + frames + lookahead)]
    played: list[Observation] = []
    stamp = 0
    for before, now in zip([order[0], *order], order, strict=False):
        stamp += max(abs(observations[now].stamp_ns - observations[before].stamp_ns), LEAST_STEP_NS)
        played.append(replace(observations[now], stamp_ns=stamp))
    return played, slice(first, first + frames)


def _lifted_to_and_fro(stream: MotionStream, motions: Sequence[Motion]) -> list[Motion]:
    """The same frames, lifted as if they went to and fro."""
    played, shown = to_and_fro([motion.observation for motion in motions], stream.lookahead)
    found = _given(stream.lifts(played)) + stream.flush()
    if len(found) != len(played):
        return list(motions)
    return [
        replace(motion, stamp_ns=given.stamp_ns, observation=given.observation, person_id=given.person_id)
        for motion, given in zip(found[shown], motions, strict=True)
    ]


def _noted(items: Iterable[Item], stamps: list[int]) -> Iterator[Item]:
    for item in items:
        stamps.append(item.stamp_ns)
        yield item


def _given(motions: Iterable[Motion | None]) -> list[Motion]:
    return [motion for motion in motions if motion is not None]

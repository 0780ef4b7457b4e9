"""What streaming saves: one step, against computing a whole window of frames again for every frame."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from statistics import median
from time import perf_counter

from vtm.types import Frame
from vtm_trt.stream.person_stream import MotionStream

WINDOW = 32
"""Frames that the shipped network looks back."""
INTERVAL_NS = 33_333_333


def streaming_vs_window(stream: MotionStream, frame: Frame, rounds: Iterable[int]) -> float | None:
    """How many times longer a window of WINDOW frames takes than one step, without decoding; the median.

    The window is the 2D pose of each of its frames, and VTM once: a network that takes all frames in one call takes
    longer than the single step counted here, so this is the least that streaming saves.

    Args:
        stream: The stream, which is reset.
        frame: Every frame of the window, as the networks take the same time for all.
        rounds: Each is one measurement.

    Returns:
        None where `frame` shows nobody.
    """
    assert stream.tracker is not None
    stream.reset()
    later = (replace(frame, stamp_ns=frame.stamp_ns + number * INTERVAL_NS) for number in count())
    if stream.step(next(later)) is None:
        return None
    ratios = []
    for _ in rounds:
        began = perf_counter()
        for _ in range(WINDOW):
            stream.step(next(later))
        between = perf_counter()
        for _ in range(WINDOW):
            observation = stream.tracker.step(next(later))
        if observation is None:
            return None
        stream.lift(observation)
        window = perf_counter() - between
        ratios.append(window / ((between - began) / WINDOW))
    return round(median(ratios), 1)

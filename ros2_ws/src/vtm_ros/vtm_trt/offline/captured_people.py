"""One way from a recorded clip of several people to the motion of each."""

from collections.abc import Callable, Iterable

import numpy as np

from vtm.camera import Intrinsics
from vtm.types import Frame, Observation
from vtm_trt.offline.captured import Captured, capture_sequence
from vtm_trt.pose2d.people import PeopleTracker
from vtm_trt.stream.nobody import nobody
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.picture_cut import PictureCut

SEARCH_EVERY = 3
"""Frames from one search to the next: of a recording nothing is late."""
LEAST_S = 0.5
"""Seconds for which somebody is seen at least; who is seen for less is taken for nobody."""


def watch_people(tracker: PeopleTracker, frames: Iterable[Frame]) -> dict[int, list[Observation]]:
    """What a clip shows of each person.

    Args:
        tracker: With nobody in view yet.
        frames: In order of time.

    Returns:
        An observation for every frame of each person, of whom those that are seen first have the lowest numbers, from 1
        up. One without any confidence is of a frame that does not show the person.
    """
    tracker.plan.every = SEARCH_EVERY
    is_cut = PictureCut()
    absent: list[Observation] = []
    seen: dict[int, dict[int, Observation]] = {}
    for row, frame in enumerate(frames):
        if is_cut(frame.image):
            tracker.lose(frame.stamp_ns)
        absent.append(nobody(frame))
        for person in tracker.step(frame):
            if person.track.observation is not None:
                seen.setdefault(person.number, {})[row] = person.track.observation
    if not seen:
        return {}
    step_s = float(np.median(np.diff([one.stamp_ns for one in absent]))) * 1e-9 if len(absent) > 1 else LEAST_S
    kept = [seen[number] for number in sorted(seen) if len(seen[number]) * step_s >= LEAST_S]
    return {number: [rows.get(row, one) for row, one in enumerate(absent)] for number, rows in enumerate(kept, start=1)}


def capture_people(
    seen: dict[int, list[Observation]],
    new_stream: Callable[[int], MotionStream],
    intrinsics: Intrinsics,
    fps: float,
    once: bool = False,
    feet: bool = True,
) -> dict[int, Captured]:
    """The motion of each person of a clip, by number; without those who turn out to be nobody.

    Args:
        seen: What `watch_people` saw.
        new_stream: Makes the stream of a person with a number.
        intrinsics: The camera's.
        fps: Frames per second that the motion files announce.
        once: As for `capture_sequence`.
        feet: As for `capture_sequence`.
    """
    captured: dict[int, Captured] = {}
    for number, observations in seen.items():
        stream = new_stream(number)
        one = capture_sequence(stream, stream.lifts, observations, intrinsics, fps, once, feet)
        if one.motions:
            captured[number] = one
    return captured

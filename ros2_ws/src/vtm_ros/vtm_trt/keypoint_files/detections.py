"""The people that a 2D network saw in the frames of a file, before one of them is chosen."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from vtm.body.conventions import Convention
from vtm.errors import VtmError

LONGEST_GAP = 30
"""Frames after which somebody who was not seen is not linked to who is seen then."""
FURTHEST_LINK = 0.5
"""How far the points of a person may move from one frame to the next, in diagonals of the person's box."""
SPARSEST = 100
"""So many numbers for each frame there is, and 10 000: numbers further apart are none of frames."""


@dataclass(frozen=True, eq=False)
class Detection:
    """One person in one frame.

    Attributes:
        points: (P, 3) x, y and confidence.
        track: Who it is, where the file says so.
        score: How sure the detector is of the person.
    """

    points: np.ndarray
    track: int | None = None
    score: float = 1.0


@dataclass(eq=False)
class Detections:
    """What a file holds.

    Attributes:
        frames: Frame number -> the people seen in it; frames that lack are frames without anybody.
        convention: Of the points, where the file names them.
        size: Width and height of the pictures, pixels, where the file says so.
        first: Number of the video's first frame.
        points: How many points people have, where that is known without anybody.
        fps: Frames/s, where the file says so.
        times: Frame number -> its time in the file's unit, where it says so.
    """

    frames: dict[int, list[Detection]] = field(default_factory=dict)
    convention: Convention | str | None = None
    size: tuple[int, int] | None = None
    first: int = 0
    points: int | None = None
    fps: float | None = None
    times: dict[int, float] = field(default_factory=dict)

    def count(self) -> int:
        """How many points a person has.

        Raises:
            VtmError: There is nobody, or people differ.
        """
        counts = {len(one.points) for people in self.frames.values() for one in people}
        if not counts and self.points is not None:
            return self.points
        if not counts:
            raise VtmError("holds nobody in any frame; give keypoints of a person")
        if len(counts) > 1:
            raise VtmError(f"has people of {', '.join(map(str, sorted(counts)))} keypoints; give those of one network")
        return counts.pop()


def rows_of(numbers: list[int], first: int) -> tuple[list[int], int]:
    """The frames that the motion is to have.

    Args:
        numbers: Of the frames in the file, in any order.
        first: Number of the video's first frame.

    Returns:
        Every number from the first to the last, and the step between them: files of every fifth frame have rows for
        those only.

    Raises:
        VtmError: They cannot be numbers of frames.
    """
    ordered = sorted(numbers)
    start, end = ordered[0], ordered[-1]
    if end - start > SPARSEST * len(ordered) + 10_000:
        raise VtmError(
            f"numbers {len(ordered)} frames from {start} to {end}, which are no frame numbers; name the frames 0, 1, 2"
        )
    step = 0
    for before, now in zip(ordered, ordered[1:], strict=False):
        step = gcd(step, now - before)
    step = step or 1
    if start - first <= max(end - start, 50) and (start - first) % step == 0:
        start = first if start != first + 1 or step > 1 else start
    return list(range(start, end + 1, step)), step


def seconds_of(times: dict[int, float], rows: list[int]) -> tuple[np.ndarray | None, str]:
    """The times of the rows, (T,) s from the first, and in words what was done; None where they are not all told.

    The unit is the one in which there are 1 to 300 frames a second: s, ms, us or ns.
    """
    if len(rows) < 2 or any(number not in times for number in rows):
        return None, ""
    told = np.array([times[number] for number in rows])
    step = float(np.median(np.diff(told)))
    unit = next((unit for unit in (1.0, 1e-3, 1e-6, 1e-9) if 1 / 300 <= step * unit <= 1), None)
    if unit is None or (np.diff(told) <= 0).any():
        return None, "the times in the file do not increase as frames do, and are not used"
    return (told - told[0]) * unit, f"times of the file are taken, {1 / (step * unit):.4g} frames a second"


def one_person(detections: Detections, person: int | None) -> tuple[dict[int, np.ndarray], str]:
    """The points of one person, and in words who it is; no word where there is nobody else.

    Args:
        detections: All of them.
        person: The number of a track; None takes the largest.

    Returns:
        Frame number -> (P, 3).

    Raises:
        VtmError: There is no such person.
    """
    frames = {number: people for number, people in detections.frames.items() if people}
    if not frames:
        return {}, ""
    if person is None and all(len(people) == 1 for people in frames.values()):
        ids = {people[0].track for people in frames.values()}
        if len(ids) == 1:
            return {number: people[0].points for number, people in frames.items()}, ""
    tracks, told = _by_track(frames), True
    if tracks is None:
        tracks, told = _linked(frames), False
    weight = {name: sum(_extent(one.points) for one in track.values()) for name, track in tracks.items()}
    order = sorted(weight, key=lambda name: -weight[name])
    if not told:  # numbered by size, since the file does not say who is who
        tracks = {number: tracks[name] for number, name in enumerate(order, 1)}
        order = list(tracks)
    listed = ", ".join(f"{name} in {len(tracks[name])} frames" for name in order[:8])
    if person is not None and person not in tracks:
        raise VtmError(f"holds no person {person}; give --person one of: {listed}")
    chosen = order[0] if person is None else person
    words = f"{len(tracks)} people ({listed}{' ...' if len(order) > 8 else ''}): {chosen} is taken"
    words += ", the largest; --person takes another" if person is None else ""
    return {number: one.points for number, one in tracks[chosen].items()}, words if len(tracks) > 1 else ""


Tracks = dict[int, dict[int, Detection]]


def _by_track(frames: dict[int, list[Detection]]) -> Tracks | None:
    """Track -> frame -> person; None where the file does not say who is who, or says the same of all."""
    tracks: Tracks = defaultdict(dict)
    doubled = crowded = 0
    for number, people in frames.items():
        ids = Counter(one.track for one in people)
        if None in ids:
            return None
        crowded += len(people) > 1
        doubled += len(ids) < len(people)
        for one in sorted(people, key=lambda one: one.score):
            tracks[one.track or 0][number] = one
    return dict(tracks) if doubled <= 0.1 * crowded else None


def _linked(frames: dict[int, list[Detection]]) -> Tracks:
    """Track -> frame -> person, by place alone."""
    tracks: Tracks = {}
    last: dict[int, int] = {}
    for number in sorted(frames):
        alive = [name for name, seen in last.items() if number - seen <= LONGEST_GAP]
        pairs = sorted(
            (
                (_way(tracks[name][last[name]].points, one.points), name, place)
                for name in alive
                for place, one in enumerate(frames[number])
            ),
        )
        free, waiting = set(range(len(frames[number]))), set(alive)
        for way, name, place in pairs:
            if name in waiting and place in free and way < FURTHEST_LINK:
                waiting.discard(name)
                free.discard(place)
                tracks[name][number], last[name] = frames[number][place], number
        for place in sorted(free):
            name = len(tracks)
            tracks[name], last[name] = {number: frames[number][place]}, number
    return tracks


def _seen(points: np.ndarray) -> np.ndarray:
    return np.isfinite(points).all(-1) & (points[:, 2] > 0)


def _extent(points: np.ndarray) -> float:
    seen = points[_seen(points), :2]
    return float(np.linalg.norm(np.ptp(seen, axis=0))) if len(seen) else 0.0


def _way(before: np.ndarray, now: np.ndarray) -> float:
    """Median way of the points seen in both, in the larger of the two boxes' diagonals."""
    both = _seen(before) & _seen(now)
    size = max(_extent(before), _extent(now))
    if not both.any() or size <= 0:
        return np.inf
    return float(np.median(np.linalg.norm(before[both, :2] - now[both, :2], axis=-1))) / size

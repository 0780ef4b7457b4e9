"""What a piece of a long video shows of its person, as seen by one who follows the whole.

The 2D network remembers for a moment only where the person was. So it begins a little before the piece, and what it
sees there is left out. Where two pieces yet see something else at their seam, a little, somebody else, or nobody,
the later one is looked at again from where the earlier one ends until both see the same.
"""

import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from vtm.camera import Intrinsics
from vtm.types import Frame, Observation
from vtm_tools.batch.job import Piece
from vtm_tools.batch.watched import Look, Watched
from vtm_trt.pose2d.estimator import PoseEstimator
from vtm_trt.pose2d.roi import SteadyPoints
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.sources.video import Video
from vtm_trt.stream.nobody import nobody
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.picture_cut import PictureCut

WARM_UP_NS = 10_000_000_000
"""Nanoseconds before a piece. Where somebody is looked at who hardly moves depends about so long on how it began."""
EVERY = 8
"""Each so many pixels one counts for the checksum of a picture."""
SEEN = 0.3
SAME, SAME_PERSON = 0.002, 0.05
"""Two see the same, or the same person, where half of the keypoints are no further apart, in sizes of the person."""
SETTLED = 30
"""Frames in a row in which two have to see the same before they are taken to go on so."""
LONGEST = 1800
"""Frames after which the same person is enough: of somebody who is seen in part there can be two views that stay."""


class Unfit(Exception):
    """This video cannot be captured in pieces."""


class Watcher:
    """Looks at pieces of one video.

    Args:
        source: The video.
        lens: Of its camera.
        tracker: The 2D network.
        new_stream: Makes the stream of a tracker, which tells it when what is followed may be no person.
    """

    def __init__(
        self, source: Video, lens: Intrinsics, tracker: PoseTracker, new_stream: Callable[[PoseEstimator], MotionStream]
    ):
        self._source, self._lens, self._tracker, self._new_stream = source, lens, tracker, new_stream

    def watch(self, piece: Piece) -> Watched:
        """Look at a piece.

        Raises:
            Unfit: Its frames have no times, or these do not ascend, or there is none, or some cannot be read.
        """
        noted = _Noted(self._tracker)
        for _ in self._steps(noted, piece, piece.start_ns - WARM_UP_NS):
            pass
        places = [look.observation.stamp_ns for look in noted.looks]
        first = bisect_left(places, piece.start_ns) - 1 if piece.number > 1 else 0
        if first < 0 or first + 1 >= len(places):
            raise Unfit(f"{piece} has no frame")
        return Watched(noted.looks[first:], self._source.lost if piece.number == piece.count else 0)

    def go_on(self, before: Watched, piece: Piece, watched: Watched) -> Watched:
        """What `piece` shows to one who has followed the person through the piece before.

        Args:
            before: What the piece before shows.
            piece: This piece.
            watched: What it shows by itself.

        Raises:
            Unfit: The pictures at the seam are not the same.
        """
        last, (first, *rest) = before.looks[-1], watched.looks
        if (last.observation.stamp_ns, last.checksum) != (first.observation.stamp_ns, first.checksum):
            raise Unfit(f"{piece} does not begin where the one before ends")
        if is_same(last.observation, first.observation):
            return watched
        noted, alike = _Noted(self._tracker, last, (self._source.height, self._source.width, 3)), 0
        row = 0
        for row, _ in enumerate(self._steps(noted, piece, piece.start_ns), start=1):
            if row > len(rest):
                raise Unfit(f"{piece} is not always read alike")
            most = SAME if row < LONGEST else SAME_PERSON
            same = is_same(noted.looks[row - 1].observation, rest[row - 1].observation, most)
            alike = alike + 1 if same else 0
            if alike == SETTLED:
                break
        again = [replace(one, was_cut=old.was_cut) for one, old in zip(noted.looks[:row], rest, strict=False)]
        return Watched([last, *again, *rest[row:]], watched.lost)

    def _steps(self, noted: "_Noted", piece: Piece, from_ns: int) -> Iterator[object]:
        stream = self._new_stream(noted)
        stream.recorded = True
        noted.begin()
        yield from stream.steps(self._frames(piece, from_ns))

    def _frames(self, piece: Piece, from_ns: int) -> Iterator[Frame]:
        """From a time in the file to the end of a piece; that time is the stamp of each."""
        if piece.number > 1:
            self._source.seek(from_ns)
        before_ns = None
        while (image := self._source.read()) is not None:
            place_ns = self._source.position_ns
            if self._source.skipped or self._source.damaged:
                raise Unfit("some of its frames cannot be read, or are not whole")
            if place_ns is None or (before_ns is not None and place_ns <= before_ns):
                raise Unfit("its frames have no times, or not in their order")
            before_ns = place_ns
            if piece.number < piece.count and place_ns >= piece.end_ns:
                return
            if piece.number == 1 or place_ns >= from_ns:
                yield Frame(image, place_ns, self._lens)


class _Noted:
    """A tracker whose every look is kept; it may go on after the last look of another one, in pictures of a shape."""

    def __init__(self, tracker: PoseTracker, last: Look | None = None, shape: Sequence[int] = ()):
        self._tracker, self._last, self._shape, self._is_cut = tracker, last, tuple(shape), PictureCut()
        self.looks: list[Look] = []

    def begin(self) -> None:
        steady, last = None, self._last
        if last is not None and last.memory is not None:
            steady = SteadyPoints.of_memory(last.memory, last.observation.stamp_ns)
        self._tracker.follow(steady, self._shape)

    def step(self, frame: Frame) -> Observation | None:
        seen = self._tracker.step(frame)
        checksum = zlib.crc32(frame.image[::EVERY, ::EVERY].tobytes())
        steady = self._tracker.steady
        memory = None if steady is None else steady.memory
        self.looks.append(Look(seen or nobody(frame), self._is_cut(frame.image), checksum, memory))
        return seen

    def reset(self) -> None:
        self._tracker.reset()

    def look_again(self) -> None:
        self._tracker.look_again()

    def describe(self) -> str:
        return self._tracker.describe()


def is_same(one: Observation, other: Observation, most: float = SAME) -> bool:
    """Whether two observations of a frame agree.

    Args:
        one: Of the frame.
        other: Of the same frame.
        most: How far apart half of the keypoints may be, in sizes of the person; nobody agrees with nobody alone.
    """
    both = np.minimum(one.confidence, other.confidence) > SEEN
    if not both.any():
        return not one.confidence.any() and not other.confidence.any()
    apart = np.linalg.norm(one.keypoints - other.keypoints, axis=1)[both]
    return bool(np.median(apart) <= most * np.ptp(one.keypoints[both], axis=0).max())

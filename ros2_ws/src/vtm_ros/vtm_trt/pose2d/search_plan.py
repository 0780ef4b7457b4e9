"""When, and in which part of the picture, people are searched for who are not followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.detector import whole
from vtm_trt.pose2d.moving import Moving
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi

SEARCH_EVERY = 6
"""Frames from one search to the next."""
HINT_EVERY, IN_VAIN = 2, 10
"""The same while somebody is lost, or something moves that nobody explains; until so many searches were in vain."""
LATELY_NS = 500_000_000
"""Nanoseconds for which somebody who was lost is searched for so often in any case."""
AROUND = 2.0
"""Side of the part of the picture in which a body is searched for, over that of the body's region."""
OVERLAP = 1.25
"""Side of a tile over what it would have without overlap."""


@dataclass(frozen=True)
class Part:
    """Of a picture.

    Attributes:
        square: What the detector looks at.
        region: Of a body that may be there, whether the detector sees it or not; None for none.
    """

    square: Roi
    region: Roi | None = None

    @classmethod
    def around(cls, region: Roi, is_new: bool) -> "Part":
        """What is around the region of a body, which is looked at as well if that `is_new`."""
        return cls(Roi(region.x, region.y, AROUND * region.side, 0.0), region if is_new else None)


class SearchPlan:
    """The whole picture and its tiles come in a fixed order; every second search follows a hint, where there is any.

    Args:
        tiles: Along the longer side, one more in the first frame; 1 looks at the whole only.

    Attributes:
        every: Frames from one search to the next where there is no hint.
    """

    def __init__(self, tiles: int):
        self._tiles, self.every = tiles, SEARCH_EVERY
        self._moving = Moving()
        self.begin()

    def begin(self) -> None:
        """The picture shows something new: all its parts are searched at once."""
        self._moving.reset()
        self._part = self._hint = self._in_vain = 0
        self._since = self.every
        self._is_first, self._is_hint_next = True, False

    def found(self, anybody: bool) -> None:
        """Whether the last search found anybody."""
        self._in_vain = 0 if anybody else self._in_vain + 1

    def __call__(self, frame: Frame, seen: Sequence[Person], lost: Sequence[Person], is_wanted: bool) -> list[Part]:
        """The parts of a frame that are to be searched, mostly one or none.

        Args:
            frame: The next one.
            seen: Who is seen in it.
            lost: Who should be.
            is_wanted: Whether there may be more people.
        """
        hints = [Part.around(person.where(frame.stamp_ns), False) for person in lost]
        if is_wanted:
            moving = self._moving(frame, [person.landmarks.pixels for person in seen])
            hints += [Part.around(region, True) for region in moving]
        else:
            self._moving.reset()
        if not hints:
            self._in_vain = 0
        self._since += 1
        is_lost = any(frame.stamp_ns - max(person.seen_ns, person.hidden_ns) < LATELY_NS for person in lost)
        if not (lost or is_wanted) or self._since < self._pause(frame, seen, hints, is_lost):
            return []
        self._since = 0
        if self._is_first:
            self._is_first = False
            return self._parts(frame, self._tiles, self._tiles + 1)
        self._is_hint_next = not self._is_hint_next
        if hints and not self._is_hint_next:
            self._hint += 1
            return [hints[self._hint % len(hints)]]
        parts = self._parts(frame, self._tiles)
        self._part += 1
        return [parts[(self._part - 1) % len(parts)]]

    def _pause(self, frame: Frame, seen: Sequence[Person], hints: Sequence[Part], is_lost: bool) -> int:
        """Frames from the search before to the next one."""
        if not seen:
            return 1
        return HINT_EVERY if hints and (is_lost or self._in_vain < IN_VAIN) else self.every

    def _parts(self, frame: Frame, *counts: int) -> list[Part]:
        """The whole picture, and its tiles if there are any at all: so many along its longer side, of each size."""
        height, width = frame.image.shape[:2]
        sizes = counts if self._tiles > 1 else ()
        return [Part(whole(frame)), *(Part(square) for count in sizes for square in tiles(width, height, count))]


def tiles(width: int, height: int, count: int) -> list[Roi]:
    """Squares that cover an image, `count` along its longer side, each overlapping its neighbours; none for 1."""
    if count < 2:
        return []
    side = OVERLAP * max(width, height) / count
    middles = []
    for size in (width, height):
        steps = max(1, ceil((size - side) / (side / OVERLAP)) + 1) if size > side else 1
        edge = min(side, size) / 2
        middles.append(np.linspace(edge, size - edge, steps).tolist())
    return [Roi(x, y, side, 0.0) for y in middles[1] for x in middles[0]]

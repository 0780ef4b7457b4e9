"""Finds those in a picture whom nobody follows."""

from collections.abc import Sequence
from math import ceil, hypot

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import SAME, apart, on_body
from vtm_trt.pose2d.detector import PersonDetector, whole
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi

NEAR, GROWTH = 0.08, 1.6
"""A find whose centre is nearer to somebody's, in sides, and whose side is like it by this factor, is the same."""
OFF, STEADY = 0.25, 0.15
"""Sides; a find is no person if its landmarks are further from the place, or move by more at a second look."""
MOST_ON = 0.5
"""Share of the landmarks of a find that may lie on somebody else's body."""
AROUND = 2.0
"""Sides of the part of the picture in which somebody who was lost is searched for."""
OVERLAP = 1.25
"""Side of a tile over what it would have without overlap."""


class PeopleSearch:
    """Each search looks at the whole picture, at the next of its tiles, or around somebody who was lost.

    Args:
        networks: Those of the landmarks.
        backend: What runs the detector.
        threads: Of the processor.
        crops: Shared with the other networks.
        tiles: Along the longer side; 1 looks at the whole only.
    """

    def __init__(self, networks: LandmarkNetworks, backend: str, threads: int, crops: Crops, tiles: int):
        self._networks, self._tiles = networks, tiles
        self._detector = PersonDetector(backend, threads, crops)
        self.begin()

    def begin(self) -> None:
        """The next search looks at the whole picture."""
        self._searches = 0

    def has_seen_all(self, frame: Frame) -> bool:
        """Whether every part of such a picture was searched once."""
        return self._searches >= len(self._parts(frame))

    def _parts(self, frame: Frame) -> list[Roi]:
        return [whole(frame), *tiles(frame.image.shape[1], frame.image.shape[0], self._tiles)]

    def __call__(
        self, frame: Frame, followed: Sequence[Person], lost: Sequence[Person], most: int
    ) -> tuple[list[Landmarks], set[Person]]:
        """Search the next part of the picture.

        Args:
            frame: Its image is C-contiguous.
            followed: Who is seen in this frame without a search.
            lost: Who should be seen; they take turns with the rest of the picture.
            most: How many finds are looked at.

        Returns:
            The bodies that are of none of those who are followed, and which of these the detector finds as well.
        """
        confirmed: set[Person] = set()
        places: list[Roi] = []
        for place in self._detector.everybody(frame, self._part(frame, lost)):
            same = {person for person in followed if _is_near(place, person.region)}
            confirmed |= same
            if not same and not any(_is_near(place, other) for other in places):
                places.append(place)
        return self._bodies(frame, places[:most], followed), confirmed

    def _part(self, frame: Frame, lost: Sequence[Person]) -> Roi:
        turn, is_odd = divmod(self._searches, 2)
        self._searches += 1
        if lost and is_odd:
            where = lost[turn % len(lost)].where(frame.stamp_ns)
            return Roi(where.x, where.y, AROUND * where.side, 0.0)
        parts = self._parts(frame)
        return parts[(turn if lost else self._searches - 1) % len(parts)]

    def _bodies(self, frame: Frame, places: Sequence[Roi], followed: Sequence[Person]) -> list[Landmarks]:
        """Who is there. A second look, from the first one's own region, halves the first pose's error."""
        others = [person.landmarks for person in followed]
        looks = zip(self._networks(frame, places), places, strict=True)
        first = [body for body, place in looks if body and _agree(body, place) and _is_apart(body, others)]
        second = self._networks(frame, [Roi.around(body.alignment) for body in first])
        bodies: list[Landmarks] = []
        for before, body in zip(first, second, strict=True):
            if body and apart(before.pixels, body.pixels, _side(body)) < STEADY and _is_apart(body, [*others, *bodies]):
                bodies.append(body)
        return bodies


def _side(body: Landmarks) -> float:
    return Roi.around(body.alignment).side


def _agree(body: Landmarks, place: Roi) -> bool:
    """Whether a body is where the detector saw it: one made of two people is not."""
    region = Roi.around(body.alignment)
    off = hypot(region.x - place.x, region.y - place.y) / place.side
    return off < OFF and 1 / GROWTH < region.side / place.side < GROWTH


def _is_apart(body: Landmarks, others: Sequence[Landmarks]) -> bool:
    """Whether a body is none of the others, and not for the most part in front of or behind one."""
    return not any(
        apart(body.pixels, other.pixels, _side(other)) < SAME or on_body(body, other).mean() > MOST_ON
        for other in others
    )


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


def _is_near(place: Roi, other: Roi) -> bool:
    near = NEAR * max(place.side, other.side)
    return hypot(place.x - other.x, place.y - other.y) < near and 1 / GROWTH < place.side / other.side < GROWTH

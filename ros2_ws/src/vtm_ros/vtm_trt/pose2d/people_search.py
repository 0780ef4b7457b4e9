"""Finds those in a picture whom nobody follows."""

from collections.abc import Sequence
from math import ceil, hypot

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import SAME, apart
from vtm_trt.pose2d.detector import PersonDetector, whole
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi

NEAR, GROWTH = 0.16, 2.0
"""A find whose centre is nearer to somebody's, in sides, and whose side is like it by this factor, is the same."""
OVERLAP = 1.25
"""Side of a tile over what it would have without overlap."""


class PeopleSearch:
    """Each search looks at the whole picture, or at the next of its tiles.

    Args:
        networks: Those of the landmarks.
        backend: What runs the detector.
        threads: Of the processor.
        crops: Shared with the other networks.
        tiles: Along the longer side; 1 looks at the whole only.
    """

    def __init__(self, networks: LandmarkNetworks, backend: str, threads: int, crops: Crops, tiles: int = 1):
        self._networks, self._tiles = networks, tiles
        self._detector = PersonDetector(backend, threads, crops)
        self._searches = 0

    def __call__(self, frame: Frame, followed: Sequence[Person], most: int) -> tuple[list[Landmarks], set[Person]]:
        """Search the next part of the picture.

        Args:
            frame: Its image is C-contiguous.
            followed: Who is seen in this frame without a search.
            most: How many finds are looked at.

        Returns:
            The bodies that are of none of them, and which of them the detector finds as well.
        """
        parts = [whole(frame), *tiles(frame.image.shape[1], frame.image.shape[0], self._tiles)]
        part = parts[self._searches % len(parts)]
        self._searches += 1
        confirmed: set[Person] = set()
        places: list[Roi] = []
        for place in self._detector.everybody(frame, part):
            same = {person for person in followed if _is_near(place, person.region)}
            confirmed |= same
            if not same and not any(_is_near(place, other) for other in places):
                places.append(place)
        return self._bodies(frame, places[:most], followed), confirmed

    def _bodies(self, frame: Frame, places: Sequence[Roi], followed: Sequence[Person]) -> list[Landmarks]:
        """Who is there. A second look, from the first one's own region, halves the first pose's error."""
        first = [body for body in self._networks(frame, places) if body]
        second = self._networks(frame, [Roi.around(body.alignment) for body in first])
        bodies: list[Landmarks] = []
        others = [(person.landmarks.pixels, person.side) for person in followed]
        for body in (again or before for again, before in zip(second, first, strict=True)):
            if all(apart(body.pixels, points, side) >= SAME for points, side in others):
                bodies.append(body)
                others.append((body.pixels, Roi.around(body.alignment).side))
        return bodies


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

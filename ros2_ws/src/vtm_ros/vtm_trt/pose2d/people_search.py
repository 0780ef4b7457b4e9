"""Finds those in a picture whom nobody follows."""

from collections.abc import Iterator, Sequence
from math import hypot

from vtm.types import Frame
from vtm_trt.pose2d.bodies import BELOW_HEAD, SAME, apart, on_body, overlap
from vtm_trt.pose2d.detector import PersonDetector
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.painting import alone
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.search_plan import Part

NEAR, GROWTH = 0.08, 1.6
"""A find whose centre is nearer to somebody's, in sides, and whose side is like it by this factor, is the same."""
OFF, STEADY = 0.25, 0.15
"""Sides; a find is no person if its landmarks are further from the place, or move by more at a second look."""
SURE = 0.3
"""Least mean confidence of a find."""
MOST_ON, MOST_OVER, HARDLY_ON = 0.5, 0.7, 0.15
"""Share of the landmarks of a find that may lie on somebody else's body, and of the one's box in the other's unless
hardly any landmark lies there: a find that is made of parts of several people covers them."""


class PeopleSearch:
    """Searches a part of the picture.

    Args:
        networks: Those of the landmarks.
        backend: What runs the detector.
        threads: Of the processor.
        crops: Shared with the other networks.
    """

    def __init__(self, networks: LandmarkNetworks, backend: str, threads: int, crops: Crops):
        self._networks = networks
        self._detector = PersonDetector(backend, threads, crops)

    def __call__(
        self, frame: Frame, part: Part, followed: Sequence[Person], most: int
    ) -> tuple[list[Landmarks], set[Person]]:
        """Who is there.

        Args:
            frame: Its image is C-contiguous.
            part: Of the picture.
            followed: Who is seen in this frame without a search.
            most: How many finds are looked at.

        Returns:
            The bodies that are of none of those who are followed, and which of these the detector finds as well.
        """
        confirmed: set[Person] = set()
        places: list[Roi] = []
        sure = [person.landmarks.pixels for person in followed if person.is_sure]
        frame = alone(frame, part.square, None, sure)
        for place in self._places(frame, part):
            same = {person for person in followed if _is_near(place, person.region)}
            confirmed |= same
            if not same and not any(_is_near(place, other) for other in places):
                places.append(place)
        return self._bodies(frame, part, places[:most], followed), confirmed

    def _places(self, frame: Frame, part: Part) -> Iterator[Roi]:
        yield from self._detector.everybody(frame, part.square)
        if part.region:
            yield part.region

    def _bodies(self, frame: Frame, part: Part, places: Sequence[Roi], followed: Sequence[Person]) -> list[Landmarks]:
        """Who is there. A second look, from the first one's own region, halves the first pose's error."""
        others = [person.landmarks for person in followed]
        looks = zip(self._networks([frame] * len(places), places), places, strict=True)
        first = [
            body
            for body, place in looks
            if body
            and _agree(body, place)
            and _is_apart(body, others)
            and not (place is part.region and any(overlap(body, other) > 0 for other in others))
        ]
        second = self._networks([frame] * len(first), [Roi.around(body.alignment) for body in first])
        bodies: list[Landmarks] = []
        for before, body in zip(first, second, strict=True):
            if body and apart(before.pixels, body.pixels, _side(body)) < STEADY and _is_apart(body, [*others, *bodies]):
                bodies.append(body)
        return bodies


def _side(body: Landmarks) -> float:
    return Roi.around(body.alignment).side


def _agree(body: Landmarks, place: Roi) -> bool:
    """Whether a body is sure, and where the detector saw it: one made of two people is not."""
    if body.confidence[BELOW_HEAD].mean() < SURE:
        return False
    region = Roi.around(body.alignment)
    off = hypot(region.x - place.x, region.y - place.y) / place.side
    return off < OFF and 1 / GROWTH < region.side / place.side < GROWTH


def _is_apart(body: Landmarks, others: Sequence[Landmarks]) -> bool:
    """Whether a body is none of the others, and not for the most part in front of or behind one."""
    return not any(
        apart(body.pixels, other.pixels, _side(other)) < SAME
        or (on := on_body(body, other).mean()) > MOST_ON
        or (on > HARDLY_ON and overlap(body, other) > MOST_OVER)
        for other in others
    )


def stands_apart(body: Landmarks, others: Sequence[Person]) -> bool:
    """Whether a find is so far from the others that it may be somebody new."""
    return not any(overlap(body, other.landmarks) > MOST_OVER for other in others)


def _is_near(place: Roi, other: Roi) -> bool:
    near = NEAR * max(place.side, other.side)
    return hypot(place.x - other.x, place.y - other.y) < near and 1 / GROWTH < place.side / other.side < GROWTH

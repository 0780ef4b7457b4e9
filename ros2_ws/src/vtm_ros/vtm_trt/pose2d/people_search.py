"""Finds those in a picture whom nobody follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Place:
    """Where somebody may be.

    Attributes:
        region: Of the body.
        picture: Without those who are followed.
        is_hint: Whether something moves there, and no more is known.
    """

    region: Roi
    picture: Frame
    is_hint: bool = False


class PeopleSearch:
    """Searches parts of the picture.

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
        self, frame: Frame, parts: Sequence[Part], followed: Sequence[Person], most: int
    ) -> tuple[list[Landmarks], set[Person]]:
        """Who is there.

        Args:
            frame: Its image is C-contiguous.
            parts: Of the picture, the finest last: what these show of somebody is taken.
            followed: Who is seen in this frame without a search.
            most: How many finds are looked at.

        Returns:
            The bodies that are of none of those who are followed, and which of these the detector finds as well.
        """
        confirmed: set[Person] = set()
        found: list[list[_Place]] = []
        for place in self._places(frame, parts, followed):
            same = {person for person in followed if _is_near(place.region, person.region)}
            confirmed |= same
            again = next((places for places in found if _is_near(place.region, places[0].region)), None)
            if again:
                again.append(place)
            elif not same:
                found.append([place])
        often = sorted(found, key=len, reverse=True)
        return self._bodies([places[0] for places in often[:most]], followed), confirmed

    def _places(self, frame: Frame, parts: Sequence[Part], followed: Sequence[Person]) -> Iterator[_Place]:
        """Where somebody may be, in the last of the parts first."""
        sure = [person.landmarks.pixels for person in followed if person.is_sure]
        for part in reversed(parts):
            picture = alone(frame, part.square, None, sure)
            for region in self._detector.everybody(picture, part.square):
                yield _Place(region, picture)
            if part.region:
                yield _Place(part.region, picture, is_hint=True)

    def _bodies(self, places: Sequence[_Place], followed: Sequence[Person]) -> list[Landmarks]:
        """Who is there. A second look, from the first one's own region, halves the first pose's error."""
        others = [person.landmarks for person in followed]
        looks = self._networks([place.picture for place in places], [place.region for place in places])
        first = [
            (body, place.picture)
            for body, place in zip(looks, places, strict=True)
            if body
            and _agree(body, place.region)
            and _is_apart(body, others)
            and not (place.is_hint and any(overlap(body, other) > 0 for other in others))
        ]
        second = self._networks([picture for _, picture in first], [Roi.around(body.alignment) for body, _ in first])
        bodies: list[Landmarks] = []
        for (before, _), body in zip(first, second, strict=True):
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

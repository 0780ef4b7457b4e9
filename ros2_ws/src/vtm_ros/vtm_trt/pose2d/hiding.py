"""Who is lost among others is behind one of them until it comes out, on whichever side."""

from collections.abc import Mapping

import numpy as np

from vtm_trt.pose2d.bodies import BELOW_HEAD, TRUNK, apart, is_surely_in_front, touch
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.who import KNOWN, UNLIKE

EXPOSED, EXPOSED_NS = 0.2, 200_000_000
"""Share of a body behind others up to which it would be seen; nanoseconds after which it is not where it should be."""
LONGEST_NS = 3_000_000_000
"""Nanoseconds for which somebody who is hidden is expected to come out again."""
SURE = 0.5
"""Least mean confidence of the body of somebody who comes out."""
LIFTED, GROWN, BENT = 0.08, 1.2, 0.13
"""How much higher or lower it may be than it should, in sides, larger or smaller, and in another posture, in sides."""
TOLD = 0.3
"""Share of the features that must be seen for the look to count."""


def stay_behind(person: Person, forecasts: Mapping[Person, Landmarks], share: float, stamp_ns: int) -> None:
    """Expect somebody who is not seen where it should be behind the one who hides it.

    A forecast that goes on at the last pace runs away from who has stopped or turned round behind another.

    Args:
        person: Who is not seen.
        forecasts: Everybody as they should be.
        share: Of the person's forecast that is behind others.
        stamp_ns: Of the frame.
    """
    own = forecasts[person]
    if person.hider not in forecasts:
        person.hider = _hider(person, forecasts)
    if share >= EXPOSED:
        person.exposed_ns = None
    elif person.exposed_ns is None:
        person.exposed_ns = stamp_ns
    hider = person.hider
    is_late = person.exposed_ns is not None and stamp_ns - person.exposed_ns >= EXPOSED_NS
    if is_late and hider and hider.is_seen and stamp_ns - person.seen_ns < LONGEST_NS:
        middle = hider.expected(stamp_ns)[TRUNK, 0].mean() - own.pixels[TRUNK, 0].mean()
        person.follow(hider, np.array([float(middle), 0.0]), stamp_ns)


def _hider(person: Person, forecasts: Mapping[Person, Landmarks]) -> Person | None:
    """The nearest of those who are seen, who touch the person and may be in front."""
    own = forecasts[person]
    near = [
        (apart(body.pixels, own.pixels, person.side), other)
        for other, body in forecasts.items()
        if other is not person
        and other.is_seen
        and touch(body, own)
        and not is_surely_in_front(own, body, max(person.side, other.side))
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def is_out(body: Landmarks, person: Person, stamp_ns: int) -> bool:
    """Whether a body that is seen near who hides a person can be that person's: an upright one, no rest of both."""
    region, expected = Roi.around(body.alignment), person.where(stamp_ns)
    was = person.expected(stamp_ns)
    way = (body.pixels - was)[BELOW_HEAD].mean(0)
    return (
        body.confidence[BELOW_HEAD].mean() >= SURE
        and abs(region.y - expected.y) <= LIFTED * expected.side
        and 1 / GROWN < region.side / expected.side < GROWN
        and apart(body.pixels - way, was, person.side) <= BENT
    )


def looks_like(look: Look, person: Person) -> bool:
    """Whether nothing in how a body looks says that it is not the person's."""
    return look.told <= TOLD or person.look.views < KNOWN or person.look.distance(look) <= UNLIKE

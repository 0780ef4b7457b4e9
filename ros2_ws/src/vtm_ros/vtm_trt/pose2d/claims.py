"""A body belongs to one person only: what is left of the bodies that are seen where several people should be."""

from collections.abc import Collection
from itertools import combinations

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import SAME, apart, touch
from vtm_trt.pose2d.hiding import is_out
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look, features
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.who import strangeness

GROWN_UP_NS = 300_000_000
"""Nanoseconds after which a person is no mere find any more."""
JUMP = 0.15
"""Sides by which landmarks are off from where they should be, if they are on another person's body instead."""
FURTHEST = 0.25
"""Sides by which they are off, in company, if they are on parts of several people."""
LEAP = 0.12
"""Sides by which they are off, beside somebody, if the body is none of the person's: nobody leaps so far from one frame
to the next."""
OWN = 1.5
"""A body is clearly one's own if it is so many times nearer to where it should be than to where the other's should."""
CERTAINLY_SAME = 0.04
"""As `SAME`, of two bodies that are clearly those of two people, such as embrace."""
LOST = 0.5
"""How much stranger a body is for somebody whom the frame before did not show, in `strangeness`."""


def is_new(person: Person) -> bool:
    """Whether a person may be a mere find."""
    return person.seen_ns - person.born_ns < GROWN_UP_NS


def keep_own(frame: Frame, seen: dict[Person, Landmarks], people: Collection[Person]) -> None:
    """Leave out of what was `seen` of each person in a frame what is another's.

    Args:
        frame: The frame.
        seen: The body where each person should be.
        people: All who are followed.
    """
    stamp, bodies = frame.stamp_ns, dict(seen)
    for person, body in bodies.items():
        is_out_of_hiding = person.hider is not None and not person.is_seen
        if is_out_of_hiding and not is_out(body, person, stamp):
            del seen[person]
            continue
        off = person.off(body, stamp)
        others = [other for other in people if other is not person]
        if is_out_of_hiding:
            others = [other for other in others if other not in bodies or _are_one(person, body, other, bodies[other])]
        others_off = min((other.off(body, stamp) for other in others), default=np.inf)
        jumped = off > JUMP and others_off < off / 2 if person.is_seen else others_off < off
        far = len(people) > 1 and off > FURTHEST
        if far or jumped or _leaps(person, off, people, stamp) or not (person.is_seen or person.fits(body, stamp)):
            del seen[person]
    for one, other in combinations(list(seen), 2):
        if one in seen and other in seen and _is_one(seen, one, other, stamp):
            look = Look.of(features(frame.image, seen[one]))
            strange = {
                person: (is_new(person), strangeness(seen[person], look, person, stamp) + LOST * (not person.is_seen))
                for person in (one, other)
            }
            del seen[max(strange, key=strange.__getitem__)]


def _leaps(person: Person, off: float, people: Collection[Person], stamp_ns: int) -> bool:
    """Whether who was seen beside somebody is too far from where it should be."""
    own = person.forecast(stamp_ns)
    return (
        person.is_seen
        and off > LEAP
        and any(touch(own, other.forecast(stamp_ns)) for other in people if other is not person)
    )


def _are_one(one: Person, body: Landmarks, other: Person, others: Landmarks) -> bool:
    return apart(body.pixels, others.pixels, min(one.side, other.side)) < SAME


def _is_one(seen: dict[Person, Landmarks], one: Person, other: Person, stamp_ns: int) -> bool:
    """Whether two people follow one body."""
    far = apart(seen[one].pixels, seen[other].pixels, min(one.side, other.side))
    if not CERTAINLY_SAME < far < SAME:
        return far < SAME
    return not all(
        OWN * person.off(seen[person], stamp_ns) < nobody.off(seen[person], stamp_ns)
        for person, nobody in ((one, other), (other, one))
    )

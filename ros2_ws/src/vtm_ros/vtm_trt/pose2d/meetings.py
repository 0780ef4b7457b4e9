"""People who meet: how they look before, and whether they still are who they were when they have parted."""

from collections.abc import Collection, Iterable
from itertools import combinations

from vtm.types import Frame
from vtm_trt.pose2d.bodies import overlap
from vtm_trt.pose2d.look import Look, features
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.who import KNOWN, exchanged

MET = 0.25
"""Share of a body's box in another's from which the two may be exchanged."""
LOOK_EVERY = 3
"""Frames from one look at somebody to the next."""
LOOKS = 6
"""So many looks after two people met tell whether they have been exchanged."""


class Meetings:
    """Learns how people look while each is alone."""

    def __init__(self) -> None:
        self._frames = 0

    def learn(self, frame: Frame, people: Iterable[Person]) -> None:
        """Look at those of the people who were seen in a frame."""
        self._frames += 1
        together: set[Person] = set()
        bodies = [(person, person.forecast(frame.stamp_ns)) for person in people]
        for (one, body), (other, others) in combinations(bodies, 2):
            if (one.is_seen or other.is_seen) and overlap(body, others) > MET:
                together |= {one, other}
                one.rivals.add(other)
                other.rivals.add(one)
        for person, _ in bodies:
            if not person.is_seen:
                continue
            if person in together:
                person.recent = Look()
            elif person.seen_ns != frame.stamp_ns:
                continue
            elif person.rivals:
                person.recent.learn(features(frame.image, person.landmarks))
            elif person.look.views < KNOWN or self._frames % LOOK_EVERY == 0:
                person.look.learn(features(frame.image, person.landmarks))

    def put_right(self, people: Collection[Person]) -> bool:
        """Give those who met, and have parted since, the tracks of the bodies that look like them.

        Args:
            people: All who are known, also those who are gone.

        Returns:
            Whether a track was exchanged.
        """
        is_other = False
        for person in people:
            person.rivals.intersection_update(people)
            if person.is_seen and person.rivals and person.recent.views >= LOOKS:
                met = [person, *person.rivals]
                person.rivals = set()
                if new := exchanged(met):
                    _exchange(new)
                    is_other = True
        return is_other


def _exchange(owners: dict[Person, Person]) -> None:
    """Give every owner the track of the body, and what they had to those whose bodies went."""
    without = [person for person in owners if person not in owners.values()]
    spare = [owner.track for owner in owners.values() if owner not in owners]
    given = {owner: body.track for body, owner in owners.items()} | dict(zip(without, spare, strict=True))
    for person, track in given.items():
        person.track = track
        person.recent = Look()

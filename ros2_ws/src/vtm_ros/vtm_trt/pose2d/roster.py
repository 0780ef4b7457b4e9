"""Who of several people is followed, and who is gone but would be known again."""

import numpy as np

from vtm_trt.pose2d.claims import is_new
from vtm_trt.pose2d.hiding import LONGEST_NS
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack

SEARCHED_NS = 500_000_000
"""Nanoseconds for which a person who is lost is searched for where it should be; no longer than it was seen before."""
REMEMBERED_NS = 10_000_000_000
"""Nanoseconds for which somebody who is gone gets the same number when seen again."""


class Roster:
    """People by number; no number is given again.

    Attributes:
        here: Who is followed, by number: seen, or searched for.
        gone: Who would get the same number when seen again.
    """

    def __init__(self):
        self._last_number = 0
        self.clear()

    def clear(self) -> None:
        """Forget everybody."""
        self.here: dict[int, Person] = {}
        self.gone: list[Person] = []

    def everybody(self) -> list[Person]:
        """Who is here, and who is gone."""
        return [*self.here.values(), *self.gone]

    def seen(self) -> list[Person]:
        """Who is here and was seen in the last frame."""
        return [person for person in self.here.values() if person.is_seen]

    def lost(self) -> list[Person]:
        """Who is here and was not."""
        return [person for person in self.here.values() if not person.is_seen]

    def welcome(self, person: Person | None, stamp_ns: int) -> Person:
        """Somebody who returns, or else somebody new."""
        if person:
            self.gone.remove(person)
            person.track.reset()
            person.unlike, person.pace = 0.0, np.zeros(2)
        else:
            self._last_number += 1
            person = Person(self._last_number, PersonTrack(), born_ns=stamp_ns)
        self.here[person.number] = person
        return person

    def dismiss(self, person: Person) -> None:
        """Somebody goes; a mere find is forgotten."""
        del self.here[person.number]
        person.track.miss()
        if not is_new(person) and person.doubted_ns is None:
            self.gone.append(person)

    def give_up(self, stamp_ns: int) -> None:
        """Who has been searched for, or remembered, long enough."""
        for person in self.lost():
            searched = min(SEARCHED_NS, person.seen_ns - person.born_ns)
            hidden_ns = min(max(person.hidden_ns, person.stays_ns), person.seen_ns + LONGEST_NS)
            if stamp_ns - max(person.seen_ns, hidden_ns) > searched:
                self.dismiss(person)
        self.gone = [person for person in self.gone if stamp_ns - person.seen_ns <= REMEMBERED_NS]

    def sort(self, stamp_ns: int) -> None:
        """After tracks were exchanged: who is seen is here, who is not for long is gone."""
        everybody = self.everybody()
        here = [person for person in everybody if person.is_seen or stamp_ns - person.seen_ns <= SEARCHED_NS]
        self.here = {person.number: person for person in here}
        self.gone = [person for person in everybody if person not in here]

"""The 2D pose of several people, frame after frame, each with a number that stays."""

from collections.abc import Collection, Sequence
from itertools import combinations

from vtm.types import Frame
from vtm_trt.pose2d.bodies import SAME, apart, without_hidden
from vtm_trt.pose2d.crop import croppable
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look, features
from vtm_trt.pose2d.meetings import Meetings
from vtm_trt.pose2d.people_search import PeopleSearch
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.who import is_somebody_else, returned, strangeness

SEARCH_EVERY, SEARCH_LOST_EVERY = 6, 3
"""Frames from one search to the next while fewer people are seen than may be, and while one of them is lost."""
SEARCHED_NS = 500_000_000
"""Nanoseconds for which a person who is lost is searched for where it should be; no longer than it was seen before."""
REMEMBERED_NS = 10_000_000_000
"""Nanoseconds for which somebody who is gone gets the same number when seen again."""
DOUBTED_NS = 1_000_000_000
"""Nanoseconds after which somebody whom no body fits, and no search finds, is forgotten."""
GROWN_UP_NS = 300_000_000
"""Nanoseconds after which a person is no mere find any more."""
JUMP = 0.15
"""Sides by which landmarks are off from where they should be, if they are on another person's body instead."""


class PeopleTracker:
    """Follows up to `most` people; the networks are shared, what is remembered of each is its own.

    Args:
        most: People.
        variant: Of BlazePose's landmark network.
        backend: What runs the networks.
        threads: Of the processor.
        hands: The hand network, "lite" or "full"; "off" looks at no hands.
        hands_every: Each hand is looked at once in so many frames.
        tiles: Parts along the longer side of the image that are searched in turn with the whole of it; more find people
            who are smaller and farther away, after longer.

    Attributes:
        people: Who is followed, by number: seen, or searched for.
        search_every: Frames from one search to the next while fewer people are followed than may be.
        hands_of: The numbers of those whose hands are looked at; None for everybody's.
    """

    def __init__(
        self,
        most: int,
        variant: str = "full",
        backend: str = "auto",
        threads: int = 2,
        hands: str = "off",
        hands_every: int = 1,
        tiles: int = 2,
    ):
        crops = Crops()
        self.most, self.search_every = most, SEARCH_EVERY
        self._networks = LandmarkNetworks(variant, backend, threads, crops)
        self._searching = PeopleSearch(self._networks, backend, threads, crops, tiles)
        self._hands = None if hands == "off" else HandTracker(hands, backend, crops, hands_every)
        self.hands_of: Collection[int] | None = None
        self._shape: tuple[int, ...] = ()
        self._last_number = 0
        self.reset()

    def reset(self) -> None:
        """Forget everybody; no number is given again."""
        self.people: dict[int, Person] = {}
        self._gone: list[Person] = []
        self._meetings = Meetings()
        self._searching.begin()
        self._since_search = self.search_every
        self._scene_ns = -(2**63)

    def lose(self, stamp_ns: int) -> None:
        """The next frame, of this time, shows another scene: everybody may be seen again, but elsewhere."""
        self._scene_ns = stamp_ns
        for person in list(self.people.values()):
            self._dismiss(person)
        self._searching.begin()
        self._since_search = self.search_every

    def believe(self, number: int, is_person: bool) -> None:
        """Whether what has this number seems to be a person; else it gives way to others, and is forgotten in the end.

        Args:
            number: Of somebody who is followed.
            is_person: Whether a body fits.
        """
        person = self.people[number]
        if is_person:
            person.doubted_ns = None
        elif person.doubted_ns is None:
            person.doubted_ns = person.seen_ns

    def describe(self) -> str:
        """One line for a log: what runs the networks."""
        return self._networks.one.runner.describe()

    def step(self, frame: Frame, leave_out: Collection[int] = ()) -> list[Person]:
        """Who is followed after the next frame, in the order of their numbers.

        Args:
            frame: Any (H, W, 3) uint8 image, of a later time than the one before.
            leave_out: The numbers of those who are not looked at this time, and not given.
        """
        if frame.image.shape != self._shape:
            self.reset()
            self._shape = frame.image.shape
        given = croppable(frame)
        if given is None:
            return []
        looked_for = [person for number, person in self.people.items() if number not in leave_out]
        self._follow(given, looked_for)
        self._give_up(given.stamp_ns)
        if self._is_search_due(given):
            self._search(given)
        self._meetings.learn(given, self.people.values())
        if self._meetings.put_right([*self.people.values(), *self._gone]):
            self._sort(given.stamp_ns)
        return [self.people[number] for number in sorted(self.people) if number not in leave_out]

    def _follow(self, frame: Frame, people: Sequence[Person]) -> None:
        bodies = self._networks(frame, [person.where(frame.stamp_ns) for person in people])
        seen = {person: body for person, body in zip(people, bodies, strict=True) if body}
        self._leave_out_others(frame, seen)
        who = list(seen)
        expected = [person.expected(frame.stamp_ns) for person in who]
        clear = without_hidden([seen[person] for person in who], expected, [person.side for person in who])
        for person in people:
            person.track.miss()
        is_alone = len(self.people) == 1 and not self._gone
        for person, body in zip(who, clear, strict=True):
            if is_alone or not is_somebody_else(Look.of(features(frame.image, body)), person):
                self._see(frame, person, body)

    def _leave_out_others(self, frame: Frame, seen: dict[Person, Landmarks]) -> None:
        """Leave out of what was `seen` of each person what is another's: a body belongs to one person only."""
        stamp = frame.stamp_ns
        for person, body in list(seen.items()):
            off, others = person.off(body, stamp), [other for other in self.people.values() if other is not person]
            jumped = off > JUMP and any(other.off(body, stamp) < off / 2 for other in others)
            if jumped or not (person.is_seen or person.fits(body, stamp)):
                del seen[person]
        for one, other in combinations(list(seen), 2):
            if one in seen and other in seen:
                side = min(one.side, other.side)
                if apart(seen[one].pixels, seen[other].pixels, side) < SAME:
                    look = Look.of(features(frame.image, seen[one]))
                    strange = {
                        person: (self._is_new(person), strangeness(seen[person], look, person, stamp))
                        for person in (one, other)
                    }
                    del seen[max(strange, key=strange.__getitem__)]

    def _see(self, frame: Frame, person: Person, body: Landmarks) -> None:
        wanted = self._hands and (self.hands_of is None or person.number in self.hands_of)
        if not wanted:
            person.track.hands = None
        elif self._hands and not person.track.hands:
            person.track.hands = self._hands.another()
        person.track.see(frame, body)

    def _is_new(self, person: Person) -> bool:
        return person.seen_ns - person.born_ns < GROWN_UP_NS

    def _give_up(self, stamp_ns: int) -> None:
        for person in list(self.people.values()):
            searched = min(SEARCHED_NS, person.seen_ns - person.born_ns)
            if not person.is_seen and stamp_ns - person.seen_ns > searched:
                self._dismiss(person)
        self._gone = [person for person in self._gone if stamp_ns - person.seen_ns <= REMEMBERED_NS]

    def _dismiss(self, person: Person) -> None:
        del self.people[person.number]
        person.track.miss()
        if not self._is_new(person) and person.doubted_ns is None:
            self._gone.append(person)

    def _sort(self, stamp_ns: int) -> None:
        """After tracks were exchanged: who is seen is here, who is not for long is gone."""
        everybody = [*self.people.values(), *self._gone]
        here = [person for person in everybody if person.is_seen or stamp_ns - person.seen_ns <= SEARCHED_NS]
        self.people = {person.number: person for person in here}
        self._gone = [person for person in everybody if person not in here]

    def _is_search_due(self, frame: Frame) -> bool:
        self._since_search += 1
        people = self.people.values()
        if not any(person.is_seen for person in people):
            return True
        if not all(person.is_seen for person in people):
            return self._since_search >= SEARCH_LOST_EVERY
        is_wanted = len(people) < self.most or any(person.doubted_ns is not None for person in people)
        is_time = self._since_search >= self.search_every
        return is_wanted and (is_time or not self._searching.has_seen_all(frame))

    def _search(self, frame: Frame) -> None:
        self._since_search = 0
        seen = [person for person in self.people.values() if person.is_seen]
        lost = [person for person in self.people.values() if not person.is_seen]
        bodies, confirmed = self._searching(frame, seen, lost, self.most + 1 - len(seen))
        for person in seen:
            if person.doubted_ns is not None and person not in confirmed:
                if len(self.people) > self.most - len(bodies) or frame.stamp_ns - person.doubted_ns > DOUBTED_NS:
                    self._dismiss(person)
        looks = [Look.of(features(frame.image, body)) for body in bodies]
        who = returned(bodies, looks, [*lost, *self._gone], frame.stamp_ns, self._scene_ns)
        for body, known in zip(bodies, who, strict=True):
            if known is not None and known in lost:
                known.unlike = 0.0
                self._see(frame, known, body)
            elif len(self.people) < self.most:
                self._see(frame, self._welcome(known, frame.stamp_ns), body)

    def _welcome(self, person: Person | None, stamp_ns: int) -> Person:
        """Somebody who returns, or else somebody new."""
        if person:
            self._gone.remove(person)
            person.track.reset()
            person.unlike = 0.0
        else:
            self._last_number += 1
            person = Person(self._last_number, PersonTrack(), born_ns=stamp_ns)
        self.people[person.number] = person
        return person

"""The 2D pose of several people, frame after frame, each with a number that stays."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import hidden, is_hidden, is_surely_in_front, is_whole, touch, uncovered, without_hidden
from vtm_trt.pose2d.claims import is_new, keep_own
from vtm_trt.pose2d.crop import croppable
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.hiding import LONGEST_NS, looks_like, stay_behind
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look, features
from vtm_trt.pose2d.meetings import Meetings
from vtm_trt.pose2d.painting import alone
from vtm_trt.pose2d.people_search import PeopleSearch, stands_apart
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.search_plan import Part, SearchPlan
from vtm_trt.pose2d.who import is_somebody_else, owner, returned

SEARCHED_NS = 500_000_000
"""Nanoseconds for which a person who is lost is searched for where it should be; no longer than it was seen before."""
REMEMBERED_NS = 10_000_000_000
"""Nanoseconds for which somebody who is gone gets the same number when seen again."""
DOUBTED_NS = 1_000_000_000
"""Nanoseconds after which somebody whom no body fits, and no search finds, is forgotten."""
HIDDEN = 0.65
"""Share of a body behind others from which nothing of it can be told."""


class PeopleTracker:
    """Follows up to `most` people; the networks are shared, what is remembered of each is its own.

    Args:
        most: People.
        variant: Of BlazePose's landmark network.
        backend: What runs the networks.
        threads: Of the processor.
        hands: The hand network, "lite" or "full"; "off" looks at no hands.
        hands_every: Each hand is looked at once in so many frames.
        twice: Whether the landmark network also looks in the mirror.
        tiles: Parts along the longer side of the image that are searched in turn with the whole of it; more find people
            who are smaller and farther away, after longer.

    Attributes:
        people: Who is followed, by number: seen, or searched for.
        plan: When and where more of them are searched for.
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
        twice: bool = False,
        tiles: int = 2,
    ):
        crops = Crops()
        self.most = most
        self._networks = LandmarkNetworks(variant, backend, threads, crops, twice)
        self._searching = PeopleSearch(self._networks, backend, threads, crops)
        self.plan = SearchPlan(tiles)
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
        self.plan.begin()
        self._scene_ns = -(2**63)

    def lose(self, stamp_ns: int) -> None:
        """The next frame, of this time, shows another scene: everybody may be seen again, but elsewhere."""
        self._scene_ns = stamp_ns
        for person in list(self.people.values()):
            self._dismiss(person)
        self.plan.begin()

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
        if parts := self._parts(given):
            self._search(given, parts)
        self._meetings.learn(given, self.people.values())
        if self._meetings.put_right([*self.people.values(), *self._gone]):
            self._sort(given.stamp_ns)
        return [self.people[number] for number in sorted(self.people) if number not in leave_out]

    def _follow(self, frame: Frame, looked_for: Sequence[Person]) -> None:
        stamp = frame.stamp_ns
        forecasts = {person: person.forecast(stamp) for person in self.people.values()}
        shares = hidden(
            list(forecasts.values()), [person.side for person in forecasts], [person.is_seen for person in forecasts]
        )
        covered = dict(zip(forecasts, shares, strict=True))
        for person, share in covered.items():
            if share > HIDDEN:
                person.hidden_ns = stamp
        regions = [person.where(stamp) for person in looked_for]
        looks = zip(looked_for, regions, strict=True)
        frames = [self._alone(frame, person, region, forecasts) for person, region in looks]
        found = zip(looked_for, self._networks(frames, regions), strict=True)
        seen = {person: body for person, body in found if body}
        keep_own(frame, seen, self.people.values())
        who = list(seen)
        clear = without_hidden(
            [seen[person] for person in who],
            [forecasts[person] for person in who],
            [person.side for person in who],
        )
        for person in looked_for:
            person.track.miss()
        bodies = dict(zip(who, clear, strict=True))
        is_alone = len(self.people) == 1 and not self._gone
        for person, body in bodies.items():
            if is_hidden(body, seen[person]):
                person.hidden_ns = stamp
                continue
            look = None if is_alone else self._look(frame, person, body, forecasts | bodies)
            if look and person.hider and not looks_like(look, person):
                continue
            if look and is_somebody_else(look, person, self._others(person)):
                continue
            lost = [other for other in looked_for if other not in seen and not other.is_seen]
            whose = owner(body, look, person, lost, stamp) if look and lost else person
            self._see(frame, whose, body)
            if whose is not person:
                whose.unlike = person.unlike = 0.0
            elif is_whole(body, seen[person]):
                person.pace = person.track.pace
        for person in looked_for:
            if not person.is_seen:
                stay_behind(person, forecasts, covered[person], stamp)

    @staticmethod
    def _look(frame: Frame, person: Person | None, body: Landmarks, bodies: Mapping[Person, Landmarks]) -> Look:
        """How a body looks in a frame, where it is not among the others' bodies."""
        others = [one for other, one in bodies.items() if other is not person]
        return Look.of(features(frame.image, uncovered(body, others)))

    def _others(self, person: Person) -> list[Person]:
        return [other for other in (*self.people.values(), *self._gone) if other is not person]

    @staticmethod
    def _alone(frame: Frame, person: Person, region: Roi, forecasts: Mapping[Person, Landmarks]) -> Frame:
        """The frame without those who are near a person, where all are sure to be people."""
        if not person.is_sure:
            return frame
        own = forecasts[person]
        behind: list[np.ndarray] = []
        in_front: list[np.ndarray] = []
        for other, body in forecasts.items():
            if other is not person and other.is_sure and touch(own, body):
                is_before = is_surely_in_front(body, own, max(person.side, other.side))
                (in_front if is_before else behind).append(body.pixels)
        return alone(frame, region, own.pixels if person.is_seen else None, behind, in_front)

    def _see(self, frame: Frame, person: Person, body: Landmarks) -> None:
        wanted = self._hands and (self.hands_of is None or person.number in self.hands_of)
        if not wanted:
            person.track.hands = None
        elif self._hands and not person.track.hands:
            person.track.hands = self._hands.another()
        person.track.see(frame, body)
        person.hider = person.exposed_ns = None

    def _give_up(self, stamp_ns: int) -> None:
        for person in list(self.people.values()):
            if person.is_seen:
                continue
            searched = min(SEARCHED_NS, person.seen_ns - person.born_ns)
            hidden_ns = min(max(person.hidden_ns, person.stays_ns), person.seen_ns + LONGEST_NS)
            if stamp_ns - max(person.seen_ns, hidden_ns) > searched:
                self._dismiss(person)
        self._gone = [person for person in self._gone if stamp_ns - person.seen_ns <= REMEMBERED_NS]

    def _dismiss(self, person: Person) -> None:
        del self.people[person.number]
        person.track.miss()
        if not is_new(person) and person.doubted_ns is None:
            self._gone.append(person)

    def _sort(self, stamp_ns: int) -> None:
        """After tracks were exchanged: who is seen is here, who is not for long is gone."""
        everybody = [*self.people.values(), *self._gone]
        here = [person for person in everybody if person.is_seen or stamp_ns - person.seen_ns <= SEARCHED_NS]
        self.people = {person.number: person for person in here}
        self._gone = [person for person in everybody if person not in here]

    def _parts(self, frame: Frame) -> list[Part]:
        """Of the picture, which are searched now."""
        people, stamp = self.people.values(), frame.stamp_ns
        seen = [person for person in people if person.is_seen]
        lost = [person for person in people if not person.is_seen and person.hidden_ns != stamp]
        is_wanted = len(people) < self.most or any(person.doubted_ns is not None for person in people)
        return self.plan(frame, seen, lost, is_wanted)

    def _search(self, frame: Frame, parts: Sequence[Part]) -> None:
        seen = [person for person in self.people.values() if person.is_seen]
        lost = [person for person in self.people.values() if not person.is_seen]
        bodies, confirmed = self._searching(frame, parts, seen, self.most + 1 - len(seen))
        self.plan.found(bool(bodies))
        for person in seen:
            if person.doubted_ns is not None and person not in confirmed:
                if len(self.people) > self.most - len(bodies) or frame.stamp_ns - person.doubted_ns > DOUBTED_NS:
                    self._dismiss(person)
        stamp = frame.stamp_ns
        bodies = [self._clear(body, seen) for body in bodies]
        places = {person: person.landmarks for person in seen}
        looks = [self._look(frame, None, body, places) for body in bodies]
        who = returned(bodies, looks, [*lost, *self._gone], stamp, self._scene_ns)
        for body, known in zip(bodies, who, strict=True):
            if known is not None and known in lost:
                known.unlike = 0.0
                self._see(frame, known, body)
            elif len(self.people) < self.most and (known or stands_apart(body, seen)):
                self._see(frame, self._welcome(known, stamp), body)

    @staticmethod
    def _clear(body: Landmarks, seen: Sequence[Person]) -> Landmarks:
        """A find, less sure of what is behind those who are seen."""
        bodies = [body, *(person.landmarks for person in seen)]
        sides = [Roi.around(body.alignment).side, *(person.side for person in seen)]
        return without_hidden(bodies, bodies, sides)[0]

    def _welcome(self, person: Person | None, stamp_ns: int) -> Person:
        """Somebody who returns, or else somebody new."""
        if person:
            self._gone.remove(person)
            person.track.reset()
            person.unlike, person.pace = 0.0, np.zeros(2)
        else:
            self._last_number += 1
            person = Person(self._last_number, PersonTrack(), born_ns=stamp_ns)
        self.people[person.number] = person
        return person

"""The 2D pose of several people, frame after frame, each with a number that stays."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import hidden, is_hidden, is_surely_in_front, is_whole, touch, uncovered, without_hidden
from vtm_trt.pose2d.claims import keep_own
from vtm_trt.pose2d.crop import croppable
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.hand_tracker import HandTracker
from vtm_trt.pose2d.hiding import looks_like, stay_behind
from vtm_trt.pose2d.landmark_networks import LandmarkNetworks
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look, features
from vtm_trt.pose2d.meetings import Meetings
from vtm_trt.pose2d.painting import alone
from vtm_trt.pose2d.people_search import PeopleSearch, stands_apart
from vtm_trt.pose2d.person import Person
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.roster import Roster
from vtm_trt.pose2d.search_plan import Part, SearchPlan
from vtm_trt.pose2d.who import is_somebody_else, owner, returned

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
        self._roster = Roster()
        self.reset()

    @property
    def people(self) -> dict[int, Person]:
        """Who is followed, by number: seen, or searched for."""
        return self._roster.here

    def reset(self) -> None:
        """Forget everybody; no number is given again."""
        self._roster.clear()
        self._meetings = Meetings()
        self.plan.begin()
        self._scene_ns = -(2**63)

    def lose(self, stamp_ns: int) -> None:
        """The next frame, of this time, shows another scene: everybody may be seen again, but elsewhere."""
        self._scene_ns = stamp_ns
        for person in list(self.people.values()):
            self._roster.dismiss(person)
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
        self._roster.give_up(given.stamp_ns)
        if parts := self._parts(given):
            self._search(given, parts)
        self._meetings.learn(given, self.people.values())
        if self._meetings.put_right(self._roster.everybody()):
            self._roster.sort(given.stamp_ns)
        return [self.people[number] for number in sorted(self.people) if number not in leave_out]

    def _follow(self, frame: Frame, looked_for: Sequence[Person]) -> None:
        stamp = frame.stamp_ns
        forecasts = {person: person.forecast(stamp) for person in self.people.values()}
        covered = self._covered(forecasts, stamp)
        seen = self._bodies(frame, looked_for, forecasts)
        clear = without_hidden(
            list(seen.values()), [forecasts[person] for person in seen], [person.side for person in seen]
        )
        for person in looked_for:
            person.track.miss()
        bodies = dict(zip(seen, clear, strict=True))
        is_alone = len(self.people) == 1 and not self._roster.gone
        for person, body in bodies.items():
            if is_hidden(body, seen[person]):
                person.hidden_ns = stamp
                continue
            look = None if is_alone else self._look(frame, person, body, forecasts | bodies)
            lost = [other for other in looked_for if other not in seen and not other.is_seen]
            whose = self._whose(person, body, look, lost, stamp)
            if whose is None:
                continue
            self._see(frame, whose, body)
            if whose is not person:
                whose.unlike = person.unlike = 0.0
            elif is_whole(body, seen[person]):
                person.pace = person.track.pace
        for person in looked_for:
            if not person.is_seen:
                stay_behind(person, forecasts, covered[person], stamp)

    @staticmethod
    def _covered(forecasts: Mapping[Person, Landmarks], stamp_ns: int) -> dict[Person, float]:
        """The share of each that should be behind others, where nothing can be told of it if that is large."""
        sides, are_seen = [person.side for person in forecasts], [person.is_seen for person in forecasts]
        covered = dict(zip(forecasts, hidden(list(forecasts.values()), sides, are_seen), strict=True))
        for person, share in covered.items():
            if share > HIDDEN:
                person.hidden_ns = stamp_ns
        return covered

    def _bodies(
        self, frame: Frame, looked_for: Sequence[Person], forecasts: Mapping[Person, Landmarks]
    ) -> dict[Person, Landmarks]:
        """The bodies that are where people should be, but for those that are another's."""
        regions = [person.where(frame.stamp_ns) for person in looked_for]
        looks = zip(looked_for, regions, strict=True)
        frames = [self._alone(frame, person, region, forecasts) for person, region in looks]
        found = zip(looked_for, self._networks(frames, regions), strict=True)
        seen = {person: body for person, body in found if body}
        keep_own(frame, seen, self.people.values())
        return seen

    def _whose(
        self, person: Person, body: Landmarks, look: Look | None, lost: Sequence[Person], stamp_ns: int
    ) -> Person | None:
        """Who it is where a person should be: this one, one of those who are lost, or nobody of them."""
        if look is None:
            return person
        if person.hider and not looks_like(look, person):
            return None
        others = [other for other in self._roster.everybody() if other is not person]
        if is_somebody_else(look, person, others):
            return None
        return owner(body, look, person, lost, stamp_ns) if lost else person

    @staticmethod
    def _look(frame: Frame, person: Person | None, body: Landmarks, bodies: Mapping[Person, Landmarks]) -> Look:
        """How a body looks in a frame, where it is not among the others' bodies."""
        others = [one for other, one in bodies.items() if other is not person]
        return Look.of(features(frame.image, uncovered(body, others)))

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

    def _parts(self, frame: Frame) -> list[Part]:
        """Of the picture, which are searched now."""
        lost = [person for person in self._roster.lost() if person.hidden_ns != frame.stamp_ns]
        are_doubted = any(person.doubted_ns is not None for person in self.people.values())
        return self.plan(frame, self._roster.seen(), lost, len(self.people) < self.most or are_doubted)

    def _search(self, frame: Frame, parts: Sequence[Part]) -> None:
        seen, lost = self._roster.seen(), self._roster.lost()
        bodies, confirmed = self._searching(frame, parts, seen, self.most + 1 - len(seen))
        self.plan.found(bool(bodies))
        for person in seen:
            if person.doubted_ns is not None and person not in confirmed:
                if len(self.people) > self.most - len(bodies) or frame.stamp_ns - person.doubted_ns > DOUBTED_NS:
                    self._roster.dismiss(person)
        stamp = frame.stamp_ns
        bodies = [self._clear(body, seen) for body in bodies]
        places = {person: person.landmarks for person in seen}
        looks = [self._look(frame, None, body, places) for body in bodies]
        who = returned(bodies, looks, [*lost, *self._roster.gone], stamp, self._scene_ns)
        for body, known in zip(bodies, who, strict=True):
            if known is not None and known in lost:
                known.unlike = 0.0
                self._see(frame, known, body)
            elif len(self.people) < self.most and (known or stands_apart(body, seen)):
                self._see(frame, self._roster.welcome(known, stamp), body)

    @staticmethod
    def _clear(body: Landmarks, seen: Sequence[Person]) -> Landmarks:
        """A find, less sure of what is behind those who are seen."""
        bodies = [body, *(person.landmarks for person in seen)]
        sides = [Roi.around(body.alignment).side, *(person.side for person in seen)]
        return without_hidden(bodies, bodies, sides)[0]

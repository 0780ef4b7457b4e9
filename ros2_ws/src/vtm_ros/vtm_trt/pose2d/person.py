"""One of several people in the pictures: a number, how it looks, and where it is."""

from dataclasses import dataclass, field, replace

import numpy as np

from vtm_trt.pose2d.bodies import apart
from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look
from vtm_trt.pose2d.person_track import PersonTrack
from vtm_trt.pose2d.roi import Roi

FURTHEST = 0.5
"""How far from where the person was expected it may be found again, in sides of the region."""
LARGEST_GROWTH = 1.6
SURE = 6
"""Looks at somebody who is alone after which it is certainly a person."""


@dataclass(eq=False)
class Person:
    """A person and its number.

    Attributes:
        number: From 1 up; nobody else ever has it.
        track: Where it is, which has been seen at least once.
        look: How it looks, of all the time when nobody was near.
        recent: The same, since it was last so near to somebody that both may have been exchanged.
        rivals: Who that was.
        unlike: `Look.distance` of the last few bodies where it should be.
        pace: Pixels per second, (2,), as long as nobody was before it.
        born_ns: The time of the first frame.
        hidden_ns: When it was last behind somebody else, as far as is known.
        hider: Behind whom it is while it is not seen, None where nobody is near.
        exposed_ns: Since when it is not seen although nobody should hide it.
        stays_ns: Up to when it was expected with its hider.
        strayed: How far it should have gone since it was seen, up to then, (2,) pixels.
        doubted_ns: Since when it may be no person, None while it seems to be one.
    """

    number: int
    track: PersonTrack
    look: Look = field(default_factory=Look)
    recent: Look = field(default_factory=Look)
    rivals: "set[Person]" = field(default_factory=set)
    unlike: float = 0.0
    pace: np.ndarray = field(default_factory=lambda: np.zeros(2))
    born_ns: int = 0
    hidden_ns: int = -(2**63)
    hider: "Person | None" = None
    exposed_ns: int | None = None
    stays_ns: int = -(2**63)
    strayed: np.ndarray = field(default_factory=lambda: np.zeros(2))
    doubted_ns: int | None = None

    @property
    def is_seen(self) -> bool:
        """Whether the last frame in which it was looked for shows it; else it is searched for."""
        return self.track.observation is not None

    @property
    def is_sure(self) -> bool:
        """Whether it is certainly a body of its own, which is painted over where others are looked for."""
        return self.look.views >= SURE and self.doubted_ns is None

    @property
    def seen_ns(self) -> int:
        """The time of the last frame that shows it."""
        return self.track.stamp_ns

    @property
    def landmarks(self) -> Landmarks:
        """Of that frame."""
        assert self.track.landmarks is not None
        return self.track.landmarks

    @property
    def region(self) -> Roi:
        """Where that frame says that it will be."""
        assert self.track.region is not None
        return self.track.region

    @property
    def side(self) -> float:
        """Of the region, pixels."""
        return self.region.side

    def way(self, stamp_ns: int) -> np.ndarray:
        """How far it should have gone since it was seen, (2,) pixels, a side of the region at most."""
        since, strayed = (self.stays_ns, self.strayed) if self.stays_ns > self.seen_ns else (self.seen_ns, 0.0)
        way = strayed + self.pace * ((stamp_ns - since) * 1e-9)
        return way * min(1.0, self.side / max(float(np.hypot(*way)), 1e-6))

    def follow(self, other: "Person", way: np.ndarray, stamp_ns: int) -> None:
        """It should be a `way` (2,) pixels from where it was expected, and go on with another person."""
        self.strayed, self.stays_ns = self.way(stamp_ns) + way, stamp_ns
        self.pace = other.pace

    def expected(self, stamp_ns: int) -> np.ndarray:
        """Where its landmarks should be, (33, 2) pixels."""
        return self.landmarks.pixels + self.way(stamp_ns)

    def forecast(self, stamp_ns: int) -> Landmarks:
        """The body as it should be."""
        return replace(self.landmarks, pixels=self.expected(stamp_ns))

    def where(self, stamp_ns: int) -> Roi:
        """Where to look for it."""
        region = self.region
        if self.is_seen:
            return region
        x, y = self.way(stamp_ns).tolist()
        return Roi(region.x + x, region.y + y, region.side, region.angle)

    def off(self, body: Landmarks, stamp_ns: int) -> float:
        """How far a body is from where its own should be, in sides."""
        return apart(body.pixels, self.expected(stamp_ns), self.side)

    def fits(self, body: Landmarks, stamp_ns: int) -> bool:
        """Whether it can have come to where a body is."""
        region = Roi.around(body.alignment.astype(np.float64))
        x, y = (self.region.x, self.region.y) + self.way(stamp_ns) - (region.x, region.y)
        growth = region.side / self.side
        return float(np.hypot(x, y)) < FURTHEST * self.side and 1 / LARGEST_GROWTH < growth < LARGEST_GROWTH

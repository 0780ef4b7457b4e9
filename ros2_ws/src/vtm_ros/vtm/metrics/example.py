"""A clip whose true motion is known: what an evaluation runs through the program and judges."""

from collections.abc import Iterable
from dataclasses import dataclass

from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.types import Frame, Observation


@dataclass(frozen=True, eq=False)
class Example:
    """T frames at `fps` frames/s.

    observations: T, in order of time; one without any confidence shows nobody.  true: the true motion, T frames.
    baseline: what another program, BlazePose, says of the same frames in space; None where there is none.
    """

    name: str
    fps: float
    observations: list[Observation]
    true: Track
    protocol: Protocol
    baseline: Track | None = None


@dataclass(frozen=True, eq=False)
class VideoSample:
    """An example before anybody has looked at it: the images, to be read once, and the true motion."""

    name: str
    fps: float
    frames: Iterable[Frame]
    true: Track
    protocol: Protocol

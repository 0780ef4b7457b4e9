"""A clip whose true motion is known: what an evaluation runs through the program and judges."""

from collections.abc import Iterable
from dataclasses import dataclass

from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.types import Frame, Observation


@dataclass(frozen=True, eq=False)
class Example:
    """A clip of T frames at `fps` frames/s whose true motion is known.

    Attributes:
        observations: T, in order of time; one without any confidence shows nobody.
        true: The true motion, T frames.
        protocol: Which joints and frames count.
        baseline: What another program, BlazePose, says of the same frames in space; None where there is none.
    """

    name: str
    fps: float
    observations: list[Observation]
    true: Track
    protocol: Protocol
    baseline: Track | None = None


@dataclass(frozen=True, eq=False)
class VideoSample:
    """An example whose images are not read yet; `frames` can be iterated once."""

    name: str
    fps: float
    frames: Iterable[Frame]
    true: Track
    protocol: Protocol

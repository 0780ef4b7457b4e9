"""A clip whose true motion is known: what an evaluation runs through the program and judges."""

from dataclasses import dataclass

from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.records import Observation


@dataclass(frozen=True, eq=False)
class Example:
    """T frames at `fps` frames/s.

    observations: T, in order of time; one without any confidence shows nobody.  true: the true motion, T frames.
    peer: what another program, BlazePose, says of the same frames in space; None where there is none.
    """

    name: str
    fps: float
    observations: list[Observation]
    true: Track
    protocol: Protocol
    peer: Track | None = None

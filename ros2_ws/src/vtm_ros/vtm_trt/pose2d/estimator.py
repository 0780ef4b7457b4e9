"""What the stream asks of whatever finds a person's keypoints in images."""

from typing import Protocol

from vtm.types import Frame, Observation


class PoseEstimator(Protocol):
    """A 2D network with its tracking of one person. `PoseTracker`, BlazePose, is the one that ships."""

    def step(self, frame: Frame) -> Observation | None:
        """The person's keypoints in the next frame, None when nobody is seen."""

    def reset(self) -> None:
        """Forget the person: the next frame has nothing to do with those before."""

    def look_again(self) -> None:
        """What is followed may be no person: search the whole of the next frame."""

    def describe(self) -> str:
        """One line for a log: what runs it."""

"""What `vtm bench` is asked to measure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Progress = Callable[[Iterable[Item], str, int], Iterable[Item]]


@dataclass(frozen=True)
class Task:
    """What to measure.

    Attributes:
        video: The clip.
        most: Frames of it, None for all.
        rounds: Runs that count; one more warms up.
        cores: To use at most.
        backend: What runs the networks.
        pose_model: The 2D network.
        hands: The hand network, or off.
        hands_every: Each hand is looked at once in so many frames.
        against: Names of baselines in KINDS.
        baseline: Python of their environment, None to run without.
        soak: Frames to watch the memory over.
        max_people: How many people are followed.
    """

    video: Path
    most: int | None
    rounds: int
    cores: int
    backend: str
    pose_model: str
    hands: str
    hands_every: int
    against: tuple[str, ...]
    baseline: Path | None
    soak: int
    max_people: int = 1

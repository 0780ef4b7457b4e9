"""Who of several people is the operator, whom a robot follows: chosen once, and kept."""

from collections.abc import Mapping

from vtm.errors import VtmError
from vtm_trt.pose2d.roi import Roi

CHOICES = ("largest", "centre", "first")
KEPT_S = 2.0


class Operator:
    """Chooses somebody, and nobody else while that person is seen, or for a while after.

    Args:
        choice: One of CHOICES, or a person's number.
        kept_s: Seconds without the operator after which another one is chosen.

    Attributes:
        number: Of the operator, None before there is one.

    Raises:
        VtmError: There is no such choice.
    """

    def __init__(self, choice: str = "first", kept_s: float = KEPT_S):
        self.kept_s = kept_s
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Choose anew with the next frame, by another choice.

        Raises:
            VtmError: There is no such choice.
        """
        if choice not in CHOICES and not choice.isdecimal():
            raise VtmError(f"unknown operator '{choice}'; choose one of: {', '.join(CHOICES)}, or a person's number")
        self._choice = choice
        self.reset()

    def reset(self) -> None:
        """Nobody is the operator, nor kept."""
        self._seen: list[int] = []
        self.number: int | None = None
        self._seen_ns = 0

    def next(self) -> int | None:
        """Pass on to the next of those whom the last frame showed, in the order of their numbers."""
        later = [number for number in self._seen if self.number is not None and number > self.number]
        if self._seen:
            self.number = (later or self._seen)[0]
        return self.number

    def __call__(self, stamp_ns: int, people: Mapping[int, Roi], width: int) -> int | None:
        """The operator in the next frame.

        Args:
            stamp_ns: Of the frame, nanoseconds.
            people: The region of each person whom it shows, by number.
            width: Of the image, pixels.
        """
        self._seen = sorted(people)
        if self.number in people:
            self._seen_ns = stamp_ns
        elif self.number is None or not 0 <= stamp_ns - self._seen_ns <= self.kept_s * 1e9:
            self.number = self._chosen(people, width)
            self._seen_ns = stamp_ns
        return self.number

    def _chosen(self, people: Mapping[int, Roi], width: int) -> int | None:
        if self._choice == "largest":
            return max(people, key=lambda number: people[number].side, default=None)
        if self._choice == "centre":
            return min(people, key=lambda number: abs(people[number].x - width / 2), default=None)
        if self._choice == "first":
            return min(people, default=None)
        return int(self._choice) if int(self._choice) in people else None

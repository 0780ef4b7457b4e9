"""How far `vtm batch` is: a bar on a terminal, now and then a line elsewhere."""

from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from vtm_tools.batch.job import Status
from vtm_tools.batch.journal import Record
from vtm_tools.batch.long_videos import PieceCount

EVERY_S = 60.0
"""Seconds from one line to the next where there is no terminal."""


class Progress:
    """Counts what became of the videos, and shows it.

    Args:
        total: How many there are.

    Attributes:
        ended: Videos.
        failed: Of these.
        pieces: How many of the long ones have been looked at.
    """

    def __init__(self, total: int):
        self.ended = self.failed = self._nobody = 0
        self.pieces = PieceCount(0, 0)
        self._seconds, self._began = 0.0, monotonic()
        self._total, self._said = total, self._began
        self._console = Console(stderr=True, soft_wrap=True)
        self._bar = Bar(
            TextColumn("capturing"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(), TimeRemainingColumn(), console=self._console, transient=True,
            disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("capturing", total=total, told="")

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False, highlight=False)

    def add(self, one: Record) -> None:
        """Count a video that has ended."""
        self.ended += 1
        self._seconds += one.seconds
        self._nobody += one.status is Status.NOBODY
        if one.status is Status.FAILED:
            self.failed += 1
            self.say(f"failed: {one.file}: {one.error}")

    def refresh(self, workers: int) -> None:
        """Show how far it is, with so many who capture now."""
        parts = [f"{self.pieces.ended} of {self.pieces.known} pieces"] * bool(self.pieces.known)
        parts += [f"{self.failed} failed"] * bool(self.failed) + [self._speed()]
        told = ", ".join([*parts, f"{workers} workers" if workers else "waiting for workers"])
        total, ended = self._total + self.pieces.known, self.ended + self.pieces.ended
        self._bar.update(self._task, total=total, completed=ended, told=told)
        if not self._console.is_terminal and monotonic() - self._said >= EVERY_S:
            self._said = monotonic()
            self.say(f"{self.ended} of {self._total} videos, {told}")

    def _speed(self) -> str:
        return f"{self._seconds / max(monotonic() - self._began, 1e-3):.1f} times real time"

    def __str__(self) -> str:
        nobody = f", {self._nobody} of them without anybody" if self._nobody else ""
        took = f"{_time(self._seconds)} in {_time(monotonic() - self._began)}, {self._speed()}"
        return f"{self.ended - self.failed} of {self._total} videos done{nobody}: {took}"


def _time(seconds: float) -> str:
    """For people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} h" if minutes >= 60 else f"{minutes}:{rest:02} min"

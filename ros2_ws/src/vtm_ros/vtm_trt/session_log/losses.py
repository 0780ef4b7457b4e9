"""What of a recording could not be read."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Losses:
    """What could not be read; filled while a recording is read.

    Attributes:
        chunks: Damaged ones, each with the messages of some tenths of a second.
        messages: Messages that are known to be lost, as many as the index beside a chunk or at the end of the file
            tells.
        seconds: Between the messages on both sides of what was lost.
        cut: The file has no end, so that what came last may be missing.
    """

    chunks: int = 0
    messages: int = 0
    seconds: float = 0.0
    cut: bool = True
    _read: int = field(default=0, repr=False)
    _read_of_chunk: int = field(default=0, repr=False)
    _named_of_chunk: int = field(default=0, repr=False)
    _latest_ns: int | None = field(default=None, repr=False)
    _hole_ns: list[int] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        chunks = f"{self.chunks} damaged chunk{'s' * (self.chunks != 1)}"
        lost = f"{self.messages} messages and {self.seconds:.2f} s in {chunks}"
        inside = f"lost: {lost}" if self.chunks or self.messages else ""
        end = "the end was cut off" if self.cut else ""
        return "; ".join(part for part in (inside, end) if part) or "nothing was lost"

    def at_chunk(self, whole: bool) -> None:
        """A chunk begins; when it is not `whole`, none of its messages follow."""
        if whole:
            self._settle()
        else:  # the indexes of a damaged one name messages beyond those read from the whole one before
            self.chunks += 1
            self._open([])

    def at_message(self, time_ns: int) -> None:
        """A message was read."""
        self._read, self._read_of_chunk, self._latest_ns = self._read + 1, self._read_of_chunk + 1, time_ns
        if self._hole_ns is not None:
            self._close([time_ns])

    def at_index(self, times_ns: np.ndarray) -> None:
        """The index of the last chunk names messages of these times (N,), which were read unless that was damaged."""
        self._named_of_chunk += len(times_ns)
        if self._named_of_chunk > self._read_of_chunk and len(times_ns):
            self._open([int(times_ns.min()), int(times_ns.max())])

    def at_end(self, messages: int | None, cut: bool) -> None:
        """The file ends; it once held so many messages, None when that is unknown."""
        self._settle()
        self.cut = cut
        if self._hole_ns is not None:
            self._close([])
        if messages is not None:
            self.messages = max(0, messages - self._read)
            if not self.messages:  # something else looked like a damaged chunk
                self.chunks, self.seconds = 0, 0.0

    def _settle(self) -> None:
        self.messages += max(0, self._named_of_chunk - self._read_of_chunk)
        self._named_of_chunk = self._read_of_chunk = 0

    def _open(self, times_ns: list[int]) -> None:
        before = [] if self._latest_ns is None else [self._latest_ns]
        self._hole_ns = (self._hole_ns or before) + times_ns

    def _close(self, times_ns: list[int]) -> None:
        hole = (self._hole_ns or []) + times_ns
        self.seconds += (max(hole) - min(hole)) / 1e9 if hole else 0.0
        self._hole_ns = None

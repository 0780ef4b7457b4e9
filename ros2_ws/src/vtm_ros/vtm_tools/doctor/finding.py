"""What a probe is given and what it gives."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

State = Literal["good", "absent", "lacking", "broken"]
"""absent: not there, and nothing is worse for it. lacking: it would work better with the remedy. broken: capture cannot
run without it."""


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        topic: The lines it belongs with.
        name: What was looked at.
        value: What it is.
        state: How it is.
        remedy: A command, or what to do.
    """

    topic: str
    name: str
    value: str
    state: State = "good"
    remedy: str = ""


@dataclass(frozen=True)
class Place:
    """Where to look.

    Attributes:
        root: Of the file system.
        environ: Environment variables.
        prefix: Of the Python in use.
    """

    root: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    prefix: Path = Path(sys.prefix)

    def text(self, path: str) -> str:
        """Content of a small system file, "" where there is none."""
        try:
            return (self.root / path).read_text(errors="replace").strip("\0\n ")
        except OSError:
            return ""


@dataclass(frozen=True)
class Probe:
    """A look at one thing.

    Attributes:
        topic: The lines it belongs with.
        name: What is looked at.
        find: The look itself.
        needed: Whether capture depends on what it finds, so that its own failure counts, too.
    """

    topic: str
    name: str
    find: Callable[[Place], Iterable[Finding]]
    needed: bool = False

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
    """One line of the report.  topic: the lines it belongs with.  remedy: a command, or what to do."""

    topic: str
    name: str
    value: str
    state: State = "good"
    remedy: str = ""


@dataclass(frozen=True)
class Place:
    """Where to look.  root: of the file system.  environ: environment variables.  prefix: of the Python in use."""

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
    """A look at one thing.  needed: whether capture depends on what it finds, so that its own failure counts too."""

    topic: str
    name: str
    find: Callable[[Place], Iterable[Finding]]
    needed: bool = False

"""Where the commands print their tables."""

import os
import sys

from rich.console import Console

WIDE = 160
"""Columns where no terminal limits them: in a file or a pipe nothing is cut off."""


def table_console(quiet: bool = False) -> Console:
    """Standard output, as wide as the terminal, or as COLUMNS says; `quiet` prints nothing."""
    limited = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(quiet=quiet, width=None if limited else WIDE)

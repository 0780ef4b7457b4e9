"""Files that are named by a URL, as ROS drivers and desktops do."""

import re
from pathlib import Path
from urllib.parse import unquote

_FILE = re.compile(r"file:(?:/{1,2}localhost(?=/)|//(?=/))?(?=/)")
"""Also file:/x, which is what `Path` makes of file:///x."""


def local_path(name: str | Path) -> Path:
    """The path that `name` means: a file:// URL, or a path already."""
    found = _FILE.match(str(name))
    return Path(unquote(str(name)[found.end() :])) if found else Path(name)

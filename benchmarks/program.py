"""How every benchmark starts and ends."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file


def keep(result: dict[str, Any], path: Path) -> None:
    """Write `result` as JSON."""
    with atomic_file(path) as draft:
        draft.write_text(json.dumps(result, indent=1) + "\n")


def start(main: Callable[[], None]) -> None:
    """Run `main`; a user's mistake is one sentence."""
    try:
        main()
    except VtmError as fault:
        sys.exit(f"error: {fault}")

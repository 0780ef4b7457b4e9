"""A recording that is being written is marked by a lock. It ends with the program that holds it, even a killed one."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO

from vtm.errors import VtmError


def mark_written(file: IO[bytes]) -> None:
    """From now on until it is closed, `file` is being written."""
    with suppress(OSError):  # some network file systems have no locks; recovery keeps the original in any case
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def refuse_written(path: Path) -> None:
    """Make sure that a recording is not being written.

    Raises:
        VtmError: It is.
    """
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise VtmError(f"{path} is still being written; end that recording first, or stop its node") from fault
    except OSError:
        return

"""One program at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vtm.errors import VtmError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other program that asks likewise is adding to what is in `folder` meanwhile.

    Raises:
        VtmError: One is.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise VtmError(f"another program is adding to {folder}; try again when it has ended") from error
        yield
    finally:
        os.close(handle)

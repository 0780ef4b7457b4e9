"""Files appear complete or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vtm.errors import VtmError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_meant: dict[Path, Path] = {}
"""What the temporary files that are being written will be called."""


@contextmanager
def atomic_file(path: str | Path, mode: int | None = None, durable: bool = False) -> Iterator[Path]:
    """A temporary path beside `path`, of the same suffix; it becomes `path` when the block ends without error.

    Args:
        path: What the file will be called.
        mode: Its permissions; by default those of any new file.
        durable: Wait until the disk has it, so that not even a power failure leaves half of it.

    Raises:
        VtmError: The folder cannot be written, or the block raises OSError, as on a full disk.
    """
    path = Path(path)
    name = _meant.get(path, path)  # of a temporary file within another, what the user asked for
    temporary = path.with_name(f".{name.stem}-{secrets.token_hex(4)}{path.suffix}")
    _meant[temporary] = name
    try:
        _create(temporary, name)
        yield temporary
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        if durable:
            _sync(temporary)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or error
        raise VtmError(f"cannot write {name}: {reason}; free some space or choose another place") from error
    finally:
        del _meant[temporary]
        with suppress(OSError):  # it is not there; a file system that cannot be written says that it cannot
            temporary.unlink()
    if durable:
        with suppress(OSError):  # the file is there; some file systems cannot sync a folder
            _sync(path.parent)


def _create(temporary: Path, name: Path) -> None:
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        remedy = "free some space" if error.errno in _FULL else "choose an existing folder you may write to"
        raise VtmError(f"cannot write {name}: {error.strerror}; {remedy}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

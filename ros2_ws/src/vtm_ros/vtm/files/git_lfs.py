"""Files that are not there: Git LFS leaves three lines of text in the place of each until it is pulled."""

from pathlib import Path

from vtm.errors import VtmError

_BEGINS = b"version https://git-lfs"


def check_pulled(path: Path) -> None:
    """Refuse what Git LFS left in the place of a file; whether there is a file at all is not looked at.

    Raises:
        VtmError: It is a pointer.
    """
    try:
        with open(path, "rb") as file:
            pointer = file.read(len(_BEGINS)) == _BEGINS
    except OSError:
        return
    if pointer:
        raise VtmError(f"{path} is a Git LFS pointer, not the file itself; run `git lfs pull` where it was cloned")

"""Who moves in a recording, by the name of its file."""

import re
from pathlib import Path

_CMU_NAME = re.compile(r"(\d+)_\d+")


def subject_of(file: Path) -> str:
    """The subject in a name like 06_01.bvh, else the folder's name."""
    match = _CMU_NAME.match(file.stem)
    return plain_subject(match[1] if match else file.resolve().parent.name)


def plain_subject(subject: str) -> str:
    """The same name for 6, 06 and 006."""
    return subject.strip().lstrip("0") or subject.strip()

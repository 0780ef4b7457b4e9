"""The lines of a BVH file, in whatever encoding, and what its words mean."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtm.errors import VtmError

DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
EXPORT = "export it again"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
"""How a file begins, and how it is then encoded."""
_FIRST = re.compile(r"^\s*HIERARCHY\b", re.IGNORECASE | re.MULTILINE)


@dataclass
class BvhText:
    """A BVH file as lines.

    Attributes:
        path: Of the file.
        lines: From HIERARCHY on; those before it are empty.
    """

    path: Path
    lines: list[str]

    def fault(self, number: int, reason: object) -> VtmError:
        """What is wrong in the line of this number, counted from 1."""
        return VtmError(f"{self.path}, line {number}: {reason}; {EXPORT}")


def read_text(path: Path) -> BvhText:
    """Read the lines of a BVH file.

    Raises:
        VtmError: It cannot be read, or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    text = data.decode(encoding, "replace")
    start = _FIRST.search(text[:4096])
    if "\0" in text[:4096] or not start:
        raise BvhText(path, []).fault(1, "no BVH file, which begins with HIERARCHY")
    empty = "\n" * len(text[: start.start()].splitlines())
    return BvhText(path, (empty + text[start.start() :]).splitlines())


def numbers(words: list[str]) -> list[float]:
    """Finite numbers.

    Raises:
        ValueError: One is none; the message says which.
    """
    values = [float(word) for word in words]
    bad = next((place for place, value in enumerate(values, 1) if not np.isfinite(value)), None)
    if bad is not None:
        raise ValueError(f"number {bad} of {len(values)} is {words[bad - 1]!r}")
    return values

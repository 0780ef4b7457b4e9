"""The motion of a BVH file: how many frames it announces, their rate, and their numbers."""

import re
from dataclasses import dataclass

import numpy as np

from vtm.mocap.bvh_text import DECIMAL_COMMA, BvhText, numbers

_HEAD = re.compile(r"\s*(frames|frame\s*time)\b\s*:?\s*(.*)", re.IGNORECASE)
_WORD = re.compile(r"\s*(?!nan|inf)[A-Za-z]")
Row = tuple[int, list[str]]
"""Number of a line, and its words."""


@dataclass(frozen=True, eq=False)
class Motion:
    """The numbers of all frames.

    Attributes:
        values: (T, columns) of all frames that are whole.
        announced: How many frames the file says it has; None where it does not.
        seconds: Per frame; None where the file does not say.
        more: Whether something else follows the frames.
    """

    values: np.ndarray
    announced: int | None
    seconds: float | None
    more: bool


def motion_line(bvh: BvhText) -> int:
    """Index of the line MOTION, which is put in where it lacks; the number of lines where there is no motion at all."""
    motion = next((index for index, line in enumerate(bvh.lines) if line.strip().upper() == "MOTION"), len(bvh.lines))
    head = next((index for index, line in enumerate(bvh.lines) if _HEAD.match(line)), len(bvh.lines))
    if head < motion:  # some lack the word
        bvh.lines.insert(head, "MOTION")
    return min(head, motion)


def read_motion(bvh: BvhText, motion: int, columns: int) -> Motion:
    """Read what follows the line MOTION.

    Args:
        bvh: The file.
        motion: Index of that line.
        columns: How many numbers a frame has.

    Raises:
        VtmError: Something is missing or not a number; the line is named.
    """
    announced, seconds, first = _head(bvh, motion)
    rows = _rows(bvh.lines[first:], first + 1)
    if not rows or not columns:
        raise bvh.fault(len(bvh.lines), "the file has no frames")
    if len(rows[0][1]) != columns:
        rows = _unwrapped(bvh, rows, announced, columns)
    following = rows[announced:] if announced else []
    more = any(len(words) != columns or not _are_numbers(words) for _, words in following)
    if more:
        rows = rows[:announced]
    if len(rows) > 1 and len(rows[-1][1]) < columns:
        rows = rows[:-1]  # cut short
    return Motion(_frames(bvh, rows, columns), announced, seconds, more)


def _head(bvh: BvhText, motion: int) -> tuple[int | None, float | None, int]:
    """Number of frames, seconds per frame, and the index of the first line of numbers; None for what is not said."""
    lines, index = bvh.lines, motion + 1
    found: dict[str, float] = {}
    while index < len(lines):
        match = _HEAD.match(lines[index])
        if not match and lines[index].strip():
            break
        index += 1
        if match:
            value = match[2].strip()
            if not value and index < len(lines):
                value, index = lines[index].strip(), index + 1
            try:
                found[match[1].lower().replace(" ", "")] = float(DECIMAL_COMMA.sub(".", value).split()[0])
            except (ValueError, IndexError) as error:
                raise bvh.fault(index, f"{value[:40]!r} is no number") from error
    if index < len(lines) and _WORD.match(lines[index]):
        raise bvh.fault(index + 1, "Frames or Frame Time expected")
    frames, seconds = found.get("frames"), found.get("frametime")
    if frames is not None and not 0 < frames < 1e9:
        raise bvh.fault(index, "the file has no frames")
    return None if frames is None else int(frames), seconds if seconds and seconds > 0 else None, index


def _rows(lines: list[str], first: int) -> list[Row]:
    """The lines that are not empty, as words, of which commas are no part; `first` is the number of the first."""
    text = "\n".join(lines)
    if "," in text:
        is_decimal = "." not in text and not re.search(r",(\s|\S*,)", text)
        text = DECIMAL_COMMA.sub(".", text) if is_decimal else text.replace(",", " ")
    return [(number, words) for number, line in enumerate(text.split("\n"), first) if (words := line.split())]


def _unwrapped(bvh: BvhText, rows: list[Row], announced: int | None, columns: int) -> list[Row]:
    """A row for each whole frame, where frames are wrapped over lines; each has the number of the first line."""
    number, words = rows[0]
    flat = [word for _, words in rows for word in words]
    frames, rest = divmod(len(flat), columns)
    if rest and announced != frames:
        raise bvh.fault(
            number,
            f"{columns} numbers are needed, {len(words)} are there, and all {len(flat)} numbers together make no whole "
            "frames",
        )
    return [(number, flat[start : start + columns]) for start in range(0, frames * columns, columns)]


def _are_numbers(words: list[str]) -> bool:
    try:
        return bool(np.isfinite(np.array(words, dtype=np.float64)).all())
    except ValueError:
        return False


def _frames(bvh: BvhText, rows: list[Row], columns: int) -> np.ndarray:
    """The numbers (T, columns) of rows that are frames."""
    try:
        values = np.array([words for _, words in rows], dtype=np.float64)
        if np.isfinite(values).all():
            return values
    except ValueError:
        pass  # the loop below says where
    for number, words in rows:
        try:
            if len(words) != columns:
                raise ValueError(f"{columns} numbers are needed, {len(words)} are there")
            numbers(words)
        except ValueError as error:
            raise bvh.fault(number, error) from error
    raise bvh.fault(rows[0][0], "the numbers cannot be read")

"""BVH files of any skeleton and of any program that takes the format lightly.

Keywords are read in any case, commas may part numbers or be decimal, and rows may be wrapped over lines; a file that
holds fewer or more frames than it announces is read as far as frames are whole, and that is remarked.
"""

import re
from pathlib import Path

import numpy as np

from vtm.body.rotations import matrix_from_joint_angles
from vtm.errors import VtmError
from vtm.mocap.recording import Recording

_AXES = ("x", "y", "z")
_EXPORT = "export it again"
_HEAD = re.compile(r"\s*(frames|frame\s*time)\b\s*:?\s*(.*)", re.IGNORECASE)
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
"""How a file begins, and how it is then encoded."""
_FIRST = re.compile(r"^\s*HIERARCHY\b", re.IGNORECASE | re.MULTILINE)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_KEYWORDS = {"ROOT", "JOINT", "END", "OFFSET", "CHANNELS", "{", "}"}
_SLOWEST, _FASTEST = 1.0, 2000.0
"""Frames/s that are believed."""
_RADIANS = (0.5, 6.3)
"""Between these lies the largest angle of a file in radians, but of hardly any in degrees."""


class _Joint:
    def __init__(self, name: str, parent: int):
        self.name, self.parent = name, parent
        self.offset: list[float] | None = None
        self.channels: list[str] = []


def read_bvh(path: Path) -> Recording:
    """Read a BVH file.

    Angles are degrees, R = R_first R_second R_third in the order of the channels, as everywhere. A joint's position
    channels take the place of its OFFSET if they hover about it, else they add to it: both readings are in use.

    Raises:
        VtmError: Something is missing or not a number; the line is named.
    """
    lines = _text(path).splitlines()
    joints, line = _hierarchy(path, lines)
    announced, seconds, line = _motion_head(path, lines, line)
    columns = sum(len(joint.channels) for joint in joints)
    values, more = _values(path, lines, line, announced, columns)
    frames = len(values)
    _check_degrees(path, joints, values)
    offsets = np.array([joint.offset for joint in joints])
    local = np.broadcast_to(np.eye(3), (frames, len(joints), 3, 3)).copy()
    places, column = {}, 0
    for index, joint in enumerate(joints):
        own = dict(zip(joint.channels, values.T[column : column + len(joint.channels)], strict=True))
        column += len(joint.channels)
        turns = [channel for channel in joint.channels if channel.endswith("rotation")]
        if turns:
            local[:, index] = _rotation(np.stack([own[turn] for turn in turns], 1), [turn[0] for turn in turns])
        moves = [own.get(f"{axis}position") for axis in _AXES]
        if any(move is not None for move in moves):
            place = np.stack([np.zeros(frames) if move is None else move for move in moves], 1)
            middle = np.median(place, 0)
            absolute = joint.parent < 0 or np.linalg.norm(middle - offsets[index]) < np.linalg.norm(middle)
            places[index] = place if absolute else place + offsets[index]
    parents = tuple(joint.parent for joint in joints)
    fps = 1 / seconds if seconds and _SLOWEST <= 1 / seconds <= _FASTEST else None
    remarks = [] if announced in (None, frames) else [f"{frames} whole frames are there, {announced} announced"]
    remarks += ["what follows the frames is not read"] if more else []
    names = tuple(joint.name for joint in joints)
    return Recording(names, parents, offsets, local, places, fps, remarks=tuple(remarks))


def _rotation(degrees: np.ndarray, axes: list[str]) -> np.ndarray:
    """Matrices (T, 3, 3) of angles (T, n) about n axes in a row; an axis that is missing does not turn."""
    order = "".join(axes + [axis for axis in _AXES if axis not in axes])
    angles = np.zeros((len(degrees), 3))
    angles[:, : len(axes)] = np.radians(degrees)
    return matrix_from_joint_angles(angles, order)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    text = data.decode(encoding, "replace")
    start = _FIRST.search(text[:4096])
    if "\0" in text[:4096] or not start:
        raise VtmError(f"{path}, line 1: no BVH file, which begins with HIERARCHY; {_EXPORT}")
    return "\n" * len(text[: start.start()].splitlines()) + text[start.start() :]


def _hierarchy(path: Path, lines: list[str]) -> tuple[list[_Joint], int]:
    """The joints, and the index of the line MOTION."""
    joints: list[_Joint] = []
    open_joints: list[int] = []
    words: list[tuple[int, str]] = []
    motion = next((index for index, line in enumerate(lines) if line.strip().upper() == "MOTION"), len(lines))
    head = next((index for index, line in enumerate(lines) if _HEAD.match(line)), len(lines))
    if head < motion:  # some lack the word
        lines.insert(head, "MOTION")
        motion = head
    for index, line in enumerate(lines[:motion]):
        words += [(index, word) for word in line.replace("{", " { ").replace("}", " } ").split()]
    words.reverse()
    at = 0

    def take() -> str:
        nonlocal at
        if not words:
            raise IndexError
        at, word = words.pop()
        return word

    try:
        while words:
            word = take().upper()
            if word in ("ROOT", "JOINT"):
                if word == "ROOT" and joints:
                    raise ValueError("a second ROOT; only files of one person can be read: export each person alone")
                joints.append(_Joint(_until_brace(words), open_joints[-1] if joints else -1))
            elif word == "END":
                joints.append(_Joint("", open_joints[-1]))
                _until_brace(words)
            elif word == "{":
                if not joints:
                    raise ValueError("'{' is not expected here")
                open_joints.append(len(joints) - 1)
            elif word == "}":
                open_joints.pop()
            elif word == "OFFSET":
                if _keyword_within(words, 3):
                    raise ValueError("3 numbers are needed")
                joints[open_joints[-1]].offset = _numbers([_plain(take()) for _ in range(3)])
            elif word == "CHANNELS":
                joints[open_joints[-1]].channels = _channels(int(take().rstrip(",")), words, take)
            elif word != "HIERARCHY":
                raise ValueError(f"{word[:40]!r} is not expected here")
        if motion == len(lines):
            raise VtmError(f"{path}, line {len(lines)}: the file ends before MOTION; {_EXPORT}")
        at = motion
        if open_joints or not joints:
            raise ValueError("the skeleton is not complete")
        bare = next((joint.name for joint in joints if joint.offset is None), None)
        if bare is not None:
            raise ValueError(f"joint {bare!r} has no OFFSET")
    except (ValueError, IndexError) as error:
        reason = "the line is not complete" if isinstance(error, IndexError) else str(error)
        raise VtmError(f"{path}, line {at + 1}: {reason}; {_EXPORT}") from error
    return joints, motion


def _until_brace(words: list[tuple[int, str]]) -> str:
    """A joint's name, which may hold spaces: the words before the brace."""
    name = []
    while words and words[-1][1] != "{":
        name.append(words.pop()[1])
    return " ".join(name)


def _keyword_within(words: list[tuple[int, str]], count: int) -> bool:
    following = words[len(words) - count :] if count < len(words) else words
    return any(word.upper() in _KEYWORDS for _, word in following)


def _plain(word: str) -> str:
    return _DECIMAL_COMMA.sub(".", word.strip("[](),"))


def _numbers(words: list[str]) -> list[float]:
    values = [float(word) for word in words]
    bad = next((place for place, value in enumerate(values, 1) if not np.isfinite(value)), None)
    if bad is not None:
        raise ValueError(f"number {bad} of {len(values)} is {words[bad - 1]!r}")
    return values


def _are_numbers(words: list[str]) -> bool:
    try:
        return bool(np.isfinite(np.array(words, dtype=np.float64)).all())
    except ValueError:
        return False


def _check_degrees(path: Path, joints: list[_Joint], values: np.ndarray) -> None:
    turns = [channel.endswith("rotation") for joint in joints for channel in joint.channels]
    largest = float(np.abs(values[:, turns]).max(initial=0.0))
    if len(values) > 1 and _RADIANS[0] < largest < _RADIANS[1]:
        raise VtmError(
            f"{path}: no angle exceeds {largest:.2f}: are they radians? BVH counts in degrees; {_EXPORT}, or multiply "
            "them by 57.29578"
        )


def _channels(count: int, words: list[tuple[int, str]], take) -> list[str]:
    if _keyword_within(words, count):
        raise ValueError("fewer channels than announced")
    channels = []
    for _ in range(count):
        name = take().rstrip(",")
        axis, kind = name[:1].lower(), name[1:].lower()
        if axis not in _AXES or kind not in ("rotation", "position", "scale", "translation"):
            raise ValueError(f"channel {name!r} is unknown")
        channels.append(axis + kind.replace("translation", "position"))
    return channels


def _motion_head(path: Path, lines: list[str], motion: int) -> tuple[int | None, float | None, int]:
    """Number of frames, seconds per frame, and the index of the first line of numbers; None for what is not said."""
    found: dict[str, float] = {}
    index = motion + 1
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
                found[match[1].lower().replace(" ", "")] = float(_DECIMAL_COMMA.sub(".", value).split()[0])
            except (ValueError, IndexError) as error:
                raise VtmError(f"{path}, line {index}: {value[:40]!r} is no number; {_EXPORT}") from error
    if (
        index < len(lines)
        and re.match(r"\s*[A-Za-z]", lines[index])
        and not re.match(r"\s*[+-]?(nan|inf)", lines[index])
    ):
        raise VtmError(f"{path}, line {index + 1}: Frames or Frame Time expected; {_EXPORT}")
    frames, seconds = found.get("frames"), found.get("frametime")
    if frames is not None and not 0 < frames < 1e9:
        raise VtmError(f"{path}, line {index}: the file has no frames; {_EXPORT}")
    return None if frames is None else int(frames), seconds if seconds and seconds > 0 else None, index


def _values(path: Path, lines: list[str], first: int, announced: int | None, columns: int) -> tuple[np.ndarray, bool]:
    """The numbers (T, columns) of all frames that are whole, and whether something else follows them."""
    text = "\n".join(lines[first:])
    if "," in text:
        decimal = "." not in text and not re.search(r",(\s|\S*,)", text)
        text = _DECIMAL_COMMA.sub(".", text) if decimal else text.replace(",", " ")
    split = [(number, words) for number, line in enumerate(text.split("\n"), first + 1) if (words := line.split())]
    if not split or not columns:
        raise VtmError(f"{path}, line {len(lines)}: the file has no frames; {_EXPORT}")
    lasts = len(split)
    wrapped = len(split[0][1]) != columns
    if wrapped:
        count = sum(len(words) for _, words in split)
        if count % columns and announced != count // columns:
            number, words = split[0]
            raise VtmError(
                f"{path}, line {number}: {columns} numbers are needed, {len(words)} are there, and all {count} numbers "
                f"together make no whole frames; {_EXPORT}"
            )
        flat = [word for _, words in split for word in words][: count // columns * columns]
        split = [(split[0][0], flat[start : start + columns]) for start in range(0, len(flat), columns)]
    more = (
        any(len(words) != columns or not _are_numbers(words) for _, words in split[announced:]) if announced else False
    )
    if more:
        split = split[:announced]
    if len(split) > 1 and len(split[-1][1]) < columns and len(split) in (announced, lasts):
        split = split[:-1]  # cut short
    try:
        values = np.array([words for _, words in split], dtype=np.float64)
        if values.shape == (len(split), columns) and np.isfinite(values).all():
            return values, more
    except ValueError:
        pass  # the loop below says where
    for number, words in split:
        try:
            if len(words) != columns:
                raise ValueError(f"{columns} numbers are needed, {len(words)} are there")
            _numbers(words)
        except ValueError as error:
            raise VtmError(f"{path}, line {number}: {error}; {_EXPORT}") from error
    raise VtmError(f"{path}, line {first + 1}: the numbers cannot be read; {_EXPORT}")

"""BVH files of any skeleton."""

from pathlib import Path

import numpy as np

from vtm.body.rotations import matrix_from_joint_angles
from vtm.errors import VtmError
from vtm.mocap.recording import Recording

_AXES = ("x", "y", "z")
_EXPORT = "export it again"


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
        VtmError: Something is missing, cut short or not a number; the line is named.
    """
    lines = _text(path).splitlines()
    joints, line = _hierarchy(path, lines)
    frames, seconds, line = _motion_head(path, lines, line)
    values = _values(path, lines, line, frames, sum(len(joint.channels) for joint in joints))
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
    return Recording(tuple(joint.name for joint in joints), parents, offsets, local, places, 1 / seconds)


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
    if b"\0" in data[:4096] or not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"HIERARCHY"):
        raise VtmError(f"{path}, line 1: no BVH file, which begins with HIERARCHY; {_EXPORT}")
    return data.decode("utf-8-sig", "replace")


def _hierarchy(path: Path, lines: list[str]) -> tuple[list[_Joint], int]:
    """The joints, and the index of the line MOTION."""
    joints: list[_Joint] = []
    open_joints: list[int] = []
    for index, line in enumerate(lines):
        words = line.replace("{", " { ").replace("}", " } ").split()
        while words:
            word = words.pop(0)
            try:
                if word == "MOTION":
                    if open_joints or not joints:
                        raise ValueError("the skeleton is not complete")
                    return joints, index
                if word in ("ROOT", "JOINT"):
                    if word == "ROOT" and joints:
                        raise ValueError("a second ROOT; only files of one person can be read")
                    end = words.index("{") if "{" in words else len(words)
                    joints.append(_Joint(" ".join(words[:end]), open_joints[-1] if joints else -1))
                    words = words[end:]
                elif word == "End":
                    joints.append(_Joint("", open_joints[-1]))
                    words = words[1:]
                elif word == "{":
                    open_joints.append(len(joints) - 1)
                elif word == "}":
                    open_joints.pop()
                elif word == "OFFSET":
                    joints[open_joints[-1]].offset = _numbers(words[:3], 3)
                    words = words[3:]
                elif word == "CHANNELS":
                    count = int(words[0])
                    joints[open_joints[-1]].channels = [_channel(name) for name in words[1 : 1 + count]]
                    if len(words) < 1 + count:
                        raise ValueError("fewer channels than announced")
                    words = words[1 + count :]
                elif word != "HIERARCHY":
                    raise ValueError(f"{word[:40]!r} is not expected here")
            except (ValueError, IndexError) as error:
                raise VtmError(f"{path}, line {index + 1}: {_reason(error)}; {_EXPORT}") from error
    raise VtmError(f"{path}, line {len(lines)}: the file ends before MOTION; {_EXPORT}")


def _reason(error: Exception) -> str:
    return "the line is not complete" if isinstance(error, IndexError) else str(error)


def _numbers(words: list[str], count: int) -> list[float]:
    values = [float(word) for word in words]
    if len(values) < count or not np.isfinite(values).all():
        raise ValueError(f"{count} numbers are needed")
    return values


def _channel(name: str) -> str:
    axis, kind = name[:1].lower(), name[1:].lower()
    if axis not in _AXES or kind not in ("rotation", "position"):
        raise ValueError(f"channel {name!r} is unknown")
    return axis + kind


def _motion_head(path: Path, lines: list[str], motion: int) -> tuple[int, float, int]:
    """Number of frames, seconds per frame, and the index of the first line of numbers."""
    found: dict[str, float] = {}
    index = motion
    while len(found) < 2:
        index += 1
        if index >= len(lines):
            raise VtmError(f"{path}, line {len(lines)}: Frames or Frame Time is missing; {_EXPORT}")
        key, _, value = lines[index].partition(":")
        if key.strip() not in ("Frames", "Frame Time", ""):
            raise VtmError(f"{path}, line {index + 1}: Frames or Frame Time expected; {_EXPORT}")
        if key.strip():
            try:
                found[key.strip()] = float(value)
            except ValueError as error:
                raise VtmError(f"{path}, line {index + 1}: {value.strip()[:40]!r} is no number; {_EXPORT}") from error
            if not 0 < found[key.strip()] < 1e9:
                problem = "the file has no frames" if key.strip() == "Frames" else "the frame time is not positive"
                raise VtmError(f"{path}, line {index + 1}: {problem}; {_EXPORT}")
    return int(found["Frames"]), found["Frame Time"], index + 1


def _values(path: Path, lines: list[str], first: int, frames: int, columns: int) -> np.ndarray:
    rows = [number for number in range(first, len(lines)) if lines[number].strip()][:frames]
    if len(rows) < frames:
        raise VtmError(f"{path}, line {len(lines)}: {len(rows)} of {frames} frames are there; copy or {_EXPORT}")
    try:
        values = np.array([lines[number].split() for number in rows], dtype=np.float64)
        if values.shape == (frames, columns) and np.isfinite(values).all():
            return values
    except ValueError:
        pass  # the loop below says where
    for number in rows:
        try:
            if len(_numbers(lines[number].split(), columns)) > columns:
                raise ValueError(f"more than {columns} numbers")
        except ValueError as error:
            raise VtmError(f"{path}, line {number + 1}: {error}; {_EXPORT}") from error
    raise VtmError(f"{path}, line {first + 1}: the numbers cannot be read; {_EXPORT}")

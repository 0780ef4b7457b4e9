"""ASF/AMC recordings: the skeleton in one file, its motion in others.

A bone turns about the axes C that its skeleton file states: relative to its parent, and in the world's axes at rest, by
C M C⁻¹ with the angles M of the frame (J. Lander, "Working with motion capture file formats", Game Developer 1998).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from vtm.body.rotations import matrix_from_joint_angles
from vtm.errors import VtmError
from vtm.mocap.recording import Recording

_INCH = 0.0254
_ANGLES = ("rx", "ry", "rz")
_PLACES = ("tx", "ty", "tz")
_EXPORT = "export it again"


class _Bone:
    """direction, length: to its tip, in the world at rest.  axes (3, 3): those it turns about.  dof: of each column."""

    def __init__(self, name: str):
        self.name = name
        self.direction, self.length, self.axes = np.zeros(3), 0.0, np.eye(3)
        self.dof: list[str] = []


def read_amc(path: Path) -> Recording:
    """Read an AMC file with the skeleton of the ASF file beside it.

    That is the one whose name begins the AMC file's name (01.asf for 01_05.amc), or the only one in the folder.

    Raises:
        VtmError: Something is missing or damaged; file and line are named.
    """
    skeletons = sorted(file for file in path.parent.iterdir() if file.suffix.lower() == ".asf")
    named = [file for file in skeletons if path.stem.lower().startswith(file.stem.lower())]
    if not named and len(skeletons) != 1:
        raise VtmError(f"{path} has no skeleton: put its .asf file beside it, named like the .amc file")
    asf = max(named, key=lambda file: len(file.stem)) if named else skeletons[0]
    bones, parents, unit, degrees = _skeleton(asf)
    values = _motion(path, bones, degrees)
    frames = len(values[bones[0].name])
    names, parent_of, offsets, local = [], [], [], []
    for index, bone in enumerate(bones):
        names.append(bone.name)
        parent_of.append(parents[index])
        start = bones[parents[index]] if index else bones[0]
        offsets.append(start.direction * start.length)
        angles = np.zeros((frames, 3))
        for column, dof in enumerate(bone.dof):
            if dof in _ANGLES:
                angles[:, _ANGLES.index(dof)] = values[bone.name][:, column]
        turn = matrix_from_joint_angles(angles[:, ::-1], "zyx")
        local.append(bone.axes @ turn @ bone.axes.T)
    for index in set(range(len(bones))) - set(parents):
        names.append("")
        parent_of.append(index)
        offsets.append(bones[index].direction * bones[index].length)
        local.append(np.broadcast_to(np.eye(3), (frames, 3, 3)))
    columns = [bones[0].dof.index(place) for place in _PLACES]
    places = {0: values[bones[0].name][:, columns]}
    return Recording(
        tuple(names), tuple(parent_of), np.array(offsets), np.stack(local, 1), places, None, _INCH / unit
    )  # fmt: skip


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """(line number, words) of each line that is not a comment."""
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise VtmError(f"cannot read {path}: {error.strerror}; check the path") from error
    if "\0" in text[:4096]:
        raise VtmError(f"{path}, line 1: not a text file; {_EXPORT}")
    numbered = ((number, line.split("#")[0].split()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, words) for number, words in numbered if words]


def _floats(words: list[str], count: int) -> np.ndarray:
    if len(words) != count:
        raise ValueError(f"{count} numbers are needed, {len(words)} are there")
    values = np.array(words, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a number is not finite")
    return values


def _axes(words: list[str], degrees: bool) -> np.ndarray:
    order = words[3].lower() if len(words) > 3 else "xyz"
    angles = _floats(words[:3], 3)
    return matrix_from_joint_angles((np.radians(angles) if degrees else angles)[::-1], order[::-1])


class _Skeleton:
    """What an ASF file tells, line by line: each section has a method, which takes a line's first word and the rest.

    Attributes:
        unit: Of length, per inch.
        degrees: Whether angles are.
    """

    def __init__(self):
        self.unit, self.degrees = 1.0, True
        self._bone = _Bone("root")
        self._bones = {"root": self._bone}
        self._children: dict[str, list[str]] = {}
        self._order, self._turn = "xyz", ["0", "0", "0"]

    def units(self, word: str, rest: list[str]) -> None:
        if word == "length":
            self.unit = float(_floats(rest, 1)[0])
        elif word == "angle":
            self.degrees = rest[0].lower().startswith("deg")

    def root(self, word: str, rest: list[str]) -> None:
        if word == "order":
            self._bones["root"].dof = [dof.lower() for dof in rest]
        elif word == "axis":
            self._order = rest[0]
        elif word == "orientation":
            self._turn = rest

    def bone(self, word: str, rest: list[str]) -> None:
        if word == "name":
            self._bone = self._bones[rest[0]] = _Bone(rest[0])
        elif word == "direction":
            self._bone.direction = _floats(rest, 3)
        elif word == "length":
            self._bone.length = float(_floats(rest, 1)[0])
        elif word == "axis":
            self._bone.axes = _axes(rest, self.degrees)
        elif word == "dof":
            self._bone.dof = [dof.lower() for dof in rest]

    def family(self, word: str, rest: list[str]) -> None:
        if word not in ("begin", "end"):
            self._children.setdefault(word, []).extend(rest)

    def whole(self) -> tuple[list[_Bone], list[int]]:
        """Bones from the root outwards, and the parent of each, once all lines are read."""
        self._bones["root"].axes = _axes([*self._turn, self._order], self.degrees)
        ordered, parents = ["root"], [-1]
        for name in ordered:
            children = self._children.get(name, [])
            if set(children) & set(ordered):
                raise ValueError(f"the hierarchy has bones twice, as below {name!r}")
            ordered += children
            parents += [ordered.index(name)] * len(children)
        if len(ordered) < 2 or not set(_PLACES + _ANGLES) <= set(self._bones["root"].dof) or self.unit <= 0:
            raise ValueError("bones, the order of the root's channels or the unit are missing")
        return [self._bones[name] for name in ordered], parents


_SECTIONS: dict[str, Callable[[_Skeleton, str, list[str]], None]] = {
    ":units": _Skeleton.units,
    ":root": _Skeleton.root,
    ":bonedata": _Skeleton.bone,
    ":hierarchy": _Skeleton.family,
}


def _skeleton(path: Path) -> tuple[list[_Bone], list[int], float, bool]:
    """Bones from the root outwards, the parent of each, units of length per inch, and whether angles are degrees."""
    skeleton, section, number = _Skeleton(), "", 0
    try:
        for line in _lines(path):
            number, (word, *rest) = line
            if word.startswith(":"):
                section = word
            elif section in _SECTIONS:
                _SECTIONS[section](skeleton, word, rest)
        return *skeleton.whole(), skeleton.unit, skeleton.degrees
    except KeyError as error:
        raise VtmError(f"{path}, line {number}: bone {error} is not described; {_EXPORT}") from error
    except (ValueError, IndexError) as error:
        raise VtmError(f"{path}, line {number}: {error}; {_EXPORT}") from error


def _motion(path: Path, bones: list[_Bone], degrees: bool) -> dict[str, np.ndarray]:
    """The values (T, n) of each bone's n degrees of freedom, angles in radians."""
    dof = {bone.name: bone.dof for bone in bones}
    values: dict[str, list[np.ndarray]] = {bone.name: [] for bone in bones if bone.dof}
    number, frames = 1, 0
    try:
        for line in _lines(path):
            number, words = line
            if words[0].startswith(":"):
                degrees = degrees and words[0].upper() != ":RADIANS"
            elif len(words) == 1 and words[0].isdigit():
                _complete(values, frames)
                frames += 1
            elif words[0] not in values or not frames:
                raise ValueError(f"{words[0][:40]!r} is not a bone of the skeleton that moves")
            else:
                values[words[0]].append(_floats(words[1:], len(dof[words[0]])))
        _complete(values, frames)
        if not frames:
            raise ValueError("the file has no frames")
    except ValueError as error:
        raise VtmError(f"{path}, line {number}: {error}; {_EXPORT}") from error
    turn = np.pi / 180 if degrees else 1.0
    return {
        name: np.stack(rows) * [turn if channel in _ANGLES else 1.0 for channel in dof[name]]
        for name, rows in values.items()
    }


def _complete(values: dict[str, list[np.ndarray]], frames: int) -> None:
    short = [name for name, rows in values.items() if len(rows) != frames]
    if short:
        raise ValueError(f"frame {frames} is cut short or repeated: {short[0]}")

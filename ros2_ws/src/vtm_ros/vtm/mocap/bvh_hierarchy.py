"""The skeleton of a BVH file: the words between HIERARCHY and MOTION."""

from collections.abc import Callable, Iterator

from vtm.mocap.bvh_text import DECIMAL_COMMA, BvhText, numbers

AXES = ("x", "y", "z")
_KINDS = ("rotation", "position", "scale", "translation")


class Joint:
    """A joint, or the tip of a last bone, whose name is "".

    Attributes:
        parent: Index, -1 for the root.
        offset: Place (3,) in the parent's frame at rest; None until it is read.
        channels: What its numbers in a frame are, like "xrotation".
    """

    def __init__(self, name: str, parent: int):
        self.name, self.parent = name, parent
        self.offset: list[float] | None = None
        self.channels: list[str] = []


def read_hierarchy(bvh: BvhText, motion: int) -> list[Joint]:
    """Read the joints, parents before children.

    Args:
        bvh: The file.
        motion: Index of the line MOTION; the number of lines where there is none.

    Raises:
        VtmError: Something is missing or not understood; the line is named.
    """
    lines = enumerate(bvh.lines[:motion], 1)
    words = [(number, word) for number, line in lines for word in line.replace("{", " { ").replace("}", " } ").split()]
    hierarchy = _Hierarchy(words)
    try:
        hierarchy.read()
        if motion == len(bvh.lines):
            raise bvh.fault(motion, "the file ends before MOTION")
        hierarchy.number = motion + 1
        hierarchy.check_complete()
    except IndexError as error:
        raise bvh.fault(hierarchy.number, "the line is not complete") from error
    except ValueError as error:
        raise bvh.fault(hierarchy.number, error) from error
    return hierarchy.joints


class _Hierarchy:
    """Takes word after word: each keyword has a method, which takes what belongs to it.

    Its methods raise ValueError, or IndexError where words are missing.

    Attributes:
        joints: Those read so far.
        number: The line of the word that was taken last.
    """

    def __init__(self, words: list[tuple[int, str]]):
        self.joints: list[Joint] = []
        self.number = 1
        self._words = words[::-1]  # (line, word), the next one last
        self._open: list[int] = []

    def read(self) -> None:
        while self._words:
            word = self._take().upper()
            if word in _KEYWORDS:
                _KEYWORDS[word](self)
            elif word != "HIERARCHY":
                raise ValueError(f"{word[:40]!r} is not expected here")

    def check_complete(self) -> None:
        if self._open or not self.joints:
            raise ValueError("the skeleton is not complete")
        bare = next((joint.name for joint in self.joints if joint.offset is None), None)
        if bare is not None:
            raise ValueError(f"joint {bare!r} has no OFFSET")

    def root(self) -> None:
        if self.joints:
            raise ValueError("a second ROOT; only files of one person can be read: export each person alone")
        self.joint()

    def joint(self) -> None:
        self.joints.append(Joint(self._until_brace(), self._open[-1] if self.joints else -1))

    def end(self) -> None:
        self.joints.append(Joint("", self._open[-1]))
        self._until_brace()

    def opened(self) -> None:
        if not self.joints:
            raise ValueError("'{' is not expected here")
        self._open.append(len(self.joints) - 1)

    def closed(self) -> None:
        self._open.pop()

    def offset(self) -> None:
        words = [word.strip("[](),") for word in self._take_values(3, "3 numbers are needed")]
        place = numbers([DECIMAL_COMMA.sub(".", word) for word in words])
        self.joints[self._open[-1]].offset = place

    def channels(self) -> None:
        count = int(self._take().rstrip(","))
        channels = [_channel(word.rstrip(",")) for word in self._take_values(count, "fewer channels than announced")]
        self.joints[self._open[-1]].channels = channels

    def _take(self) -> str:
        self.number, word = self._words.pop()
        return word

    def _take_values(self, count: int, too_few: str) -> Iterator[str]:
        """The next words, none of which may be a keyword."""
        following = self._words[max(len(self._words) - count, 0) :]
        if any(word.upper() in _KEYWORDS for _, word in following):
            raise ValueError(too_few)
        for _ in range(count):
            yield self._take()

    def _until_brace(self) -> str:
        """A joint's name, which may hold spaces: the words before the brace."""
        name = []
        while self._words and self._words[-1][1] != "{":
            name.append(self._take())
        return " ".join(name)


_KEYWORDS: dict[str, Callable[[_Hierarchy], None]] = {
    "ROOT": _Hierarchy.root,
    "JOINT": _Hierarchy.joint,
    "END": _Hierarchy.end,
    "{": _Hierarchy.opened,
    "}": _Hierarchy.closed,
    "OFFSET": _Hierarchy.offset,
    "CHANNELS": _Hierarchy.channels,
}


def _channel(name: str) -> str:
    axis, kind = name[:1].lower(), name[1:].lower()
    if axis not in AXES or kind not in _KINDS:
        raise ValueError(f"channel {name!r} is unknown")
    return axis + kind.replace("translation", "position")

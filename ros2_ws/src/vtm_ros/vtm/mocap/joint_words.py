"""What the names of a foreign skeleton's joints say: a side, and which parts of an arm or a leg each may be.

A name is split into words at capitals, digits and signs. Words that most names of the file share (CC, Base, mixamorig,
JNT) say nothing and are dropped; so are numbers and single letters that are no side.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

LEG, ARM = ("hip", "knee", "ankle", "foot"), ("collar", "shoulder", "elbow", "wrist")
"""The joints of a limb from the trunk outwards; collar and foot may be missing."""
_SIDES = {
    **dict.fromkeys(("left", "l", "lf", "lft", "lt"), "left_"),
    **dict.fromkeys(("right", "r", "rt", "rgt", "rht"), "right_"),
}  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SPACE = re.compile(r"^.*[:|]|\[.*\]$")
"""What is no part of a name: its space, and an abbreviation in brackets."""
_NOTHING = {"bip", "jnt", "joint", "jt", "bone", "bn", "bend", "def", "org", "sk", "skel", "character", "avg",
            "stretch"}  # fmt: skip
_BESIDE = {
    "twist", "roll", "end", "nub", "tip", "ik", "fk", "pole", "target", "goal", "ctrl", "control", "effector", "dummy",
    "helper", "muscle", "corrective", "share", "sec", "mch", "tweak",
}  # fmt: skip
"""Words of joints that lie beside or within a bone."""


def _words(scores: dict[str, int], words: str) -> dict[str, dict[str, int]]:
    return dict.fromkeys(words.split(), scores)


_VOCABULARY: dict[str, dict[str, int]] = {
    **_words({"hip": 3}, "thigh upleg upperleg legupper uppleg upperthigh femur highleg"),
    **_words({"hip": 2}, "hip hips"),
    **_words({"hip": 1}, "hipjoint"),
    **_words({"hip": 1, "knee": 2}, "leg"),
    **_words({"knee": 3}, "shin calf tibia knee lowerleg lowleg loleg leglower lowerthigh crus shank"),
    **_words({"ankle": 3}, "ankle talocrural"),
    **_words({"ankle": 2, "foot": 1}, "foot"),
    **_words({"foot": 3}, "toe toes toebase ball toeball football"),
    **_words({"collar": 3}, "clavicle collar scapula scap collarbone clav"),
    **_words({"collar": 2, "shoulder": 2}, "shoulder"),
    **_words({"shoulder": 3}, "upperarm uparm armupper uarm humerus shldr bicep biceps"),
    **_words({"shoulder": 2, "elbow": 1}, "arm"),
    **_words({"elbow": 3}, "forearm lowerarm lowarm loarm armlower farm radius ulna elbow"),
    **_words({"wrist": 3}, "wrist radiocarpal"),
    **_words({"wrist": 2}, "hand"),
}
"""Word -> how much it speaks for each joint of a limb."""
_PALM = {"hand", "fingerbase", "palm"}
TRUNK = ("spine", "neck", "head", "chest", "skull", "cervical")
"""How words of the trunk end: upperneck, too."""


@dataclass(frozen=True)
class Said:
    """What a joint's name says.

    Attributes:
        side: "left_", "right_" or "".
        word: The words without side, number and what most names share, joined.
        roles: Joint of a limb -> how much the name speaks for it.
    """

    side: str = ""
    word: str = ""
    roles: dict[str, int] = field(default_factory=dict)

    @property
    def palm(self) -> bool:
        """Whether it may be the joint that turns the hand, below the wrist."""
        return bool(self.side) and self.word in _PALM


def read_names(names: Sequence[str]) -> list[Said]:
    """What the names of a skeleton say; tips, whose name is "", say nothing."""
    split = [[word.lower() for word in _WORD.findall(_SPACE.sub("", name))] for name in names]
    split = [[] if name.startswith("__") else words for name, words in zip(names, split, strict=True)]
    counts = Counter(word for words in split for word in set(words))
    many = 0.6 * sum(map(bool, split))
    shared = {word for word, count in counts.items() if count > max(many, 3) and word not in _SIDES}
    return [_said([word for word in words if word not in shared]) for words in split]


def _said(words: list[str]) -> Said:
    if _BESIDE & set(words):
        return Said()
    sides = [word for word in words if word in _SIDES]
    telling = [word for word in words if word not in _SIDES and not word.isdigit() and len(word) > 1]
    if "".join(telling) not in _VOCABULARY:
        telling = [word for word in telling if word not in _NOTHING] or telling
    joined = "".join(telling)
    if len(sides) == 1:
        side = _SIDES[sides[0]]
        known = next((i for i in range(len(telling)) if "".join(telling[i:]) in _VOCABULARY), None)
        if known:
            return Said(side, "".join(telling[known:]), dict.fromkeys(_VOCABULARY["".join(telling[known:])], 1))
        return Said(side, joined, _VOCABULARY.get(joined, {}))
    joined = "".join(word for word in words if not word.isdigit())
    for mark in ("left", "right", "l", "r"):
        for rest in (joined.removeprefix(mark), joined.removesuffix(mark) if len(mark) > 1 else joined):
            if rest != joined and (rest in _VOCABULARY or rest in _PALM):
                return Said(_SIDES[mark], rest, _VOCABULARY.get(rest, {}))
    return Said("", "".join(telling))

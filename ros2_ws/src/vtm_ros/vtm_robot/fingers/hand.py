"""The fingers of a robot's hand: chains of joints below its link, known by their names."""

import re
from dataclasses import dataclass

import numpy as np

from vtm_robot.model.tree import Frame, Tree

WORDS = {
    "thumb": "thumb|(?<![a-z])thj?(?![a-z])",
    "index": "index|fore(?!arm)|(?<![a-z])ffj?(?![a-z])",
    "middle": "middle|(?<![a-z])mfj?(?![a-z])",
    "ring": "ring|(?<![a-z])rfj?(?![a-z])",
    "pinky": "pinky|little|(?<![a-z])lfj?(?![a-z])",
}
"""Of each finger: what the names of its joints or links hold."""
LEAST_BONE_M = 0.005
BEYOND = 0.8
"""Where no link is called a tip, the tip lies beyond the last joint by this share of the bone before it."""


@dataclass(frozen=True, eq=False)
class Finger:
    """One finger.

    Attributes:
        name: One of WORDS.
        joints: Numbers of its joints, from the palm outwards.
        tip: In the axes of its last body.
        bones: (B,) m, from its first joint to the tip; joints that sit in one another have none between them.
    """

    name: str
    joints: tuple[int, ...]
    tip: Frame
    bones: np.ndarray

    @property
    def first(self) -> int:
        """The body that its first joint carries."""
        return self.joints[0] + 1

    @property
    def last(self) -> int:
        """The body that its last joint carries."""
        return self.joints[-1] + 1


def fingers_of(tree: Tree, hand: str) -> tuple[Finger, ...]:
    """The fingers below the link `hand`, in the order of WORDS; none where no name tells one."""
    body = tree.links[hand].body
    below = [other for other in range(1, len(tree.joints) + 1) if body == 0 or tree.above[other, body - 1]]
    found: dict[str, Finger] = {}
    for end in below:
        joints = tuple(j for j in np.flatnonzero(tree.above[end]).tolist() if not tree.above[body, j])
        if not joints or (tree.parent == end).any():
            continue
        links = [name for name, frame in tree.links.items() if frame.body == end]
        name = _named([tree.joints[j].name for j in joints] + links)
        if name and (name not in found or len(joints) > len(found[name].joints)):
            found[name] = _finger(tree, name, joints)
    return tuple(found[name] for name in WORDS if name in found)


def _named(names: list[str]) -> str | None:
    """The finger that most of `names` speak of."""
    told = {finger: sum(bool(re.search(words, name.lower())) for name in names) for finger, words in WORDS.items()}
    best = max(told, key=lambda finger: told[finger])
    return best if told[best] else None


def _finger(tree: Tree, name: str, joints: tuple[int, ...]) -> Finger:
    last = tree.joints[joints[-1]]
    tips = [frame.place for link, frame in tree.links.items() if frame.body == joints[-1] + 1 and "tip" in link.lower()]
    tip = max(tips, key=np.linalg.norm) if tips else BEYOND * last.frame.turn.T @ last.frame.place
    bones = np.linalg.norm([tree.joints[j].frame.place for j in joints[1:]] + [tip], axis=-1)
    return Finger(name, joints, Frame(joints[-1] + 1, np.eye(3), tip), bones[bones > LEAST_BONE_M])

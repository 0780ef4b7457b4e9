"""The fingers of a robot's hand: chains of joints beyond its palm, known by their names, else by their shape."""

import re
from dataclasses import dataclass, replace

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
LONG = tuple(WORDS)[1:]
LEAST_BONE_M = 0.005
BEYOND = 0.8
"""Where no link is called a tip, the tip lies beyond the last joint by this share of the bone before it."""
SHAPED = 3
"""Without names a hand is so many chains, at least, of so many joints each: with less it is a gripper."""


@dataclass(frozen=True, eq=False)
class Finger:
    """One finger.

    Attributes:
        name: One of WORDS.
        joints: Numbers of its joints, from the palm outwards.
        base: The number of the joint where it begins: beyond what the palm folds at.
        tip: In the axes of its last body.
        bones: (B,) m, from its base to the tip; joints that sit in one another have none between them.
    """

    name: str
    joints: tuple[int, ...]
    base: int
    tip: Frame
    bones: np.ndarray

    @property
    def last(self) -> int:
        """The body that its last joint carries."""
        return self.joints[-1] + 1


def palm_of(tree: Tree) -> str:
    """The link that all fingers of a hand hang on, where `tree` is a hand, perhaps with its wrist."""
    ends = _ends(tree)
    named = [end for end in ends if _named(tree, [end - 1], end)]
    shared = tree.above[named if len(named) > 1 else ends].all(0)
    body = int(np.flatnonzero(shared)[-1]) + 1 if shared.any() else 0
    return next(name for name, frame in tree.links.items() if frame.body == body)


def fingers_of(hand: Tree) -> tuple[Finger, ...]:
    """The fingers of a hand whose base is the palm, in the order of WORDS; none where it has less than two."""
    chains = [tuple(np.flatnonzero(hand.above[end]).tolist()) for end in _ends(hand)]
    found: dict[str, Finger] = {}
    for joints in chains:
        name = _named(hand, joints, joints[-1] + 1)
        if name and (name not in found or len(joints) > len(found[name].joints)):
            found[name] = _finger(hand, name, joints)
    if len(found) < 2:
        found = _by_shape(hand, chains)
    return tuple(found[name] for name in WORDS if name in found) if len(found) > 1 else ()


def _ends(tree: Tree) -> list[int]:
    """The bodies on which nothing hangs."""
    return [body for body in range(1, len(tree.joints) + 1) if not (tree.parent == body).any()]


def _named(tree: Tree, joints, end: int) -> str | None:
    """The finger that most names speak of: those of `joints` and of the links on the body `end`."""
    names = [tree.joints[j].name for j in joints] + [name for name, frame in tree.links.items() if frame.body == end]
    told = {finger: sum(bool(re.search(words, name.lower())) for name in names) for finger, words in WORDS.items()}
    best = max(told, key=lambda finger: told[finger])
    return best if told[best] else None


def _by_shape(hand: Tree, chains: list[tuple[int, ...]]) -> dict[str, Finger]:
    """The thumb is the chain that points, and bends, least as the others do; the index is next to it."""
    fingers = [_finger(hand, "", joints) for joints in chains if len(joints) >= SHAPED]
    if not SHAPED <= len(fingers) <= len(WORDS):
        return {}
    pose = hand.pose(hand.home)
    bases = pose.places[[finger.base + 1 for finger in fingers]]
    tips = np.stack([pose.frame(finger.tip)[1] for finger in fingers])
    ways = (tips - bases) / np.linalg.norm(tips - bases, axis=-1, keepdims=True)
    hinges = hand.axes(pose)[[finger.joints[-1] for finger in fingers]]
    alike = (ways @ ways.T + np.abs(hinges @ hinges.T)).sum(1)
    thumb = int(alike.argmin())
    row = [number for number in range(len(fingers)) if number != thumb]
    along = ways[row].mean(0)
    spread = bases[row] - bases[row].mean(0)
    spread = spread - np.outer(spread @ along, along) / (along @ along)
    across = np.linalg.svd(spread)[2][0]
    side = np.sign(((bases[thumb] + tips[thumb]) / 2 - bases[row].mean(0)) @ across)
    ordered = [row[place] for place in np.argsort(-side * (spread @ across))]
    named = {"thumb": fingers[thumb]} | {name: fingers[number] for name, number in zip(LONG, ordered, strict=False)}
    return {name: replace(finger, name=name) for name, finger in named.items()}


def _finger(tree: Tree, name: str, joints: tuple[int, ...]) -> Finger:
    last = tree.joints[joints[-1]]
    tips = [frame.place for link, frame in tree.links.items() if frame.body == joints[-1] + 1 and "tip" in link.lower()]
    tip = max(tips, key=np.linalg.norm) if tips else BEYOND * last.frame.turn.T @ last.frame.place
    bones = np.linalg.norm([tree.joints[j].frame.place for j in joints[1:]] + [tip], axis=-1)
    real = np.flatnonzero(bones > LEAST_BONE_M)
    first = real[-3] if len(real) > 3 and name != "thumb" else 0  # the palm's own bone comes before the finger's three
    while first and bones[first - 1] <= LEAST_BONE_M:
        first -= 1
    return Finger(
        name, joints, joints[first], Frame(joints[-1] + 1, np.eye(3), tip), bones[first:][bones[first:] > LEAST_BONE_M]
    )

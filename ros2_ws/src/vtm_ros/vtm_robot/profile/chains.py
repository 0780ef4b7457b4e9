"""The limbs of a robot: serial chains of bodies, by shape first and by name where the shape does not tell."""

import re
from dataclasses import dataclass

import numpy as np

from vtm_robot.model.tree import Pose, Tree

LIMB = 4
"""A limb has at least so many joints."""
MAIN = 3
"""Where a chain forks it goes on along a branch with so many joints, and so many times as many as any other."""
ALIKE = 0.03
"""Chains whose lengths differ by less than this share are the same on both sides."""
HEAD_ASIDE = 0.08
"""Metres that a head may be off the middle plane."""
LEFT = re.compile(r"(?:^|[^a-zA-Z])(?:left|l)(?:[^a-zA-Z]|$)|^left|^L(?=[A-Z_])", re.IGNORECASE)
RIGHT = re.compile(r"(?:^|[^a-zA-Z])(?:right|r)(?:[^a-zA-Z]|$)|^right|^R(?=[A-Z_])", re.IGNORECASE)
GRIPPER = re.compile(r"grip|finger|thumb|hand_joint", re.IGNORECASE)
LEG = re.compile(r"leg|hip|knee|ankle|thigh|foot", re.IGNORECASE)


@dataclass(frozen=True)
class Limbs:
    """Chains of body numbers from the trunk outwards; None for what the robot lacks.

    Attributes:
        arms: Side to chain.
        legs: Side to chain.
        head: The chain to the head.
        chest: The body that bears the arms.
        yaw: Radians about z from the base's x to where the robot looks.
        notes: What was guessed, in sentences.
    """

    arms: dict[str, list[int]]
    legs: dict[str, list[int]]
    head: list[int] | None
    chest: int
    yaw: float
    notes: tuple[str, ...]


def find_limbs(tree: Tree) -> Limbs:
    """Arms, legs and head of `tree`, by the shape of its chains, else by their names."""
    pose = tree.pose(tree.home)
    chains = _chains(tree)
    long = [chain for chain in chains if len(chain) >= LIMB]
    limbs = [a for a in long if not any(b is not a and tree.above[a[0], b[0] - 1] for b in long)]
    pairs = [
        (a, b)
        for number, a in enumerate(limbs)
        for b in limbs[number + 1 :]
        if len(a) == len(b)
        and _alike(reach(pose, a), reach(pose, b))
        and tree.parent[a[0] - 1] == tree.parent[b[0] - 1]
    ]
    pairs.sort(key=lambda pair: min(pose.places[body, 2] for body in pair[0]))
    notes: list[str] = []
    legs, arms = None, None
    if len(pairs) > 1:
        legs, arms = pairs[0], max(pairs[1:], key=lambda pair: reach(pose, pair[0]))
    elif pairs:
        is_leg = sum(bool(LEG.search(name)) for name in _names(tree, pairs[0][0])) > len(pairs[0][0]) / 2
        legs, arms = (pairs[0], None) if is_leg else (None, pairs[0])
    left_arm, yaw = _sides(tree, pose, arms or legs, notes)
    found = {"arms": _sided(tree, arms, left_arm), "legs": _sided(tree, legs, left_arm)}
    if not arms:
        single = max((c for c in limbs if not legs or c not in legs), key=lambda c: reach(pose, c), default=None)
        if single:
            single = _from_fork(tree, single)
            side = "left" if _vote(tree, single) > 0 else "right"
            found["arms"] = {side: single}
            notes.append(f"there is one arm; the person's {side} arm drives it")
    notes += [f"it has no {kind}" for kind in ("arms", "legs") if not found[kind]]
    chest = _chest(tree, list(found["arms"].values()))
    head = _head(tree, pose, chains, [*found["arms"].values(), *found["legs"].values()], chest)
    notes += [] if head else ["it has no head that moves"]
    return Limbs(found["arms"], found["legs"], head, chest, yaw, tuple(notes))


def _from_fork(tree: Tree, chain: list[int]) -> list[int]:
    """What of a chain comes after its last fork, where that is a limb of its own: the rest is trunk."""
    forks = [place + 1 for place, body in enumerate(chain[:-LIMB]) if np.count_nonzero(tree.parent == body) > 1]
    return chain[forks[-1] :] if forks else chain


def reach(pose: Pose, chain: list[int]) -> float:
    """Length of the way along a chain of bodies, metres."""
    return float(np.linalg.norm(np.diff(pose.places[chain], axis=0), axis=-1).sum())


def _chains(tree: Tree) -> list[list[int]]:
    """Serial chains from every fork."""
    below: list[list[int]] = [[] for _ in range(len(tree.joints) + 1)]
    for joint, parent in enumerate(tree.parent):
        below[parent].append(joint + 1)
    size = tree.above.sum(0)
    chains, starts = [], list(below[0])
    while starts:
        chain = [starts.pop()]
        while below[chain[-1]]:
            first, *others = sorted(below[chain[-1]], key=lambda body: -size[body - 1])
            if others and size[first - 1] < MAIN * max(1, size[others[0] - 1]):
                starts += [first, *others]
                break
            starts += others
            chain.append(first)
        grip = next((place for place, body in enumerate(chain) if GRIPPER.search(tree.joints[body - 1].name)), None)
        chains.append(chain[: grip or None])
    return chains


def _alike(a: float, b: float) -> bool:
    return abs(a - b) <= ALIKE * max(a, b, 1e-6)


def _names(tree: Tree, chain: list[int]) -> list[str]:
    return [tree.joints[body - 1].name for body in chain] + [
        name for name, frame in tree.links.items() if frame.body in chain
    ]


def _vote(tree: Tree, chain: list[int]) -> int:
    """Positive where the names say left, negative for right."""
    names = _names(tree, chain)
    return sum(bool(LEFT.search(name)) for name in names) - sum(bool(RIGHT.search(name)) for name in names)


def _sides(
    tree: Tree, pose: Pose, pair: tuple[list[int], list[int]] | None, notes: list[str]
) -> tuple[np.ndarray, float]:
    """Where left is, (3,), in base axes, and the yaw of what is then forward."""
    if not pair:
        return np.array([0.0, 1.0, 0.0]), 0.0
    middle = [pose.places[chain].mean(0) for chain in pair]
    across = middle[0] - middle[1]
    votes = _vote(tree, pair[0]) - _vote(tree, pair[1])
    if votes == 0:
        notes.append("no name tells left from right; left is where the base's y points")
    if votes < 0 or (votes == 0 and across[1] < 0):
        across = -across
    quarter = np.round(np.arctan2(-across[0], across[1]) / (np.pi / 2)) % 4
    yaw = float(quarter * np.pi / 2)
    if quarter:
        way = ("", "to the left", "backwards", "to the right")[int(quarter)]
        notes.append(f"by the names of its sides it looks {way} of its base")
    return np.array([-np.sin(yaw), np.cos(yaw), 0.0]), yaw


def _sided(tree: Tree, pair: tuple[list[int], list[int]] | None, left: np.ndarray) -> dict[str, list[int]]:
    if not pair:
        return {}
    pose = tree.pose(tree.home)
    first, second = sorted(pair, key=lambda chain: -float(pose.places[chain].mean(0) @ left))
    return {"left": first, "right": second}


def _chest(tree: Tree, arms: list[list[int]]) -> int:
    """The last body that all of `arms` hang on; the base without arms."""
    if not arms:
        return 0
    shared = np.logical_and.reduce([tree.above[tree.parent[arm[0] - 1]] for arm in arms])
    return int(np.flatnonzero(shared)[-1]) + 1 if shared.any() else 0


def _head(tree: Tree, pose: Pose, chains: list[list[int]], limbs: list[list[int]], chest: int) -> list[int] | None:
    """The short chain on the trunk that ends highest, above where the arms begin."""
    bodies = {body for limb in limbs for body in limb}
    spine = {int(joint) + 1 for joint in np.flatnonzero(tree.above[chest])}
    shoulders = max((pose.places[limb[0], 2] for limb in limbs), default=0.0)
    found = [
        chain[: LIMB - 1]
        for chain in chains
        if not tree.above[chain[0]][[body - 1 for body in bodies]].any()
        and not bodies & set(chain)
        and tree.parent[chain[0] - 1] in {0, *spine}
        and not spine & set(chain)
        and abs(pose.places[chain[-1], 1]) < HEAD_ASIDE
        and pose.places[chain[-1], 2] > shoulders - 0.05
    ]
    return max(found, key=lambda chain: pose.places[chain[-1], 2], default=None)

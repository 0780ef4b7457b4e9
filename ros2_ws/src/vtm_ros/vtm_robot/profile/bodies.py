"""Capsules for a robot of which only the links are known, in the proportions of its limbs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm_robot.model.capsules import Capsule, CapsulePairs
from vtm_robot.model.tree import Tree
from vtm_robot.profile.posture import turn_z
from vtm_robot.profile.segments import LIMBS, SIDES, Limb, body_of, rest_axis

ARM, HAND, LEG = 0.1, 0.09, 0.11
"""Radii of arms and hands over the length of the arm, of legs over that of the leg."""
TORSO, PELVIS, NECK = 0.6, 0.55, 0.35
"""Radii of torso and pelvis over half the width of shoulders and hips; how high the head is over the width of the
shoulders."""
PALM = 0.25
"""Length of a hand over that of the arm, at least."""
LONGEST_HAND = 0.5
CLEAR = 0.03
"""Metres that capsules are apart in the robot's own postures; radii shrink until they are."""
SHRINK, THINNEST = 0.92, 0.012
TRUNK = ("torso", "pelvis", "head")


def draft_capsules(
    tree: Tree, links: dict[str, str], limbs: Sequence[Limb], t_pose: np.ndarray, yaw: float
) -> tuple[Capsule, ...]:
    """Draft capsules that are clear of each other at home and in the T-pose.

    Args:
        tree: The robot, with m degrees of freedom.
        links: Segment to link.
        limbs: Its arms and legs.
        t_pose: (m,) rad.
        yaw: Radians from the base's x to where the robot looks.
    """
    pose = tree.pose(t_pose)
    found: dict[str, Capsule] = {}

    def add(name: str, body: int, start: np.ndarray, end: np.ndarray, radius: float) -> None:
        """From start to end in the T-pose, base axes."""
        turn, place = pose.turns[body], pose.places[body]
        link = next(
            (
                n
                for n, f in tree.links.items()
                if f.body == body and not f.place.any() and np.allclose(f.turn, np.eye(3))
            ),
            tree.base,
        )
        found[name] = Capsule(name, link, (start - place) @ turn, (end - place) @ turn, radius)

    starts: dict[str, dict[str, np.ndarray]] = {"arm": {}, "leg": {}}
    for limb in limbs:
        upper, lower, last = (f"{limb.side}_{part}" for part in LIMBS[limb.kind])
        start, hinge = (pose.frame(frame)[1] for frame in (limb.start, limb.hinge))
        end = limb.bodies[-1]
        wrist = pose.frame(limb.wrist)[1]
        length = limb.length(pose)
        radius = (ARM if limb.kind == "arm" else LEG) * length
        starts[limb.kind][limb.side] = start
        add(upper, limb.upper, start, hinge, radius)
        add(lower, limb.lower, hinge, wrist, radius)
        if end != limb.lower and limb.kind == "arm":
            axis = turn_z(yaw) @ rest_axis(last)
            tips = [
                (pose.frame(frame)[1] - wrist) @ axis
                for frame in tree.links.values()
                if tree.above[frame.body, end - 1]
            ]
            reach = float(np.clip(max(tips, default=0.0), PALM * length, LONGEST_HAND * length))
            add(last, end, wrist, wrist + reach * axis, HAND * length)
    _add_trunk(tree, links, starts, pose.places, add)
    return _cleared(tree, tuple(found.values()), [tree.home, t_pose])


def _add_trunk(tree: Tree, links: dict[str, str], starts: dict, places: np.ndarray, add) -> None:
    up = np.array([0.0, 0.0, 1.0])
    chest = body_of(tree, links["chest"]) if "chest" in links else 0
    hips, shoulders = starts["leg"], starts["arm"]
    low = places[0]
    if len(hips) == 2:
        half = float(np.linalg.norm(hips["left"] - hips["right"])) / 2
        low = (hips["left"] + hips["right"]) / 2
        inner = (hips["left"] - hips["right"]) / 4
        add("pelvis", 0, low + inner, low - inner, PELVIS * half)
    if len(shoulders) == 2:
        width = float(np.linalg.norm(shoulders["left"] - shoulders["right"]))
        high = (shoulders["left"] + shoulders["right"]) / 2
        radius = TORSO * width / 2
        bottom = places[chest] if chest else low
        if bottom[2] > high[2] - 0.3 * width:
            bottom = high - 0.8 * width * up
        add("torso", chest, bottom, high - radius / 2 * up, radius)
        head = body_of(tree, links["head"]) if "head" in links else chest
        centre = high + NECK * width * up
        if "head" in links:
            centre = np.array([*places[head][:2], max(centre[2], places[head][2])])
        add("head", head, centre, centre + 0.1 * width * up, 0.25 * width)
    elif not shoulders:
        return
    else:
        (start,) = shoulders.values()
        if np.linalg.norm(start - places[0]) > 0.1:
            add("torso", 0, places[0], places[0] + 0.8 * (start - places[0]), 0.06)


def watched_pairs(capsules: Sequence[Capsule]) -> list[tuple[int, int]]:
    """Pairs that could meet: forearms and hands with the trunk, the thighs and the other arm; shins with each other."""
    index = {capsule.name: number for number, capsule in enumerate(capsules)}
    names = []
    for side, other in (SIDES, SIDES[::-1]):
        for part in ("forearm", "hand"):
            near = [*TRUNK, "left_thigh", "right_thigh", f"{other}_upper_arm"]
            near += [f"{other}_{far}" for far in ("forearm", "hand") if side == "left"]
            names += [(f"{side}_{part}", name) for name in near]
    names += [
        (f"left_{a}", f"right_{b}") for a in ("thigh", "shin") for b in ("thigh", "shin") if a == "shin" or b == "shin"
    ]
    return [(index[a], index[b]) for a, b in names if a in index and b in index]


def _cleared(tree: Tree, capsules: tuple[Capsule, ...], postures: list[np.ndarray]) -> tuple[Capsule, ...]:
    pairs = watched_pairs(capsules)
    pose = tree.pose(np.stack(postures))
    while pairs:
        distance = CapsulePairs(tree, capsules, pairs).nearest(pose).distance.min(0)
        tight = {number for pair, far in zip(pairs, distance, strict=True) if far < CLEAR for number in pair}
        tight = {number for number in tight if capsules[number].radius > THINNEST}
        if not tight:
            break
        capsules = tuple(
            replace(one, radius=one.radius * SHRINK) if number in tight else one for number, one in enumerate(capsules)
        )
    return capsules

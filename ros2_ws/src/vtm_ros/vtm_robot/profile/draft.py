"""A first profile of any robot, from its URDF alone."""

import numpy as np

from vtm.errors import VtmError
from vtm_robot.model.tree import Tree
from vtm_robot.profile.chains import find_limbs
from vtm_robot.profile.segments import LIMBS

SAMPLES = 7
WRISTED = 6
"""A limb of so many joints has a wrist or an ankle: what its last joint carries is no bone of it."""
CLOSE = 1e-3
"""m by which a later joint must change the length of a limb more than an earlier one to be its hinge."""


def draft_links(tree: Tree) -> tuple[dict[str, str], float, list[str]]:
    """Find which link of a robot answers to which segment of a person.

    Args:
        tree: The robot.

    Returns:
        Segment to link; radians from the base's x to where the robot looks; what was guessed, in sentences.

    Raises:
        VtmError: No arm or leg is found.
    """
    found = find_limbs(tree)
    if not found.arms and not found.legs:
        raise VtmError(f"no limb of four joints in a row was found in {tree.name}; write its links into a profile")
    links: dict[str, str] = {}
    notes = list(found.notes)
    if found.chest:
        links["chest"] = _link(tree, found.chest)
    if found.head:
        links["head"] = _link(tree, found.head[-1])
    for kind, chains in (("arm", found.arms), ("leg", found.legs)):
        names = LIMBS[kind]
        for side, chain in chains.items():
            hinge, changes = _hinge(tree, chain)
            if changes[1] > 0.8 * changes[0]:
                taken = tree.joints[chain[hinge] - 1].name
                notes.append(f"two joints of the {side} {kind} could be its hinge; {taken} was taken")
            links[f"{side}_{names[0]}"] = _link(tree, chain[hinge - 1])
            links[f"{side}_{names[1]}"] = _link(tree, chain[hinge])
            if hinge < len(chain) - 1:
                links[f"{side}_{names[2]}"] = _link(tree, chain[-1])
            else:
                notes.append(f"the {side} {kind} ends at its hinge: its {names[2]} does not turn")
    return links, found.yaw, notes


def _link(tree: Tree, body: int) -> str:
    """The link that a joint carries."""
    return next(name for name, frame in tree.links.items() if frame.body == body and not frame.place.any())


def _hinge(tree: Tree, chain: list[int]) -> tuple[int, list[float]]:
    """Place in the chain of the joint that changes its length most, and the changes in descending order, metres."""
    tips = [frame for frame in tree.links.values() if frame.body == chain[-1]]
    pick = min if len(chain) >= WRISTED else max
    tip = pick(tips, key=lambda frame: float(np.linalg.norm(frame.place)))
    changes = [0.0]
    for body in chain[1:]:
        free = int(np.argmax(np.abs(tree.couple[body - 1])))
        batch = np.repeat(tree.home[None], SAMPLES, 0)
        batch[:, free] = np.linspace(max(tree.lower[free], -np.pi), min(tree.upper[free], np.pi), SAMPLES)
        pose = tree.pose(np.concatenate([tree.home[None], batch]))
        length = np.linalg.norm(pose.frame(tip)[1] - pose.places[:, chain[0]], axis=-1)
        changes.append(float(np.abs(length - length[0]).max()))
    best = 1
    for place in range(2, len(chain)):
        if changes[place] > changes[best] + CLOSE:
            best = place
    return best, sorted(changes, reverse=True)

"""The fingers in the person's URDF: 21 revolute joints a hand, `left_index_mcp_fe` and so on."""

import xml.etree.ElementTree as ElementTree

import numpy as np

from vtm.body.hand import ANGLE_NAMES, HAND_PARENTS, HINGES, JOINTS, LOWER, OFFSETS, SIDES, TIPS, UPPER, hinge_axes
from vtm.body.urdf_shapes import add_capsule, add_hinge

HAND_ANGLE_NAMES = tuple(f"{side}_{name}" for side in SIDES for name in ANGLE_NAMES)
"""The 42 revolute joints of both hands."""
RADIUS = 0.008
"""Of a finger, metres, of a person of the virtual skeleton's size."""


def hinges_of(joint: int) -> list[tuple[int, str]]:
    """The hinges that a finger joint consists of, from the palm outwards: each one's angle, and the link that it turns.

    The last one turns the link of the joint; what lies between two of them has no mass. Names lack their side.
    """
    angles = [angle for _, angle in sorted((place, angle) for angle, (of, place) in enumerate(HINGES) if of == joint)]
    return [*((angle, f"{ANGLE_NAMES[angle]}_link") for angle in angles[:-1]), (angles[-1], JOINTS[joint])]


def add_hands(robot: ElementTree.Element, size: float) -> None:
    """The fingers below the links `left_wrist` and `right_wrist`, of a person `size` times the virtual skeleton."""
    for side in SIDES:
        mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0]) * size
        axes = hinge_axes(side)
        for joint in range(len(JOINTS)):
            parent, place = HAND_PARENTS[joint], OFFSETS[joint] * mirror
            above = f"{side}_{JOINTS[parent]}" if parent >= 0 else f"{side}_wrist"
            for angle, turned in hinges_of(joint):
                hinge, below = f"{side}_{ANGLE_NAMES[angle]}", f"{side}_{turned}"
                add_hinge(robot, hinge, above, below, place, axes[angle], LOWER[angle], UPPER[angle])
                link = ElementTree.SubElement(robot, "link", name=below)
                above, place = below, np.zeros(3)
            end = OFFSETS[joint + 1] if joint % 3 < 2 else TIPS[joint // 3]
            add_capsule(link, side, end * mirror, RADIUS * size)

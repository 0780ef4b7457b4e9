"""URDF of one person: the skeleton with these bone lengths, drawn as a simple body.

The base link is `pelvis`; each other joint is three revolute joints (`left_knee_y`, ...) joined by two massless links,
and ends in the link that bears its name. With all angles zero the person stands in the T-pose facing +x.
"""

import xml.etree.ElementTree as ElementTree

import numpy as np

from vtm.body.hand_urdf import add_hands
from vtm.body.joint_angles import ANGLE_LIMIT, JOINT_ORDERS
from vtm.body.skeleton import (
    BODY,
    HEAD_TOP,
    JOINT_NAMES,
    PARENTS,
    SOLE,
    VIRTUAL_OFFSETS,
    bone_lengths,
    person_scale,
    stature,
)
from vtm.body.urdf_physics import add_physics
from vtm.body.urdf_shapes import add_capsule, add_hinge, add_materials, add_visual, numbers

_AXES = dict(zip("xyz", np.eye(3), strict=True))
_RADIUS = {
    "hip": 0.085, "knee": 0.07, "ankle": 0.048, "foot": 0.035, "spine1": 0.11, "spine2": 0.11, "spine3": 0.115,
    "neck": 0.06, "head": 0.05, "collar": 0.06, "shoulder": 0.055, "elbow": 0.045, "wrist": 0.036,
}  # fmt: skip
"""Radius in metres of the bone that ends in a joint, for a person of the virtual skeleton's stature."""


def urdf(offsets, name: str = "person", hands: bool = False, physical: bool = False) -> str:
    """URDF text of a person, left and right independent.

    Args:
        offsets: (22, 3) m in the parent's frame.
        name: Of the robot.
        hands: Whether it has fingers.
        physical: Whether its links weigh and touch, as simulators want them; a tree for TF does not need it.
    """
    offsets = np.asarray(offsets, dtype=np.float64)
    size = stature(offsets) / stature(VIRTUAL_OFFSETS)
    robot = ElementTree.Element("robot", name=name)
    add_materials(robot)
    for joint, joint_name in enumerate(JOINT_NAMES):
        if joint:
            _add_chain(robot, joint_name, JOINT_NAMES[PARENTS[joint]], JOINT_ORDERS[joint - 1], offsets[joint])
        link = ElementTree.SubElement(robot, "link", name=joint_name)
        for child in BODY.children(joint):
            _add_bone(link, JOINT_NAMES[child], offsets[child], size)
        _add_end(link, joint_name, size, hands)
    if hands:
        add_hands(robot, float(person_scale(bone_lengths(offsets) / bone_lengths(VIRTUAL_OFFSETS))))
    if physical:
        add_physics(robot, offsets)
    ElementTree.indent(robot)
    return '<?xml version="1.0"?>\n' + ElementTree.tostring(robot, encoding="unicode") + "\n"


def between(name: str, order: str) -> tuple[str, str]:
    """Names of the two massless links of the joint `name`, whose axes are in this order."""
    return f"{name}_{order[0]}_link", f"{name}_{order[1]}_link"


def _add_chain(robot: ElementTree.Element, name: str, parent: str, order: str, offset: np.ndarray) -> None:
    """Three revolute joints from the link `parent` to the link `name`; the first sits at `offset`."""
    links = [parent, *between(name, order), name]
    for index, axis in enumerate(order):
        if index:
            ElementTree.SubElement(robot, "link", name=links[index])
        add_hinge(
            robot, f"{name}_{axis}", links[index], links[index + 1], np.zeros(3) if index else offset, _AXES[axis],
            -ANGLE_LIMIT, ANGLE_LIMIT,
        )  # fmt: skip


def _add_bone(link: ElementTree.Element, child: str, offset: np.ndarray, size: float) -> None:
    add_capsule(link, child, offset, _RADIUS[child.split("_")[-1]] * size)


def _add_end(link: ElementTree.Element, name: str, size: float, hands: bool) -> None:
    """The skull with a nose, the hands, of which only the palm where the fingers are apart, and the heels."""
    kind = name.split("_")[-1]
    if kind == "head":
        add_visual(link, name, "sphere", size * np.array([0.02, 0, HEAD_TOP / 2]), radius=f"{0.1 * size:.6g}")
        add_visual(link, name, "sphere", size * np.array([0.12, 0, HEAD_TOP / 2]), radius=f"{0.02 * size:.6g}")
    elif kind == "wrist":
        length = 0.09 if hands else 0.16
        centre = size * np.array([0.0, length / 2 if name.startswith("left") else -length / 2, 0.0])
        add_visual(link, name, "box", centre, size=numbers(size * np.array([0.08, length, 0.03])))
    elif kind == "ankle":
        add_visual(link, name, "sphere", size * np.array([-0.03, 0, 0.035 - SOLE]), radius=f"{0.035 * size:.6g}")

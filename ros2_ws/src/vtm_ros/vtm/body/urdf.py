"""URDF of one person: the skeleton with these bone lengths, drawn as a simple body.

The base link is `pelvis`; each other joint is three revolute joints (`left_knee_y`, ...) joined by two massless links,
and ends in the link that bears its name. With all angles zero the person stands in the T-pose facing +x.
"""

import xml.etree.ElementTree as ElementTree

import numpy as np

from vtm.body.joint_angles import ANGLE_LIMIT, JOINT_ORDERS
from vtm.body.skeleton import BODY, HEAD_TOP, JOINT_NAMES, PARENTS, SOLE, VIRTUAL_OFFSETS, stature

_AXES = {"x": "1 0 0", "y": "0 1 0", "z": "0 0 1"}
_COLOURS = {"left": "0.25 0.45 0.85 1", "right": "0.90 0.50 0.20 1", "centre": "0.75 0.75 0.75 1"}
_RADIUS = {
    "hip": 0.085, "knee": 0.07, "ankle": 0.048, "foot": 0.035, "spine1": 0.11, "spine2": 0.11, "spine3": 0.115,
    "neck": 0.06, "head": 0.05, "collar": 0.06, "shoulder": 0.055, "elbow": 0.045, "wrist": 0.036,
}  # fmt: skip
"""Radius in metres of the bone that ends in a joint, for a person of the virtual skeleton's stature."""


def urdf(offsets, name: str = "person") -> str:
    """URDF text of a person, left and right independent.

    Args:
        offsets: (22, 3) m in the parent's frame.
        name: Of the robot.
    """
    offsets = np.asarray(offsets, dtype=np.float64)
    size = stature(offsets) / stature(VIRTUAL_OFFSETS)
    robot = ElementTree.Element("robot", name=name)
    for side, rgba in _COLOURS.items():
        ElementTree.SubElement(ElementTree.SubElement(robot, "material", name=side), "color", rgba=rgba)
    for joint, joint_name in enumerate(JOINT_NAMES):
        if joint:
            _add_chain(robot, joint_name, JOINT_NAMES[PARENTS[joint]], JOINT_ORDERS[joint - 1], offsets[joint])
        link = ElementTree.SubElement(robot, "link", name=joint_name)
        for child in BODY.children(joint):
            _add_bone(link, JOINT_NAMES[child], offsets[child], size)
        _add_end(link, joint_name, size)
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
        joint = ElementTree.SubElement(robot, "joint", name=f"{name}_{axis}", type="revolute")
        ElementTree.SubElement(joint, "parent", link=links[index])
        ElementTree.SubElement(joint, "child", link=links[index + 1])
        ElementTree.SubElement(joint, "origin", xyz=_numbers(offset if index == 0 else np.zeros(3)), rpy="0 0 0")
        ElementTree.SubElement(joint, "axis", xyz=_AXES[axis])
        limit = {"lower": f"{-ANGLE_LIMIT:.9g}", "upper": f"{ANGLE_LIMIT:.9g}", "effort": "100", "velocity": "100"}
        ElementTree.SubElement(joint, "limit", limit)


def _add_bone(link: ElementTree.Element, child: str, offset: np.ndarray, size: float) -> None:
    """A capsule from the link's origin to its child's: a cylinder and two spheres."""
    length = float(np.linalg.norm(offset))
    if length == 0:
        return
    radius = f"{_RADIUS[child.split('_')[-1]] * size:.6g}"
    x, y, z = offset / length
    rpy = (0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x))
    _add_visual(link, child, "cylinder", offset / 2, rpy, radius=radius, length=f"{length:.6g}")
    _add_visual(link, child, "sphere", np.zeros(3), radius=radius)
    _add_visual(link, child, "sphere", offset, radius=radius)


def _add_end(link: ElementTree.Element, name: str, size: float) -> None:
    """The skull with a nose, the hands and the heels."""
    kind = name.split("_")[-1]
    if kind == "head":
        _add_visual(link, name, "sphere", size * np.array([0.02, 0, HEAD_TOP / 2]), radius=f"{0.1 * size:.6g}")
        _add_visual(link, name, "sphere", size * np.array([0.12, 0, HEAD_TOP / 2]), radius=f"{0.02 * size:.6g}")
    elif kind == "wrist":
        centre = size * np.array([0.0, 0.08 if name.startswith("left") else -0.08, 0.0])
        _add_visual(link, name, "box", centre, size=_numbers(size * np.array([0.08, 0.16, 0.03])))
    elif kind == "ankle":
        _add_visual(link, name, "sphere", size * np.array([-0.03, 0, 0.035 - SOLE]), radius=f"{0.035 * size:.6g}")


def _add_visual(link: ElementTree.Element, part: str, shape: str, xyz, rpy=(0.0, 0.0, 0.0), **dimensions: str) -> None:
    visual = ElementTree.SubElement(link, "visual")
    ElementTree.SubElement(visual, "origin", xyz=_numbers(xyz), rpy=_numbers(rpy))
    ElementTree.SubElement(ElementTree.SubElement(visual, "geometry"), shape, dimensions)
    ElementTree.SubElement(visual, "material", name=_side(part))


def _side(name: str) -> str:
    side = name.split("_")[0]
    return side if side in _COLOURS else "centre"


def _numbers(values) -> str:
    return " ".join(f"{value:.9g}" for value in values)

"""URDF of the REP-155 body with one person's lengths."""

import xml.etree.ElementTree as ElementTree

import numpy as np

from vtm.body.joint_angles import ANGLE_LIMIT
from vtm_ros.outputs.hri_body import JOINTS, origins

_RADIUS = 0.03
"""Of the drawn bones, metres."""


def hri_urdf(offsets: np.ndarray, body_id: str) -> str:
    """URDF text of the REP-155 body.

    Args:
        offsets: (22, 3) m of the person.
        body_id: The suffix of its links and joints.
    """
    places = origins(offsets)
    robot = ElementTree.Element("robot", name=f"human_{body_id}")
    links = {name: _link(robot, f"{name}_{body_id}") for name in ("body", *(joint.child for joint in JOINTS))}
    for joint in JOINTS:
        kind = "revolute" if joint.axis else "fixed"
        element = ElementTree.SubElement(robot, "joint", name=f"{joint.name}_{body_id}", type=kind)
        ElementTree.SubElement(element, "parent", link=f"{joint.parent}_{body_id}")
        ElementTree.SubElement(element, "child", link=f"{joint.child}_{body_id}")
        ElementTree.SubElement(element, "origin", xyz=_numbers(places[joint.name]), rpy="0 0 0")
        if joint.axis:
            ElementTree.SubElement(element, "axis", xyz=_numbers(joint.axis))
            limit = {"lower": f"{-ANGLE_LIMIT:.9g}", "upper": f"{ANGLE_LIMIT:.9g}", "effort": "100", "velocity": "100"}
            ElementTree.SubElement(element, "limit", limit)
        if joint.name != "head":
            _draw_bone(links[joint.parent], places[joint.name])
    _draw(links["head"], "sphere", np.zeros(3), radius=f"{places['head'][2]:.6g}")
    ElementTree.indent(robot)
    return '<?xml version="1.0"?>\n' + ElementTree.tostring(robot, encoding="unicode") + "\n"


def _link(robot: ElementTree.Element, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(robot, "link", name=name)


def _draw_bone(link: ElementTree.Element, end: np.ndarray) -> None:
    length = float(np.linalg.norm(end))
    if length:
        x, y, z = end / length
        rpy = (0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x))
        _draw(link, "cylinder", end / 2, rpy, radius=f"{_RADIUS:g}", length=f"{length:.6g}")


def _draw(link: ElementTree.Element, shape: str, xyz, rpy=(0.0, 0.0, 0.0), **dimensions: str) -> None:
    visual = ElementTree.SubElement(link, "visual")
    ElementTree.SubElement(visual, "origin", xyz=_numbers(xyz), rpy=_numbers(rpy))
    ElementTree.SubElement(ElementTree.SubElement(visual, "geometry"), shape, dimensions)


def _numbers(values) -> str:
    return " ".join(f"{value:.9g}" for value in values)

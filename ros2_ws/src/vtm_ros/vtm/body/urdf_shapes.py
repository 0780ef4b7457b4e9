"""What the links of a person's URDF look like: capsules and boxes, left blue, right orange."""

import xml.etree.ElementTree as ElementTree

import numpy as np

COLOURS = {"left": "0.25 0.45 0.85 1", "right": "0.90 0.50 0.20 1", "centre": "0.75 0.75 0.75 1"}


def add_materials(robot: ElementTree.Element) -> None:
    """Name the colours of both sides and of the middle."""
    for side, rgba in COLOURS.items():
        ElementTree.SubElement(ElementTree.SubElement(robot, "material", name=side), "color", rgba=rgba)


def add_capsule(link: ElementTree.Element, part: str, offset: np.ndarray, radius: float) -> None:
    """A cylinder and two spheres from the link's origin to `offset` (3,) m, for the body part of that name."""
    length = float(np.linalg.norm(offset))
    if length == 0:
        return
    x, y, z = offset / length
    rpy = (0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x))
    add_visual(link, part, "cylinder", offset / 2, rpy, radius=f"{radius:.6g}", length=f"{length:.6g}")
    add_visual(link, part, "sphere", np.zeros(3), radius=f"{radius:.6g}")
    add_visual(link, part, "sphere", offset, radius=f"{radius:.6g}")


def add_visual(link: ElementTree.Element, part: str, shape: str, xyz, rpy=(0.0, 0.0, 0.0), **dimensions: str) -> None:
    """A shape of the body part of that name, at `xyz` m, turned by `rpy` rad."""
    visual = ElementTree.SubElement(link, "visual")
    ElementTree.SubElement(visual, "origin", xyz=numbers(xyz), rpy=numbers(rpy))
    ElementTree.SubElement(ElementTree.SubElement(visual, "geometry"), shape, dimensions)
    side = part.split("_")[0]
    ElementTree.SubElement(visual, "material", name=side if side in COLOURS else "centre")


def add_hinge(robot: ElementTree.Element, name: str, parent: str, child: str, xyz, axis, lower, upper) -> None:
    """A revolute joint between two links, at `xyz` m in the parent, within limits in rad."""
    joint = ElementTree.SubElement(robot, "joint", name=name, type="revolute")
    ElementTree.SubElement(joint, "parent", link=parent)
    ElementTree.SubElement(joint, "child", link=child)
    ElementTree.SubElement(joint, "origin", xyz=numbers(xyz), rpy="0 0 0")
    ElementTree.SubElement(joint, "axis", xyz=numbers(axis))
    limit = {"lower": f"{lower:.9g}", "upper": f"{upper:.9g}", "effort": "100", "velocity": "100"}
    ElementTree.SubElement(joint, "limit", limit)


def numbers(values) -> str:
    """As URDF writes vectors."""
    return " ".join(f"{value:.9g}" for value in values)

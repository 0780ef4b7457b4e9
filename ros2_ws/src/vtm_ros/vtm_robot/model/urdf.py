"""A robot's URDF as a tree of bodies."""

import math
import xml.etree.ElementTree as ElementTree
from collections import deque
from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm_robot.model.tree import Frame, Joint, Tree

MOVING = ("revolute", "continuous", "prismatic")
RIGID = ("fixed", "planar")
SPEED = 3.0
"""rad/s or m/s of a joint whose speed the URDF does not tell."""


def read_urdf(path: str | Path) -> Tree:
    """Read a URDF file.

    Raises:
        VtmError: It is missing or holds no robot.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise VtmError(f"cannot read {path}: {reason}; give a URDF file") from error
    return parse_urdf(text, str(path))


def parse_urdf(text: str, name: str = "robot_description") -> Tree:
    """The robot that a URDF describes.

    A floating joint below the root is skipped: the base is the body it carries. Planar joints are taken to be fixed.

    Args:
        text: The URDF.
        name: What errors call it.

    Raises:
        VtmError: It is no URDF, or its links form no tree.
    """
    try:
        robot = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        raise VtmError(f"{name} is no URDF ({error}); give the .urdf, expanded with xacro if it is one") from error
    if robot.tag != "robot":
        raise VtmError(f"{name} is no URDF but <{robot.tag}>; give a file whose root is <robot>")
    try:
        return _tree(robot, name)
    except (ValueError, AttributeError, KeyError) as error:
        raise VtmError(f"{name} has a joint that cannot be read ({error}); check it with check_urdf") from error


def _tree(robot: ElementTree.Element, name: str) -> Tree:
    below: dict[str, list[ElementTree.Element]] = {}
    for joint in robot.findall("joint"):
        below.setdefault(_link(joint, "parent"), []).append(joint)
    children = [_link(joint, "child") for joints in below.values() for joint in joints]
    roots = [link for link in (item.attrib["name"] for item in robot.findall("link")) if link not in set(children)]
    if len(roots) != 1 or len(set(children)) != len(children):
        raise VtmError(f"{name} is not one tree of links: its roots are {roots or 'none'}; repair the URDF")
    base = roots[0]
    while base in below and below[base][0].attrib["type"] == "floating":
        base = _link(below[base][0], "child")
    links = {base: Frame(0, np.eye(3), np.zeros(3))}
    found: list[Joint] = []
    waiting = deque([base])
    while waiting:
        link = waiting.popleft()
        here = links[link]
        for item in below.get(link, []):
            child, kind = _link(item, "child"), item.attrib["type"]
            if child in links:
                raise VtmError(f"{name} leads back to the link {child}; repair the URDF")
            turn, place = origin_of(item)
            frame = Frame(here.body, here.turn @ turn, here.place + here.turn @ place)
            if kind in MOVING:
                found.append(_joint(item, frame))
                frame = Frame(len(found), np.eye(3), np.zeros(3))
            elif kind not in RIGID:
                raise VtmError(f"{name}: the joint {item.attrib['name']} is {kind}; only the root may float")
            links[child] = frame
            (waiting.append if kind in MOVING else waiting.appendleft)(child)
    if not found:
        raise VtmError(f"{name} has no joint that moves; give a robot's URDF")
    return Tree(found, links, base, robot.attrib.get("name", "robot"))


def _link(joint: ElementTree.Element, end: str) -> str:
    return joint.find(end).attrib["link"]  # type: ignore[union-attr]


def three_numbers(text: str) -> np.ndarray:
    """The numbers (3,) of an attribute.

    Raises:
        ValueError: They are not three.
    """
    values = np.array([float(word) for word in text.split()])
    if values.shape != (3,) or not np.isfinite(values).all():
        raise ValueError(f'"{text}" are not three numbers')
    return values


def origin_of(item: ElementTree.Element) -> tuple[np.ndarray, np.ndarray]:
    """The rotation (3, 3) and the position (3,) m that the <origin> of a joint or a visual tells.

    Raises:
        ValueError: It cannot be read.
    """
    origin = item.find("origin")
    given = origin.attrib if origin is not None else {}
    return rotation_from_rpy(three_numbers(given.get("rpy", "0 0 0"))), three_numbers(given.get("xyz", "0 0 0"))


def _joint(item: ElementTree.Element, frame: Frame) -> Joint:
    limit, axis, mimic = (item.find(tag) for tag in ("limit", "axis", "mimic"))
    kind = item.attrib["type"]
    lower, upper, speed = -math.inf, math.inf, SPEED
    if limit is not None:
        speed = float(limit.get("velocity", SPEED)) or SPEED
        if kind != "continuous":
            lower, upper = float(limit.get("lower", 0)), float(limit.get("upper", 0))
    line = three_numbers(axis.attrib["xyz"]) if axis is not None else np.array([1.0, 0, 0])
    length = float(np.linalg.norm(line))
    if length < 1e-9:
        raise ValueError(f"the axis of {item.attrib['name']} is zero")
    follows = None
    if mimic is not None:
        follows = (mimic.attrib["joint"], float(mimic.get("multiplier", 1)), float(mimic.get("offset", 0)))
    return Joint(
        item.attrib["name"], frame, line / length, kind == "prismatic",
        min(lower, upper), max(lower, upper), abs(speed), follows,
    )  # fmt: skip


def rotation_from_rpy(rpy: np.ndarray) -> np.ndarray:
    """Matrix (3, 3) of roll, pitch, yaw (3,), radians: Rz(yaw) Ry(pitch) Rx(roll)."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    return np.array([
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ])  # fmt: skip

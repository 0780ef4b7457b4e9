"""What a person's links weigh, how they resist turning, and what of them touches: for simulators.

Masses, centres of mass and radii of gyration of arms and legs are the means of women and men in P. de Leva,
"Adjustments to Zatsiorsky-Seluyanov's segment inertia parameters", J. Biomechanics 29 (1996), table 4; trunk, head,
hands and feet are blocks of the mass given there. The person has a body mass index of 22.5.
"""

import xml.etree.ElementTree as ElementTree

import numpy as np

from vtm.body.skeleton import JOINT_INDEX, SOLE, VIRTUAL_OFFSETS, stature

BODY_MASS_INDEX = 22.5
"""kg/m²."""
_LIMBS = {
    "hip": ("knee", 0.1447, 0.385, 0.347, 0.156), "knee": ("ankle", 0.0457, 0.440, 0.261, 0.098),
    "shoulder": ("elbow", 0.0263, 0.576, 0.273, 0.153), "elbow": ("wrist", 0.0150, 0.457, 0.265, 0.108),
}  # fmt: skip
"""Link -> the end of its bone; its share of the person's mass; of the bone's length: the centre of mass from the link's
origin, and the radii of gyration across the bone and about it."""
_UPPER_TRUNK = 0.1571
_BLOCKS = {
    "pelvis": (0.1182, (0.0, 0.0, 0.0), (0.20, 0.32, 0.15)),
    "spine1": (0.07745, (0.01, 0.0, 0.04), (0.20, 0.29, 0.08)),
    "spine2": (0.07745, (0.01, 0.0, 0.045), (0.20, 0.28, 0.09)),
    "spine3": (0.8 * _UPPER_TRUNK, (0.0, 0.0, 0.06), (0.20, 0.26, 0.12)),
    "collar": (0.1 * _UPPER_TRUNK, (0.0, 0.08, 0.0), (0.10, 0.12, 0.08)),
    "neck": (0.0100, (0.0, 0.0, 0.07), (0.10, 0.10, 0.10)),
    "head": (0.0581, (0.02, 0.0, 0.10), (0.19, 0.15, 0.22)),
    "wrist": (0.00585, (0.0, 0.09, 0.0), (0.085, 0.16, 0.03)),
    "ankle": (0.0113, (0.03, 0.0, 0.03 - SOLE), (0.19, 0.085, 0.06)),
    "foot": (0.0020, (0.035, 0.0, -0.01), (0.06, 0.085, 0.03)),
}  # fmt: skip
"""Link -> its share of the person's mass; centre and size of its block, metres, for a person of the virtual skeleton's
stature; on the right the centre is on the other side."""
_BETWEEN_KG, _BETWEEN_INERTIA = 0.01, 1e-5
"""Of the links between a joint's three hinges, and of fingers, which simulators want to weigh something."""
_SLIMMER, _GAP = 0.8, 0.6
"""What touches is so much slimmer than what is drawn; a bone is free at its ends by so many of its radii, to bend."""
_RADIUS = {"hip": 0.075, "knee": 0.05, "shoulder": 0.045, "elbow": 0.036}


def add_physics(robot: ElementTree.Element, offsets: np.ndarray) -> None:
    """Give every link of a person's URDF a mass and an inertia, and those of the body a shape that touches.

    Args:
        robot: The document, with all links.
        offsets: (22, 3) m of the person.
    """
    height = stature(offsets)
    size = height / stature(VIRTUAL_OFFSETS)
    links = list(robot.iter("link"))
    body = [link for link in links if link.attrib["name"] in JOINT_INDEX]
    shared = BODY_MASS_INDEX * height**2 - _BETWEEN_KG * (len(links) - len(body))
    for link in links:
        name = link.attrib["name"]
        kind = name.rpartition("_")[2]
        if name not in JOINT_INDEX:
            _add_inertial(link, _BETWEEN_KG, np.zeros(3), np.zeros(3), np.full(3, _BETWEEN_INERTIA))
        elif kind in _LIMBS:
            end, share, centre, across, about = _LIMBS[kind]
            bone = offsets[JOINT_INDEX[name.replace(kind, end)]]
            length, rpy = float(np.linalg.norm(bone)), _along(bone)
            inertia = share * shared * length**2 * np.array([across, across, about]) ** 2
            _add_inertial(link, share * shared, centre * bone, rpy, inertia)
            _add_bone(link, bone, rpy, length, _RADIUS[kind] * size)
        else:
            share, middle, block = _BLOCKS[kind]
            place = size * np.array(middle) * [1, -1 if name.startswith("right") else 1, 1]
            x, y, z = (size * np.array(block)) ** 2
            inertia = share * shared / 12 * np.array([y + z, x + z, x + y])
            _add_inertial(link, share * shared, place, np.zeros(3), inertia)
            _add_collision(link, "box", place, np.zeros(3), size=_numbers(_SLIMMER * size * np.array(block)))


def _along(bone: np.ndarray) -> np.ndarray:
    """The roll, pitch and yaw of a z axis along a bone."""
    x, y, z = bone
    return np.array([0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)])


def _add_inertial(
    link: ElementTree.Element, kg: float, place: np.ndarray, rpy: np.ndarray, moments: np.ndarray
) -> None:
    inertial = ElementTree.SubElement(link, "inertial")
    ElementTree.SubElement(inertial, "origin", xyz=_numbers(place), rpy=_numbers(rpy))
    ElementTree.SubElement(inertial, "mass", value=f"{kg:.6g}")
    ixx, iyy, izz = (f"{moment:.6g}" for moment in moments)
    ElementTree.SubElement(inertial, "inertia", ixx=ixx, ixy="0", ixz="0", iyy=iyy, iyz="0", izz=izz)


def _add_bone(link: ElementTree.Element, bone: np.ndarray, rpy: np.ndarray, length: float, radius: float) -> None:
    """A capsule, as a cylinder and two spheres, which every parser knows."""
    free = (1 + _GAP) * radius / length
    inner = max(1 - 2 * free, 0.05)
    shape = {"radius": f"{radius:.6g}", "length": f"{inner * length:.6g}"}
    _add_collision(link, "cylinder", bone / 2, rpy, **shape)
    for share in (0.5 - inner / 2, 0.5 + inner / 2):
        _add_collision(link, "sphere", share * bone, np.zeros(3), radius=f"{radius:.6g}")


def _add_collision(link: ElementTree.Element, shape: str, place: np.ndarray, rpy: np.ndarray, **size: str) -> None:
    collision = ElementTree.SubElement(link, "collision")
    ElementTree.SubElement(collision, "origin", xyz=_numbers(place), rpy=_numbers(rpy))
    ElementTree.SubElement(ElementTree.SubElement(collision, "geometry"), shape, size)


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.6g}" for value in values)

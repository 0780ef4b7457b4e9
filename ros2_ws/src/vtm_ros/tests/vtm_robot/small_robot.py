"""A humanoid of our own as URDF: it has every kind of joint that robots have, and needs no file."""

from xml.etree import ElementTree

ARM = (
    # name, offset from the joint before, axis, lower, upper; of the left arm
    ("shoulder_pitch", (0.0, 0.18, 0.40), (0, 1, 0), -3.0, 3.0),
    ("shoulder_roll", (0.0, 0.0, 0.0), (1, 0, 0), -0.3, 3.1),
    ("shoulder_yaw", (0.0, 0.0, -0.08), (0, 0, 1), -2.5, 2.5),
    ("elbow", (0.0, 0.0, -0.22), (0, 1, 0), -2.6, 0.0),
    ("wrist_yaw", (0.0, 0.0, -0.12), (0, 0, 1), -2.5, 2.5),
    ("wrist_pitch", (0.0, 0.0, -0.13), (0, 1, 0), -1.2, 1.2),
)
LEG = (
    ("hip_yaw", (0.0, 0.09, -0.05), (0, 0, 1), -0.8, 0.8),
    ("hip_roll", (0.0, 0.0, 0.0), (1, 0, 0), -0.5, 0.8),
    ("hip_pitch", (0.0, 0.0, 0.0), (0, 1, 0), -2.2, 0.8),
    ("knee", (0.0, 0.0, -0.40), (0, 1, 0), 0.0, 2.4),
    ("ankle", (0.0, 0.0, -0.40), (0, 1, 0), -1.0, 0.8),
)
FINGERS = ("index", "middle", "ring", "little")


class Urdf:
    """A URDF that grows."""

    def __init__(self) -> None:
        self.robot = ElementTree.Element("robot", name="small")
        self.link("world")

    def link(self, name: str) -> None:
        ElementTree.SubElement(self.robot, "link", name=name)

    def joint(
        self, name: str, kind: str, parent: str, child: str, xyz=(0, 0, 0), axis=(0, 0, 1), limit=None, rpy=(0, 0, 0)
    ):
        self.link(child)
        joint = ElementTree.SubElement(self.robot, "joint", name=name, type=kind)
        ElementTree.SubElement(joint, "parent", link=parent)
        ElementTree.SubElement(joint, "child", link=child)
        ElementTree.SubElement(joint, "origin", xyz=_text(xyz), rpy=_text(rpy))
        ElementTree.SubElement(joint, "axis", xyz=_text(axis))
        if limit:
            lower, upper = limit
            ElementTree.SubElement(joint, "limit", lower=str(lower), upper=str(upper), effort="9", velocity="6")
        return joint

    def text(self) -> str:
        return ElementTree.tostring(self.robot, encoding="unicode")


def _text(values) -> str:
    return " ".join(str(value) for value in values)


def small_robot(legs: bool = True, arms: tuple[str, ...] = ("left", "right"), facing: float = 0.0) -> str:
    """URDF text. facing: yaw, radians, by which all of it is turned about its base's z."""
    urdf = Urdf()
    urdf.joint("float", "floating", "world", "base")
    urdf.joint("turned", "fixed", "base", "pelvis", rpy=(0, 0, facing))
    urdf.joint("waist_yaw", "continuous", "pelvis", "waist")
    urdf.joint("lift", "prismatic", "waist", "lifted", limit=(0.0, 0.1))
    urdf.joint("stiff", "revolute", "lifted", "chest", axis=(0, 1, 0), limit=(0.0, 0.0))
    urdf.joint("neck_yaw", "revolute", "chest", "neck", (0, 0, 0.48), (0, 0, 1), (-1.2, 1.2))
    urdf.joint("neck_pitch", "revolute", "neck", "head", (0, 0, 0.05), (0, 1, 0), (-0.6, 0.6))
    for side in arms:
        tip = _limb(urdf, side, "chest", ARM)
        urdf.joint(f"{side}_palm_joint", "fixed", tip, f"{side}_palm", (0.0, 0.0, -0.08))
        urdf.joint(
            f"{side}_finger_a", "prismatic", f"{side}_palm", f"{side}_finger_a_link", axis=(0, 1, 0), limit=(0.0, 0.04)
        )
        other = urdf.joint(
            f"{side}_finger_b", "prismatic", f"{side}_palm", f"{side}_finger_b_link", axis=(0, 1, 0), limit=(-0.04, 0.0)
        )
        ElementTree.SubElement(other, "mimic", joint=f"{side}_finger_a", multiplier="-1", offset="0")
    for side in ("left", "right") if legs else ():
        _limb(urdf, side, "pelvis", LEG)
    return urdf.text()


def handed_robot() -> str:
    """The small robot with five fingers on each palm: three joints each, the last one as the middle one."""
    urdf = Urdf()
    urdf.robot = ElementTree.fromstring(small_robot())
    for side, sign in (("left", 1), ("right", -1)):
        for number, finger in enumerate((*FINGERS, "thumb")):
            at, bone, axis = (0.03 - 0.02 * number, 0, -0.05), (0, 0, -0.04), (-sign, 0, 0)
            if finger == "thumb":
                at, bone, axis = (0.03, 0, -0.02), (0.03, 0, -0.03), (-0.7 * sign, 0, -0.7 * sign)
            parent = f"{side}_palm"
            for knuckle, place in enumerate((at, bone, bone), start=1):
                name = f"{side}_{finger}_{knuckle}"
                joint = urdf.joint(name, "revolute", parent, f"{name}_link", place, axis, (-0.1, 1.6))
                if knuckle == 3:
                    ElementTree.SubElement(joint, "mimic", joint=f"{side}_{finger}_2", multiplier="1", offset="0")
                parent = f"{name}_link"
            urdf.joint(f"{side}_{finger}_end", "fixed", parent, f"{side}_{finger}_tip", bone)
    return urdf.text()


def _limb(urdf: Urdf, side: str, parent: str, joints) -> str:
    sign = 1 if side == "left" else -1
    for name, (x, y, z), axis, lower, upper in joints:
        outward = axis != (0, 1, 0) and sign < 0  # the right side is the left in a mirror
        limit = (-upper, -lower) if outward else (lower, upper)
        urdf.joint(f"{side}_{name}", "revolute", parent, f"{side}_{name}_link", (x, sign * y, z), axis, limit)
        parent = f"{side}_{name}_link"
    return parent

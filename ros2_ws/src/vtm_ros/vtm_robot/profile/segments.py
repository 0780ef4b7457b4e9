"""The segments of a body that a person and a robot share, and the chains of bodies that carry them in a robot."""

from dataclasses import dataclass

import numpy as np

from vtm.body.skeleton import JOINT_INDEX
from vtm.errors import VtmError
from vtm_robot.model.tree import Frame, Pose, Tree

LIMBS = {"arm": ("upper_arm", "forearm", "hand"), "leg": ("thigh", "shin", "foot")}
SIDES = ("left", "right")
PERSON = {
    "chest": "spine3", "head": "head",
    **{f"{side}_{segment}": f"{side}_{joint}" for side in SIDES for segment, joint in (
        ("upper_arm", "shoulder"), ("forearm", "elbow"), ("hand", "wrist"),
        ("thigh", "hip"), ("shin", "knee"), ("foot", "ankle"),
    )},
}  # fmt: skip
"""The joint of the person that turns each segment."""
PERSON_INDEX = {segment: JOINT_INDEX[joint] for segment, joint in PERSON.items()}
GROUPS = ("arms", "trunk", "head", "legs")
LONG = 0.5
"""An upper arm begins at the last joint, and a forearm ends at the first, that is at least this share as far from the
elbow as the farthest: what lies between turns the least."""
SHORT_M = 0.04
"""A hand whose joint is nearer to the elbow than this tells no direction."""


def rest_axis(segment: str) -> np.ndarray:
    """(3,) where a segment points in the T-pose, in body axes: x forward, y left, z up."""
    if segment.endswith(("upper_arm", "forearm", "hand")):
        return np.array([0.0, 1.0 if segment.startswith("left") else -1.0, 0.0])
    if segment.endswith(("thigh", "shin", "foot")):
        return np.array([0.0, 0.0, -1.0])
    return np.array([0.0, 0.0, 1.0])


def group_of(segment: str) -> str:
    """The group that moves a segment."""
    if segment in ("chest", "head"):
        return "trunk" if segment == "chest" else "head"
    return "arms" if segment.endswith(LIMBS["arm"]) else "legs"


@dataclass(frozen=True, eq=False)
class Limb:
    """One arm or leg.

    Attributes:
        side: "left" or "right".
        kind: "arm" or "leg".
        bodies: From the trunk to the hand or foot.
        upper: The body of its upper bone.
        lower: The body of its lower bone.
        start: Where the upper bone begins.
        hinge: Where it ends and the lower bone begins.
        tip: Where the lower bone ends.
        wrist: Where the hand or foot begins.
    """

    side: str
    kind: str
    bodies: tuple[int, ...]
    upper: int
    lower: int
    start: Frame
    hinge: Frame
    tip: Frame
    wrist: Frame

    def length(self, pose: Pose) -> float:
        """Metres along both bones in `pose`, to the hand or foot."""
        start, hinge, wrist = (pose.frame(frame)[1] for frame in (self.start, self.hinge, self.wrist))
        return float(np.linalg.norm(hinge - start) + np.linalg.norm(wrist - hinge))

    def bones(self, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (..., 3) m in `pose` from shoulder to elbow and from elbow to wrist; of a leg likewise."""
        start, hinge, tip = (pose.frame(frame)[1] for frame in (self.start, self.hinge, self.tip))
        return hinge - start, tip - hinge


def body_of(tree: Tree, link: str) -> int:
    """The body that `link` is fixed to.

    Raises:
        VtmError: The robot has no such link.
    """
    if link not in tree.links:
        raise VtmError(f"{tree.name} has no link {link}; name one of its links in the profile")
    return tree.links[link].body


def limbs(tree: Tree, links: dict[str, str]) -> list[Limb]:
    """The limbs whose upper and lower segments are named.

    Args:
        tree: The robot.
        links: Segment to link.

    Raises:
        VtmError: The robot lacks one of the links, or they form no limb.
    """
    trunk = body_of(tree, links["chest"]) if "chest" in links else 0
    found = []
    for kind, (upper, lower, end) in LIMBS.items():
        for side in SIDES:
            if f"{side}_{upper}" in links and f"{side}_{lower}" in links:
                last = links.get(f"{side}_{end}", links[f"{side}_{lower}"])
                names = links[f"{side}_{upper}"], links[f"{side}_{lower}"], last
                found.append(_limb(tree, side, kind, trunk if kind == "arm" else 0, names))
    return found


def _limb(tree: Tree, side: str, kind: str, trunk: int, names: tuple[str, str, str]) -> Limb:
    upper, lower, end = (body_of(tree, name) for name in names)
    bodies = [int(joint) + 1 for joint in np.flatnonzero(tree.above[end] & ~tree.above[trunk])]
    if upper not in bodies or lower not in bodies or upper == lower:
        raise VtmError(
            f"the links {', '.join(names)} of {tree.name} are no {kind} in a row; name three that hang on each other"
        )
    places = tree.pose(tree.home).places
    before = bodies[: bodies.index(lower)]
    far = np.linalg.norm(places[before] - places[lower], axis=-1)
    start = before[int(np.flatnonzero(far >= LONG * far.max())[-1])]
    after = bodies[bodies.index(lower) + 1 :]
    far = np.linalg.norm(places[after] - places[lower], axis=-1)
    if far.max(initial=0.0) > SHORT_M:
        tip = _origin(after[int(np.flatnonzero(far >= LONG * far.max())[0])])
    else:
        tip = max(
            (f for f in tree.links.values() if f.body in (lower, end)), key=lambda f: float(np.linalg.norm(f.place))
        )
    wrist = _origin(end) if np.linalg.norm(places[end] - places[lower]) > SHORT_M else tip
    return Limb(side, kind, tuple(bodies), upper, lower, _origin(start), _origin(lower), tip, wrist)


def _origin(body: int) -> Frame:
    return Frame(body, np.eye(3), np.zeros(3))


def group_joints(tree: Tree, links: dict[str, str]) -> dict[str, np.ndarray]:
    """The degrees of freedom that move each group.

    Args:
        tree: The robot.
        links: Segment to link.

    Returns:
        Group to indices into `tree.names`.

    Raises:
        VtmError: The robot lacks one of the links.
    """
    moves = tree.above @ (tree.couple != 0)
    chest = moves[body_of(tree, links["chest"])] if "chest" in links else np.zeros(len(tree.names), bool)
    joints = {group: np.zeros(len(tree.names), bool) for group in GROUPS}
    joints["trunk"] = chest
    for segment, link in links.items():
        if segment != "chest":
            joints[group_of(segment)] = joints[group_of(segment)] | (moves[body_of(tree, link)] & ~chest)
    return {group: np.flatnonzero(which) for group, which in joints.items()}

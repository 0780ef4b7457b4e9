"""A robot and its profile, ready to follow."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm_robot.model.capsules import CapsulePairs
from vtm_robot.model.tree import Tree
from vtm_robot.model.urdf import read_urdf
from vtm_robot.profile.bodies import CLEAR, draft_capsules, watched_pairs
from vtm_robot.profile.draft import draft_links
from vtm_robot.profile.posture import t_pose
from vtm_robot.profile.profile import Profile
from vtm_robot.profile.segments import Limb, group_joints, limbs


@dataclass(frozen=True, eq=False)
class RobotModel:
    """What a retargeter needs of a robot with m degrees of freedom.

    Attributes:
        tree: Its joints and links.
        profile: What of it follows what of a person.
        limbs: Its arms and legs.
        t_pose: (m,) rad or m, where it stands as the person does at rest.
        rest: (m,) rad or m, where joints rest.
        follows: (m,) bool, the degrees of freedom of the groups that follow.
        pairs: The capsules that must not meet.
    """

    tree: Tree
    profile: Profile
    limbs: tuple[Limb, ...]
    t_pose: np.ndarray
    rest: np.ndarray
    follows: np.ndarray
    pairs: CapsulePairs

    @property
    def yaw(self) -> float:
        """Radians from the base's x to where the robot looks."""
        return math.radians(self.profile.forward_deg)


def draft_robot(urdf: str | Path) -> tuple[RobotModel, list[str]]:
    """Read a robot and draft its profile.

    Args:
        urdf: The URDF file.

    Returns:
        The robot, and what was guessed, in sentences.

    Raises:
        VtmError: The file holds no robot, or no arm or leg is found in it.
    """
    return draft_of(read_urdf(urdf), str(urdf))


def draft_of(tree: Tree, urdf: str | None = None) -> tuple[RobotModel, list[str]]:
    """Draft the profile of a robot.

    Args:
        tree: The robot.
        urdf: The file that it is in, None where it is in none.

    Returns:
        The robot, and what was guessed, in sentences.

    Raises:
        VtmError: No arm or leg is found in it.
    """
    links, yaw, notes = draft_links(tree)
    groups = tuple(group for group, joints in group_joints(tree, links).items() if len(joints) and group != "legs")
    profile = Profile(links, tree.name, urdf, math.degrees(yaw), groups or ("legs",))
    robot = robot_model(tree, profile)
    angles = {
        name: round(float(angle), 4) for name, angle in zip(tree.names, robot.t_pose, strict=True) if abs(angle) > 1e-3
    }
    complete = replace(profile, t_pose=angles, capsules=robot.pairs.capsules)
    return replace(robot, profile=complete), notes


def load_robot(path: str | Path) -> RobotModel:
    """Load a robot by its profile (.yaml, which names its URDF), or by a URDF alone, whose profile is then drafted.

    Raises:
        VtmError: A file is missing or wrong, or the profile names no URDF or what the robot lacks.
    """
    path = Path(path)
    if not _is_profile(path):
        return draft_robot(path)[0]
    return robot_model(read_urdf(urdf_of(path)), Profile.load(path))


def urdf_of(path: str | Path) -> Path:
    """The URDF that a profile names, or `path` itself where it is no profile.

    Raises:
        VtmError: The profile is missing or wrong, or names no URDF.
    """
    path = Path(path)
    if not _is_profile(path):
        return path
    named = Profile.load(path).urdf
    if not named:
        raise VtmError(f"{path} names no URDF; write `urdf: FILE` into it")
    return path.parent / named


def _is_profile(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def robot_model(tree: Tree, profile: Profile) -> RobotModel:
    """A robot with its profile; what the profile leaves out is found.

    Args:
        tree: The robot.
        profile: What of it follows what of a person.

    Raises:
        VtmError: The profile names what the robot does not have, or groups of which it has no joint.
    """
    found = limbs(tree, profile.links)
    yaw = math.radians(profile.forward_deg)
    rest = np.clip(_angles(tree, profile.rest), tree.lower, tree.upper)
    reference = t_pose(tree, found, yaw) if profile.t_pose is None else _angles(tree, profile.t_pose)
    capsules = profile.capsules
    if capsules is None:
        capsules = draft_capsules(tree, profile.links, found, reference, yaw)
    for capsule in capsules:
        if capsule.link not in tree.links:
            raise VtmError(
                f"{tree.name} has no link {capsule.link} for a capsule; name one of its links in the profile"
            )
    pairs = watched_pairs(capsules)
    near = CapsulePairs(tree, capsules, pairs).nearest(tree.pose(np.stack([rest, reference]))).distance.min(0)
    pairs = [pair for pair, distance in zip(pairs, near, strict=True) if distance > min(CLEAR, profile.limits.distance)]
    joints = group_joints(tree, profile.links)
    follows = np.zeros(len(tree.names), bool)
    for group in profile.groups:
        follows[joints[group]] = True
    follows &= tree.upper - tree.lower > 1e-6
    if not follows.any():
        raise VtmError(f"no joint of {tree.name} belongs to {', '.join(profile.groups)}; choose other groups")
    return RobotModel(tree, profile, tuple(found), reference, rest, follows, CapsulePairs(tree, capsules, pairs))


def _angles(tree: Tree, named: dict[str, float]) -> np.ndarray:
    q = tree.home
    for name, angle in named.items():
        if name not in tree.names:
            raise VtmError(
                f"{tree.name} has no joint {name} that moves by itself; name one of {', '.join(tree.names[:4])} …"
            )
        q[tree.names.index(name)] = angle
    return q

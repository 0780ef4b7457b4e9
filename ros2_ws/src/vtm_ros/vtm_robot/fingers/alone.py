"""A robot's hand without the robot."""

import numpy as np

from vtm_robot.fingers.hand import palm_of
from vtm_robot.model.capsules import CapsulePairs
from vtm_robot.model.tree import Tree
from vtm_robot.profile.model import RobotModel
from vtm_robot.profile.profile import Limits, Profile


def hand_alone(tree: Tree, side: str, limits: Limits | None = None) -> RobotModel:
    """A robot that is nothing but a hand, for `vtm_robot.fingers.hands.Hands`.

    Args:
        tree: The hand, perhaps with its wrist, which rests.
        side: "left" or "right".
        limits: What no command exceeds; by default those of a profile.
    """
    profile = Profile({f"{side}_hand": palm_of(tree)}, tree.name, groups=(), limits=limits or Limits())
    nothing, rest = np.zeros(len(tree.names), bool), tree.home
    return RobotModel(tree, profile, (), rest, rest, nothing, CapsulePairs(tree, (), []))

"""The person's hand as a tree, which is several times as quick for one pose as `vtm.body.hand.hand_points`."""

import math

import numpy as np

from vtm.body.hand import ANGLE_NAMES, HAND_PARENTS, HINGES, JOINTS, OFFSETS, TIPS, hinge_axes
from vtm_robot.model.tree import Frame, Joint, Tree

FINGERS = (4, 0, 1, 3, 2)
"""Thumb, index, middle, ring, pinky among those of `vtm.body.hand.FINGERS`."""


class PersonHand:
    """The points of one hand.

    Args:
        side: "left" or "right".
    """

    def __init__(self, side: str):
        mirror = np.array([1.0, 1.0 if side == "left" else -1.0, 1.0])
        axes, joints, body_of = hinge_axes(side), [], {-1: 0}
        wanted = sorted((joint % 3, joint, order, angle) for angle, (joint, order) in enumerate(HINGES))
        for depth in range(8):  # by depth, as a tree wants them: one hinge of each finger at a time
            for finger in range(5):
                chain = [item for item in wanted if item[1] // 3 == finger]
                if depth >= len(chain):
                    continue
                _, joint, _, angle = chain[depth]
                fresh = depth == 0 or chain[depth - 1][1] != joint
                above = body_of[HAND_PARENTS[joint]] if fresh else body_of[joint]
                place = OFFSETS[joint] * mirror if fresh else np.zeros(3)
                frame = Frame(above, np.eye(3), place)
                joints.append(Joint(ANGLE_NAMES[angle], frame, axes[angle], False, -math.inf, math.inf, math.inf))
                body_of[joint] = len(joints)
        self._tree = Tree(joints, {"wrist": Frame(0, np.eye(3), np.zeros(3))}, "wrist", "hand")
        self._order = np.array([ANGLE_NAMES.index(joint.name) for joint in joints])
        self._bodies = np.array([[body_of[3 * finger + k] for k in range(3)] for finger in FINGERS])
        self._tips = (TIPS * mirror)[list(FINGERS), :, None]
        assert len(body_of) == len(JOINTS) + 1

    def points(self, angles: np.ndarray) -> np.ndarray:
        """The 21 points (21, 3) m of angles (21,) rad in MediaPipe's order, in the frame of the wrist joint."""
        pose = self._tree.pose(angles[self._order])
        out = np.zeros((21, 3))
        fingers = out[1:].reshape(5, 4, 3)
        fingers[:, :3] = pose.places[self._bodies]
        last = self._bodies[:, 2]
        fingers[:, 3] = pose.places[last] + (pose.turns[last] @ self._tips)[..., 0]
        return out

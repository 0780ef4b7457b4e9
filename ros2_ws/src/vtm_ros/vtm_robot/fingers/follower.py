"""A robot's hand after the person's, by vectors: each finger points and bends as the person's does.

[ours] Of each finger the vector from its first joint to its tip is the person's, scaled by the fingers' lengths, and
its last bone points as the person's; tips that the person brings together come together. Gauss-Newton within the
limits, from the angles before. What is across a hand and along it is found in the flat hand, the robot's with all
joints at zero.
"""

from typing import NamedTuple

import numpy as np

from vtm_robot.fingers.hand import fingers_of
from vtm_robot.fingers.person import PersonHand
from vtm_robot.model.branch import branch_of
from vtm_robot.model.tree import Joint, Pose, Tree

FIRST_POINT = {"thumb": 1, "index": 5, "middle": 9, "ring": 13, "pinky": 17}
"""Of each finger among MediaPipe's 21; its tip is the third after it."""
STEPS = 6
DAMPING, STUCK = 1e-4, 1e6
"""What a joint costs to move, and one at the end of its range that would have to go beyond, m²/rad²."""
BEND = 0.3
"""Weight of the last bone's direction, in lengths of the finger."""
PINCH_M, PINCH = 0.04, 2.0
"""From which distance between the person's tips on they pinch, and what that weighs, beside the vectors, at none."""

_EYE = np.eye(3)


class _Goal(NamedTuple):
    """What the person asks of F fingers.

    Attributes:
        vector: (F, 3) m from base to tip.
        bone: (F, 3) where the last bone points.
        near: (F - 1, 1) how near each tip is to the thumb's, empty without a thumb.
        apart: (F - 1, 3) m from the thumb's tip to it.
    """

    vector: np.ndarray
    bone: np.ndarray
    near: np.ndarray
    apart: np.ndarray


class HandFollower:
    """Follows the fingers of one hand.

    Args:
        tree: The robot.
        link: Its hand.
        side: "left" or "right": the person's hand that it follows.

    Attributes:
        fingers: Those that follow; none where neither names nor shape tell a thumb or finger beside another.
        columns: (k,) their degrees of freedom.
        joints: All that they have, those that mimic too.
    """

    def __init__(self, tree: Tree, link: str, side: str):
        hand = branch_of(tree, link)
        self.fingers = fingers_of(hand) if hand else ()
        self.columns: np.ndarray = np.empty(0, int)
        self.joints: tuple[Joint, ...] = ()
        if hand is None or not self.fingers:
            return
        self._hand, self._person = hand, PersonHand(side)
        joints = [joint for finger in self.fingers for joint in finger.joints]
        self.joints = tuple(hand.joints[joint] for joint in joints)
        self._whole = np.array([tree.names.index(name) for name in hand.names])
        free = (hand.couple[joints] != 0).any(0) & (hand.upper - hand.lower > 1e-6)
        self._own = np.flatnonzero(free)
        self.columns = self._whole[self._own]
        self._low, self._high = tree.lower[self.columns], tree.upper[self.columns]
        self._tips = np.stack([finger.tip.place for finger in self.fingers])
        self._lasts = np.array([finger.last for finger in self.fingers])
        self._bases = np.array([finger.base + 1 for finger in self.fingers])
        self._bodies = np.concatenate([self._lasts, self._lasts, self._bases])
        self._first = np.array([FIRST_POINT[finger.name] for finger in self.fingers])
        self._bone = self._first + np.array([min(len(finger.bones), 3) - 1 for finger in self.fingers])
        flat = self._person.points(np.zeros(21))
        tips, _, bases = self._places(hand.pose(hand.home))
        self._axes = self._palm(bases, tips) @ self._palm(flat[self._first], flat[self._first + 3]).T
        lengths = np.array([finger.bones.sum() for finger in self.fingers])
        chain = np.stack([flat[self._first + k] for k in range(4)], 1)
        self._weight = BEND * lengths[:, None]
        self._scale = lengths[:, None] / np.linalg.norm(np.diff(chain, axis=1), axis=-1).sum(1)[:, None]

    def follow(self, angles: np.ndarray, before: np.ndarray, steps: int = STEPS) -> np.ndarray:
        """The robot's angles for the person's.

        Args:
            angles: (21,) rad of the person's hand.
            before: (m,) rad or m, where the robot was; joints of no finger stay so.
            steps: Of Gauss-Newton.

        Returns:
            (m,) rad or m.
        """
        goal = self._goal(self.wanted(angles))
        q = before[self._whole]
        for _ in range(steps):
            residual, jacobian = self._off(goal, q)
            now, gradient = q[self._own], jacobian.T @ residual
            stuck = ((now <= self._low) & (gradient > 0)) | ((now >= self._high) & (gradient < 0))
            hessian = jacobian.T @ jacobian
            hessian.ravel()[:: len(now) + 1] += np.where(stuck, STUCK, DAMPING)
            now -= np.linalg.solve(hessian, gradient)
            q[self._own] = np.minimum(np.maximum(now, self._low), self._high)
        found = before.copy()
        found[self.columns] = q[self._own]
        return found

    def wanted(self, angles: np.ndarray) -> np.ndarray:
        """The person's 21 points (21, 3) m for their angles (21,) rad, in the axes of the robot's hand."""
        return self._person.points(angles) @ self._axes.T

    def errors(self, angles: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By how much the fingers of the robot at `q` (m,) are off the person's with `angles` (21,) rad.

        Returns:
            Angles (F,) rad between the ways from base to tip, and between the last bones.
        """
        points = self.wanted(angles)
        tips, lasts, bases = self._places(self._hand.pose(q[self._whole]))
        wanted = points[self._first + 3]
        return _between(tips - bases, wanted - points[self._first]), _between(tips - lasts, wanted - points[self._bone])

    def lines(self, q: np.ndarray) -> list[np.ndarray]:
        """Of each finger of the robot at `q` (m,) the points (J + 1, 3) m of its joints and its tip, in hand axes."""
        pose = self._hand.pose(q[self._whole])
        tips = self._places(pose)[0]
        return [
            np.vstack([pose.places[[joint + 1 for joint in finger.joints]], tip])
            for finger, tip in zip(self.fingers, tips, strict=True)
        ]

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) from the person's hand to the robot's."""
        return self._axes

    def _goal(self, points: np.ndarray) -> _Goal:
        wanted = points[self._first + 3]
        bone, apart = wanted - points[self._bone], wanted[1:] - wanted[0]
        near = np.maximum(1 - np.sqrt((apart * apart).sum(-1)) / PINCH_M, 0.0)[:, None] * PINCH
        return _Goal(
            self._scale * (wanted - points[self._first]),
            bone / np.sqrt((bone * bone).sum(-1))[:, None],
            near if self.fingers[0].name == "thumb" else np.zeros(0),
            apart * self._scale.mean(),
        )

    def _off(self, goal: _Goal, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals (R,) m, and how they change with the columns, (R, k)."""
        pose = self._hand.pose(q)
        tips, lasts, bases = places = self._places(pose)
        moves = self._hand.jacobians(pose, self._bodies, np.concatenate(places))[1][..., self._own]
        of_tips, of_lasts, of_bases = moves.reshape(3, len(tips), 3, -1)
        bone = tips - lasts
        size = np.sqrt((bone * bone).sum(-1))[:, None]
        bone = bone / size
        across = (_EYE - bone[:, :, None] * bone[:, None]) * (self._weight / size)[..., None]
        residuals = [tips - bases - goal.vector, self._weight * (bone - goal.bone)]
        jacobians = [of_tips - of_bases, across @ (of_tips - of_lasts)]
        if goal.near.any():
            residuals.append(goal.near * (tips[1:] - tips[0] - goal.apart))
            jacobians.append(goal.near[..., None] * (of_tips[1:] - of_tips[0]))
        return np.concatenate(residuals).ravel(), np.concatenate(jacobians).reshape(-1, len(self._own))

    def _places(self, pose: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tips, last joints and first joints (F, 3) m in the axes of the hand's link."""
        lasts = pose.places[self._lasts]
        tips = lasts + (pose.turns[self._lasts] @ self._tips[..., None])[..., 0]
        return tips, lasts, pose.places[self._bases]

    def _palm(self, bases: np.ndarray, tips: np.ndarray) -> np.ndarray:
        """Across, along and out of the hand, as columns, from its flat fingers (F, 3)."""
        long = [row for row, finger in enumerate(self.fingers) if finger.name != "thumb"]
        along = sum((tips[row] - bases[row]) / np.linalg.norm(tips[row] - bases[row]) for row in long)
        along = along / np.linalg.norm(along)
        across = bases[long[0]] - bases[long[-1]] if len(long) > 1 else bases[0] - bases[long[0]]
        across = across - along * (along @ across)
        across /= np.linalg.norm(across)
        return np.stack([across, along, np.cross(across, along)], -1)


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles (F,) rad between vectors (F, 3)."""
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1))

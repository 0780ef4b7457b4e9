"""A robot's hand after the person's, by vectors: each finger points and bends as the person's does.

[ours] Of each finger the vector from its first joint to its tip is the person's, scaled by the fingers' lengths, and
its last bone points as the person's; tips that the person brings together come together. Gauss-Newton within the
limits, from the angles before. What is across a hand and along it is found in the flat hand, the robot's with all
joints at zero.
"""

import numpy as np

from vtm.body.hand import finger_rotations, hand_points
from vtm_robot.fingers.hand import fingers_of
from vtm_robot.model.tree import Tree

FIRST_POINT = {"thumb": 1, "index": 5, "middle": 9, "ring": 13, "pinky": 17}
"""Of each finger among MediaPipe's 21; its tip is the third after it."""
STEPS = 6
DAMPING = 1e-6
"""What a joint costs that changes nothing, m²/rad²."""
BEND = 0.3
"""Weight of the last bone's direction, in lengths of the finger."""
PINCH_M, PINCH = 0.04, 2.0
"""From which distance between the person's tips on they pinch, and what that weighs, beside the vectors, at none."""


class HandFollower:
    """Follows the fingers of one hand.

    Args:
        tree: The robot.
        link: Its hand.
        side: "left" or "right": the person's hand that it follows.

    Attributes:
        fingers: Those that follow; none where names tell no thumb or finger beside another.
        columns: (k,) their degrees of freedom.
    """

    def __init__(self, tree: Tree, link: str, side: str):
        found = fingers_of(tree, link)
        self._tree, self._side, self._link = tree, side, tree.links[link]
        self.fingers = found if len(found) > 1 else ()
        joints = [joint for finger in self.fingers for joint in finger.joints]
        free = (tree.couple[joints] != 0).any(0) & (tree.upper - tree.lower > 1e-6)
        self.columns = np.flatnonzero(free)
        if not self.fingers:
            return
        self._low, self._high = tree.lower[self.columns], tree.upper[self.columns]
        self._bodies = np.array([[finger.tip.body, finger.joints[-1] + 1] for finger in self.fingers]).T
        self._bases = np.array([finger.joints[0] + 1 for finger in self.fingers])
        self._first = np.array([FIRST_POINT[finger.name] for finger in self.fingers])
        self._bone = self._first + np.array([min(len(finger.bones), 3) - 1 for finger in self.fingers])
        flat = hand_points(np.broadcast_to(np.eye(3), (15, 3, 3)), side)
        tips, _, bases = self._places(tree.home)
        self._axes = self._palm(bases, tips) @ self._palm(flat[self._first], flat[self._first + 3]).T
        lengths = np.array([finger.bones.sum() for finger in self.fingers])
        chain = np.stack([flat[self._first + k] for k in range(4)], 1)
        self._lengths = lengths[:, None]
        self._scale = self._lengths / np.linalg.norm(np.diff(chain, axis=1), axis=-1).sum(1)[:, None]

    def follow(self, angles: np.ndarray, before: np.ndarray) -> np.ndarray:
        """The robot's angles (m,) for the person's (21,) rad; `before` (m,) is where it was, and other joints are."""
        points = hand_points(finger_rotations(angles, self._side), self._side) @ self._axes.T
        q = before.copy()
        for _ in range(STEPS):
            residual, jacobian = self._off(points, q)
            now, gradient = q[self.columns], jacobian.T @ residual
            free = ~(((now <= self._low) & (gradient > 0)) | ((now >= self._high) & (gradient < 0)))
            own = jacobian[:, free]
            step = np.linalg.solve(own.T @ own + DAMPING * np.eye(own.shape[1]), -gradient[free])
            now[free] += step
            q[self.columns] = np.clip(now, self._low, self._high)
        return q

    def _off(self, points: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals (R,) m, and how they change with the columns, (R, k)."""
        pose = self._tree.pose(q)
        turn = pose.frame(self._link)[0]
        tips, lasts, bases = self._places(q)
        at = np.concatenate([tips, lasts]) @ turn.T + pose.frame(self._link)[1]
        moves = self._tree.jacobians(pose, self._bodies.ravel(), at)[1][..., self.columns]
        of_tips, of_lasts = np.split(turn.T @ moves, 2)
        wanted = points[self._first + 3]
        vector = tips - bases - self._scale * (wanted - points[self._first])
        bone, ours = tips - lasts, wanted - points[self._bone]
        size = np.linalg.norm(bone, axis=-1)[:, None]
        bone, ours = bone / size, ours / np.linalg.norm(ours, axis=-1)[:, None]
        weight = BEND * self._lengths
        across = (np.eye(3) - bone[:, :, None] * bone[:, None]) * (weight / size)[..., None]
        residuals, jacobians = [vector, weight * (bone - ours)], [of_tips, across @ (of_tips - of_lasts)]
        if self.fingers[0].name == "thumb":
            apart = wanted[1:] - wanted[0]
            pinch = np.clip(1 - np.linalg.norm(apart, axis=-1) / PINCH_M, 0, 1) * PINCH
            residuals.append(pinch[:, None] * (tips[1:] - tips[0] - apart * self._scale.mean()))
            jacobians.append(pinch[:, None, None] * (of_tips[1:] - of_tips[0]))
        return np.concatenate(residuals).ravel(), np.concatenate(jacobians).reshape(-1, len(self.columns))

    def _places(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tips, last joints and first joints (F, 3) m in the axes of the hand's link."""
        pose = self._tree.pose(q)
        turn, place = pose.frame(self._link)
        tips = np.stack([pose.frame(finger.tip)[1] for finger in self.fingers])
        lasts, bases = pose.places[self._bodies[1]], pose.places[self._bases]
        return (tips - place) @ turn, (lasts - place) @ turn, (bases - place) @ turn

    def _palm(self, bases: np.ndarray, tips: np.ndarray) -> np.ndarray:
        """Across, along and out of the hand, as columns, from its flat fingers (F, 3)."""
        long = [row for row, finger in enumerate(self.fingers) if finger.name != "thumb"]
        along = sum((tips[row] - bases[row]) / np.linalg.norm(tips[row] - bases[row]) for row in long)
        along = along / np.linalg.norm(along)
        across = bases[long[0]] - bases[long[-1]] if len(long) > 1 else bases[0] - bases[long[0]]
        across = across - along * (along @ across)
        across /= np.linalg.norm(across)
        return np.stack([across, along, np.cross(across, along)], -1)

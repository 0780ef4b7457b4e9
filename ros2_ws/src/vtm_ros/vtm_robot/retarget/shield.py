"""No step that could not be stopped before capsules meet or a hand leaves its box.

After every step the robot brakes with all joints as hard as it may, in thought; only steps after which it comes to rest
with every clearance kept are let through. Braking itself always is: the step before was let through for it.
"""

import numpy as np

from vtm_robot.model.capsules import Nearest, levers
from vtm_robot.model.tree import Pose
from vtm_robot.profile.model import RobotModel
from vtm_robot.retarget.limits import StepLimits

KEPT = 0.25
"""Share of the distance that the solver keeps below which no step is let through: the rest is for its linear view."""
NEAR_M = 0.06
"""Clearances below this are rows of the solver."""
SLOW = 0.4
"""The share of what is left of a clearance that one step may use up."""


class Shield:
    """Watches C clearances of one robot: of its P pairs of capsules, then of its hands to the faces of their boxes.

    Args:
        robot: The robot.
        columns: (k,) degrees of freedom that follow.
        limits: Those of the k joints.
    """

    def __init__(self, robot: RobotModel, columns: np.ndarray, limits: StepLimits):
        self._tree, self._pairs, self._limits, self._columns = robot.tree, robot.pairs, limits, columns
        self._keep = robot.profile.limits.distance
        self._tips = [(limb.wrist, box) for limb in robot.limbs if limb.kind == "arm"
                      for hand, box in robot.profile.workspace.items() if hand.startswith(limb.side)]  # fmt: skip
        reaches = [
            levers(self._tree, tip.body, float(np.linalg.norm(tip.place)), self._tree.above[tip.body])
            for tip, _ in self._tips
        ]
        every = np.concatenate([self._pairs.levers, *[np.repeat(reach[None], 6, 0) for reach in reaches]])
        self._levers = np.ascontiguousarray(every[:, columns])

    def clearances(self, pose: Pose) -> tuple[np.ndarray, Nearest]:
        """All clearances in `pose`, (..., C) m, and where the capsules are nearest."""
        nearest = self._pairs.nearest(pose)
        boxes = []
        for tip, box in self._tips:
            place = pose.frame(tip)[1]
            boxes += [place - box[0], box[1] - place]
        return np.concatenate([nearest.distance, *boxes], axis=-1) if boxes else nearest.distance, nearest

    def rows(self, pose: Pose, clearances: np.ndarray, nearest: Nearest) -> tuple[np.ndarray, np.ndarray]:
        """Linear constraints that keep the small clearances from shrinking too fast.

        Args:
            pose: Where the bodies are.
            clearances: (C,) m in `pose`.
            nearest: Where the capsules are nearest.

        Returns:
            Rows (R, k) and least values (R,) m; a step x (k,) should keep rows @ x >= values.
        """
        close = np.flatnonzero(clearances < NEAR_M)
        if not len(close):
            return np.empty((0, len(self._columns))), np.empty(0)
        count = len(self._pairs.pairs)
        pairs, faces = close[close < count], close[close >= count] - count
        parts = []
        if len(pairs):
            bodies = self._pairs.bodies[pairs]
            points = np.stack([nearest.first[pairs], nearest.second[pairs]], 1)
            _, linear = self._tree.jacobians(pose, bodies.ravel(), points.reshape(-1, 3))
            linear = linear.reshape(len(pairs), 2, 3, -1)
            parts.append((nearest.normal[pairs][:, None] @ (linear[:, 0] - linear[:, 1]))[:, 0])
        for face in faces:
            tip = self._tips[face // 6][0]
            _, linear = self._tree.jacobians(pose, np.array([tip.body]), pose.frame(tip)[1][None])
            parts.append((1.0 if face % 6 < 3 else -1.0) * linear[:, face % 3])
        return np.concatenate(parts)[:, self._columns], SLOW * (self._keep - clearances[close])

    def allows(self, q: np.ndarray, step: np.ndarray, clearances: np.ndarray, before: np.ndarray) -> bool:
        """Whether the robot can still stop in time after a step.

        Args:
            q: (m,) rad or m, where the step leads.
            step: (k,) the step.
            clearances: (C,) m after the step.
            before: (C,) m before it; what was less than it should be must not become less.
        """
        least = np.minimum(KEPT * self._keep, before - 1e-9)
        if (clearances < least).any():
            return False
        near = clearances - self._levers @ self._limits.stopping(step) < least
        if not near.any():
            return True
        path = np.repeat(q[None], max(1, int(np.ceil((np.abs(step) / self._limits.unit).max()))), 0)
        path[:, self._columns] = self._limits.stop_path(q[self._columns], step)
        return bool((self.clearances(self._tree.pose(path))[0] >= least).all())

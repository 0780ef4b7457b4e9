"""The path of the root, made to agree with feet that stand.

[ours, after WHAM's contact refinement] Between two frames the root moves as the feet say that stand, u = -mean of their
motion relative to the pelvis weighted by the odds that they stand, or goes on as before; the network's root, which is
right in the long run and shakes along the line of sight, corrects it in a Kalman filter.
"""

import numpy as np

from vtm.types import Motion
from vtm_trt.postprocess.legs import legs, root_in_world, with_root_in_world

FOOT_M = 0.06
"""Apparent motion in a frame at 30 frames/s of a foot with contact probability 0.5, standard deviation, metres."""
CHANGE_M = 0.1
"""Change of the root's step from frame to frame while no foot stands, standard deviation, metres."""
ACROSS, ALONG = 0.002, 0.02
"""Standard deviations of the network's root across and along the line of sight, of the distance to the camera."""
FRAME_S = 1 / 30
LARGEST_M = 0.1
"""Metres by which a frame corrects the path at most, at 30 frames/s."""
LEAST, MOST = 0.02, 0.98
"""Probabilities of contact are clipped to this range."""


class Trajectory:
    """Kalman filter over the root in world axes. Wants motions whose camera is known."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._stamp_ns: int | None = None
        self._root: np.ndarray = np.zeros(3)
        self._step: np.ndarray = np.zeros(3)
        self._spread: np.ndarray = np.zeros((3, 3))
        self._feet: np.ndarray = np.zeros((4, 3))
        self._standing: np.ndarray = np.zeros(4)

    def __call__(self, motion: Motion) -> Motion:
        """The motion with its root where the filter has it."""
        assert motion.camera is not None
        seen = root_in_world(motion)
        feet = legs(motion).points - seen
        sure = np.clip(motion.contacts, LEAST, MOST)
        standing = sure / (1 - sure)
        distance = float(np.linalg.norm(motion.root_cam))
        sight = motion.camera.rotation @ motion.root_cam / distance
        doubt = distance**2 * (ACROSS**2 * np.eye(3) + (ALONG**2 - ACROSS**2) * np.outer(sight, sight))
        if self._stamp_ns is None:
            self._root, self._step, self._spread = seen, np.zeros(3), doubt
        else:
            frames = (motion.stamp_ns - self._stamp_ns) * 1e-9 / FRAME_S
            self._advance(seen, feet, np.sqrt(standing * self._standing), doubt, frames)
        self._stamp_ns, self._feet, self._standing = motion.stamp_ns, feet, standing
        return with_root_in_world(motion, self._root)

    def _advance(
        self, seen: np.ndarray, feet: np.ndarray, standing: np.ndarray, doubt: np.ndarray, frames: float
    ) -> None:
        by_feet, by_habit = standing.sum() / FOOT_M**2, 1 / CHANGE_M**2
        step = -(standing @ (feet - self._feet)) / FOOT_M**2 + by_habit * self._step * frames
        before, predicted = self._root, self._root + step / (by_feet + by_habit)
        spread = self._spread + np.eye(3) * frames / (by_feet + by_habit)
        gain = np.linalg.solve(spread + doubt, spread).T
        correction = gain @ (seen - predicted)
        correction *= min(1.0, LARGEST_M * frames / max(float(np.linalg.norm(correction)), 1e-9))
        self._root, self._spread = predicted + correction, spread - gain @ spread
        self._step = (self._root - before) / frames

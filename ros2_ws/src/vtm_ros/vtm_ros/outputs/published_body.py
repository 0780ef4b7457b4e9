"""Which bone lengths the URDF, TF and joint states share at any moment."""

from dataclasses import replace

import numpy as np

from vtm.body.joint_angles import angles_from_quats, quats_from_angles
from vtm.body.skeleton import VIRTUAL_OFFSETS, scaled_offsets
from vtm.types import Motion
from vtm_trt.postprocess.limits import JointLimits

CHANGE = 0.02
"""A bone this much longer or shorter than the published one calls for a new description."""
STILL = 0.002
"""Bones that moved less than this over SETTLE_S have settled."""
SETTLE_S = 2.0
"""Seconds between looks at whether the bones have settled; also the shortest time between two descriptions."""


class PublishedBody:
    """The body as subscribers know it: its bone lengths change only together with its description.

    Attributes:
        offsets: (22, 3) m of the description in force, the virtual skeleton's before the first motion.
    """

    def __init__(self) -> None:
        self.offsets = VIRTUAL_OFFSETS
        self._published: np.ndarray | None = None
        self._published_ns = 0
        self._looked = np.ones(len(VIRTUAL_OFFSETS) - 1)
        self._looked_ns = 0
        self._settled = False
        self._angles: np.ndarray | None = None
        self._limits: JointLimits | None = None

    def update(self, motion: Motion) -> bool:
        """Take the motion's bones where it is time to.

        That is at the first motion, when a bone differs by more than 2 % (at most every 2 s of image time), and once
        more when the bones have settled.

        Returns:
            Whether a new description is due.
        """
        ratio = motion.bone_ratio
        if self._published is None or motion.stamp_ns < self._published_ns:
            self._take(motion)
            return True
        if motion.stamp_ns - self._looked_ns < SETTLE_S * 1e9:
            return False
        quiet = _difference(ratio, self._looked) < STILL
        self._looked, self._looked_ns = ratio, motion.stamp_ns
        if _difference(ratio, self._published) > CHANGE or (quiet and not self._settled):
            self._settled = quiet
            self._take(motion)
            return True
        return False

    def angles(self, motion: Motion) -> np.ndarray:
        """The joint angles (63,) rad of `motion`, continuous with the sample before."""
        self._angles = angles_from_quats(motion.quat_local, self._angles)
        return self._angles

    def posed(self, motion: Motion, velocity: float = 0.0, acceleration: float = 0.0) -> tuple[Motion, np.ndarray]:
        """The motion as it is published, and its joint angles (63,) rad.

        Args:
            motion: As it was captured.
            velocity: Fastest that an angle may change, rad/s; 0 for no limit.
            acceleration: rad/s²; 0 for no limit.
        """
        angles = self.angles(motion)
        if not (velocity or acceleration):
            self._limits = None
            return motion, angles
        self._limits = self._limits or JointLimits()
        angles = self._limits(motion.stamp_ns, angles, velocity, acceleration)
        quats = quats_from_angles(angles).astype(np.float32)
        quats[0] = motion.quat_local[0]
        return replace(motion, quat_local=quats), angles

    def _take(self, motion: Motion) -> None:
        self._published, self._published_ns = motion.bone_ratio, motion.stamp_ns
        self._looked, self._looked_ns = motion.bone_ratio, motion.stamp_ns
        self.offsets = scaled_offsets(motion.bone_ratio)


def _difference(ratio: np.ndarray, reference: np.ndarray) -> float:
    return float(np.abs(ratio / reference - 1).max())

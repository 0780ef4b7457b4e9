"""One-Euro filter over every rotation and the root [Casiez, Roussel, Vogel: 1 Euro Filter, CHI 2012].

x_hat += a (x - x_hat), a = 1 / (1 + 1 / (2 pi f dt)), f = least + slope |rate of x|: calm at rest, quick in motion. For
rotations the difference is a rotation vector, that of the root is metres in world axes.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.types import Motion
from vtm_trt.postprocess.legs import root_in_world, with_root_in_world

RATE_HZ = 2.0
"""Cut-off of the filter of the rates."""
LEAST_TRUST = 0.4
"""A joint of no confidence is filtered with this share of the cut-off of a sure one."""


@dataclass(frozen=True)
class Strength:
    """Cut-off frequencies of the filter.

    Attributes:
        least_hz: At rest.
        slope_hz: More of it per rad/s of a joint.
        root_least_hz: Of the root at rest.
        root_slope_hz: More of it per m/s of the root.
    """

    least_hz: float
    slope_hz: float
    root_least_hz: float
    root_slope_hz: float


PRESETS = {
    "teleop": Strength(6.0, 2.0, 6.0, 6.0),
    "balanced": Strength(3.0, 1.5, 3.0, 4.0),
    "recording": Strength(1.5, 1.0, 1.5, 3.0),
}


class Smoothing:
    """Filters rotations relative to the parent, the pelvis' in world axes, and the root.

    Attributes:
        lag_s: By how much the last motion is late, the mean over the joints weighted by how fast they turn.
    """

    def __init__(self, strength: Strength):
        self._strength = strength
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._stamp_ns: int | None = None
        self.lag_s = 0.0

    def __call__(self, motion: Motion) -> Motion:
        """The motion, filtered."""
        assert motion.camera is not None
        now, root = Rotation.from_quat(motion.quat_local), root_in_world(motion)
        local = now.as_matrix()
        local[0] = motion.camera.rotation @ local[0]
        if self._stamp_ns is None:
            self._local, self._root = local, root
            self._turning, self._moving = np.zeros((len(local), 3)), np.zeros(3)
            back = np.zeros((len(local), 3))
        else:
            back = self._follow(local, root, motion.confidence, (motion.stamp_ns - self._stamp_ns) * 1e-9)
        self._stamp_ns = motion.stamp_ns
        quats = (now * Rotation.from_rotvec(back)).as_quat().astype(np.float32)
        return with_root_in_world(replace(motion, quat_local=quats), self._root)

    def _follow(self, local: np.ndarray, root: np.ndarray, confidence: np.ndarray, seconds: float) -> np.ndarray:
        """Rotation vectors (22, 3) that turn each joint back from where it is said to be to where it is put."""
        strength = self._strength
        turn = Rotation.from_matrix(self._local.swapaxes(-1, -2) @ local).as_rotvec()
        way = root - self._root
        slow = _share(RATE_HZ, seconds)
        self._turning += slow * (turn / seconds - self._turning)
        self._moving += slow * (way / seconds - self._moving)
        speed = np.linalg.norm(self._turning, axis=-1)
        trust = LEAST_TRUST + (1 - LEAST_TRUST) * confidence
        share = _share((strength.least_hz + strength.slope_hz * speed) * trust, seconds)
        root_hz = strength.root_least_hz + strength.root_slope_hz * float(np.linalg.norm(self._moving))
        back = turn * (share - 1)[:, None]
        self._local = local @ Rotation.from_rotvec(back).as_matrix()
        self._root = self._root + way * _share(root_hz, seconds)
        self.lag_s = float(((1 - share) / share * seconds) @ (speed + 1e-3) / (speed + 1e-3).sum())
        return back


def _share(cut_off_hz, seconds: float):
    """The weight of the new sample."""
    turns = 2 * np.pi * seconds * cut_off_hz
    return turns / (1 + turns)

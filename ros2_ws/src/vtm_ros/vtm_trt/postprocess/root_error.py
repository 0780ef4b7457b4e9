"""How sure one camera alone is of where the pelvis is: across its line of sight far more than along it."""

import numpy as np

from vtm.types import Motion

_LATERAL_M, _DEPTH_SHARE, _TURN_RAD, _LEAST_CONFIDENCE = 0.02, 0.05, 0.1, 0.05


def root_covariance(motion: Motion) -> np.ndarray:
    """(6, 6) of x, y, z (m) and of the rotations about them (rad), in optical axes.

    Standard deviations, divided by the pelvis' confidence: 2 cm across, 5 % of the distance in depth, 0.1 rad.
    """
    depth = _DEPTH_SHARE * abs(float(motion.root_cam[2]))
    deviation = np.array([_LATERAL_M, _LATERAL_M, depth, _TURN_RAD, _TURN_RAD, _TURN_RAD])
    deviation /= max(float(motion.confidence[0]), _LEAST_CONFIDENCE)
    return np.diag(deviation**2)

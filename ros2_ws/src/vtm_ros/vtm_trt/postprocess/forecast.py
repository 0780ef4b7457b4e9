"""The pose some time ahead, as the network's motion-ahead head says: it makes up for latency."""

from dataclasses import replace

import numpy as np

from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.types import Motion

SURE_FOR_S = 0.3
"""Seconds ahead in which a joint's confidence falls by a factor of e."""


class Prediction:
    """Turns every joint and moves the pelvis as `Motion.forecast` says, and lowers the confidences."""

    def reset(self) -> None:
        """Nothing is remembered."""
        pass

    def __call__(self, motion: Motion) -> Motion:
        """The pose at the end of the motion's forecast."""
        forecast = motion.forecast
        if forecast is None or forecast.seconds == 0:
            return motion
        local = matrix_from_quat(motion.quat_local.astype(np.float64)) @ matrix_from_rotvec(forecast.rotation_delta)
        return replace(
            motion,
            quat_local=quat_from_matrix(local).astype(np.float32),
            root_cam=(motion.root_cam + forecast.translation_delta).astype(np.float32),
            confidence=(motion.confidence * np.exp(-forecast.seconds / SURE_FOR_S)).astype(np.float32),
        )

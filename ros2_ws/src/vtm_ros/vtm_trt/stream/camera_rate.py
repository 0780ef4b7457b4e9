"""The camera's angular velocity from its known poses: an input of the network's trajectory decoder."""

import numpy as np
from scipy.spatial.transform import Rotation  # several times as fast as vtm.body.rotations for a single one

from vtm.types import CameraPose

LONGEST_GAP_S = 0.5
FASTEST = 3.0
"""rad/s; a faster rotation than any in training comes of a new estimate of the camera's pose, and is not told."""


class CameraRate:
    """Takes the camera's pose in each frame, in order of time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Any frame may come next."""
        self._stamp_ns: int = 0
        self._last: CameraPose | None = None

    def __call__(self, stamp_ns: int, camera: CameraPose | None) -> np.ndarray:
        """The camera's angular velocity since its last known pose.

        Args:
            stamp_ns: Of the frame, nanoseconds.
            camera: Its pose, None where it is unknown.

        Returns:
            (3,) rad/s about the camera's own axes; zero where it is unknown.
        """
        last, seconds = self._last, (stamp_ns - self._stamp_ns) * 1e-9
        if camera is None:
            return np.zeros(3)
        self._stamp_ns, self._last = stamp_ns, camera
        if last is None or last.source != camera.source or not 0 < seconds <= LONGEST_GAP_S:
            return np.zeros(3)
        rate = Rotation.from_matrix(last.rotation.T @ camera.rotation).as_rotvec() / seconds
        return rate if np.linalg.norm(rate) <= FASTEST else np.zeros(3)

"""A frame that shows nobody, as an observation."""

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.types import Frame, Observation


def nobody(frame: Frame) -> Observation:
    """The observation of a frame in which a person is not seen: every confidence is 0."""
    zeros = np.zeros(NUM_KEYPOINTS, np.float32)
    points = np.zeros((NUM_KEYPOINTS, 2), np.float32)
    return Observation(frame.stamp_ns, frame.intrinsics, points, zeros, camera_id=frame.camera_id)

"""The motions of one person as arrays, together with the keypoints that they were lifted from."""

from collections.abc import Sequence

import numpy as np

from vtm.body.rotations import matrix_from_quat
from vtm.types import Motion
from vtm_trt.bundle_adjustment import Recording


def evidence(motions: Sequence[Motion]) -> Recording:
    """`motions` of one person, in order of time, as arrays; `bone_ratio` is (T, 21)."""
    seen = [motion.observation for motion in motions]
    return Recording(
        local=matrix_from_quat(np.stack([motion.quat_local for motion in motions]).astype(np.float64)),
        root=np.stack([motion.root_cam for motion in motions]).astype(np.float64),
        bone_ratio=np.stack([motion.bone_ratio for motion in motions]).astype(np.float64),
        rays=np.stack([observation.rays for observation in seen]),
        confidence=np.stack([observation.confidence for observation in seen]),
        keypoint_convention=np.array([observation.keypoint_convention for observation in seen]),
        contacts=np.stack([motion.contacts for motion in motions]).astype(np.float64),
        seconds=np.array([motion.stamp_ns - motions[0].stamp_ns for motion in motions]) * 1e-9,
    )

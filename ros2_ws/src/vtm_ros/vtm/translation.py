"""Where the person is: the pelvis in camera axes from its depth and the 2D keypoints.

[ours] The paper back-projects the pelvis alone: X = x Z, Y = y Z with the ray (x, y). Here every limb joint votes:
joint j, at p_j from the pelvis and seen along the ray r_j, asks for X = r_j (Z + p_jz) - p_jxy, and the votes are
averaged by the confidence of the keypoints. One bad keypoint then moves the body less.
"""

import numpy as np

from vtm.body.skeleton import JOINT_INDEX
from vtm.keypoints import KEYPOINT_INDEX

_SHARED = [name for name in KEYPOINT_INDEX if name in JOINT_INDEX and name != "neck"]
_KEYPOINTS = [KEYPOINT_INDEX[name] for name in _SHARED]
_JOINTS = [JOINT_INDEX[name] for name in _SHARED]
_TRUSTED = 0.3


def root_from_depth(depth: float, joints: np.ndarray, rays: np.ndarray, confidence: np.ndarray) -> np.ndarray | None:
    """Pelvis position (3,) in the unit of `depth`, or None when no limb keypoint is trusted.

    joints (22, 3) relative to the pelvis in optical axes; rays (23, 2) normalised; confidence (23,).
    """
    weight = np.where(confidence[_KEYPOINTS] > _TRUSTED, confidence[_KEYPOINTS], 0.0)
    if not weight.any():
        return None
    relative = joints[_JOINTS]
    votes = rays[_KEYPOINTS] * (depth + relative[:, 2:]) - relative[:, :2]
    return np.array([*(weight @ votes / weight.sum()), depth], dtype=np.float32)

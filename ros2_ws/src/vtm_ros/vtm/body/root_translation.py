"""Where the person is: the pelvis in camera axes from its predicted depth and the 2D keypoints.

[ours] The paper back-projects the pelvis alone: X = x Z, Y = y Z along its ray (x, y), with Z as predicted. Here
every limb joint speaks. Joint j, at p_j from the pelvis t and seen along the ray (x, y), asks for

    t_x - x t_z = x p_jz - p_jx,    t_y - y t_z = y p_jz - p_jy,

and t solves these in the least-squares sense, weighted by the confidence of the keypoints, together with the prediction
t_z = Z at PRIOR_WEIGHT. So the size of the person in the image corrects the depth, and one bad keypoint moves the body
less.
"""

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.skeleton import JOINT_INDEX

PRIOR_WEIGHT = 8.0
"""How sure the prediction is: at w, 5 % of depth is as unlikely as 5 sqrt(w) cm of joint."""
LARGEST_CORRECTION = 1.5
"""The image may correct the predicted depth by this factor at most."""

_SHARED = [name for name in KEYPOINT_INDEX if name in JOINT_INDEX and name != "neck"]
_KEYPOINTS = [KEYPOINT_INDEX[name] for name in _SHARED]
_JOINTS = [JOINT_INDEX[name] for name in _SHARED]
_TRUSTED = 0.3


def solve_root(
    depth: float, joints: np.ndarray, rays: np.ndarray, confidence: np.ndarray, is_known: bool = False
) -> np.ndarray | None:
    """Where the pelvis is.

    Args:
        depth: The predicted depth of the pelvis, any unit.
        joints: (22, 3) relative to the pelvis in optical axes, the same unit.
        rays: (23, 2), normalised.
        confidence: (23,).
        is_known: Whether the depth stays as it is.

    Returns:
        (3,) float32 in the unit of `depth`, optical axes; None when no limb keypoint is trusted.
    """
    weight = np.where(confidence[_KEYPOINTS] > _TRUSTED, confidence[_KEYPOINTS], 0.0)
    total = weight.sum()
    if total == 0.0:
        return None
    share, relative = (weight / total)[:, None], joints[_JOINTS]
    ray = rays[_KEYPOINTS].astype(np.float64)
    wanted = ray * relative[:, 2:] - relative[:, :2]
    mean_ray, mean_wanted = (share * ray).sum(0), (share * wanted).sum(0)
    if is_known:
        return np.array([*(mean_wanted + mean_ray * depth), depth], dtype=np.float32)
    prior = PRIOR_WEIGHT / (total * depth**2)
    spread = (share * (ray - mean_ray) ** 2).sum()
    pull = -(share * (ray - mean_ray) * (wanted - mean_wanted)).sum()
    z = np.clip((pull + prior * depth) / (spread + prior), depth / LARGEST_CORRECTION, depth * LARGEST_CORRECTION)
    return np.array([*(mean_wanted + mean_ray * z), z], dtype=np.float32)

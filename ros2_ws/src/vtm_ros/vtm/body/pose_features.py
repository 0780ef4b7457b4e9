"""What a 2D pose network says of the body in space, as input for the image branch. For numpy and torch alike."""

from array_api_compat import array_namespace

from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS
from vtm.body.skeleton import LIMB_BONES, VIRTUAL_OFFSETS, bone_lengths

POSE_CHANNELS = 3 * NUM_KEYPOINTS + 1

_MID_HIP = KEYPOINT_INDEX["mid_hip"]
_LIMBS = [
    (KEYPOINT_INDEX[f"{side}_{upper}"], KEYPOINT_INDEX[f"{side}_{lower}"])
    for side in ("left", "right")
    for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
]
_ENDS, _STARTS = [end for _, end in _LIMBS], [start for start, _ in _LIMBS]
_LIMB_LENGTH = float(bone_lengths(VIRTUAL_OFFSETS)[LIMB_BONES].sum())
SMALLEST = 0.1
"""Points whose limbs are shorter than this share of the virtual skeleton's are no body."""


def pose_features(points):
    """Features (..., 70) of keypoints in space (..., 23, 3), camera axes.

    The points are centred on mid_hip and scaled to the limb length of the virtual skeleton, so position and unit do not
    matter. The last feature is 1; where the body is missing (a number that is not finite, or no extent), all are 0.
    """
    xp = array_namespace(points)
    finite = xp.isfinite(points)
    points = xp.where(finite, points, xp.zeros_like(points))
    limbs = xp.linalg.vector_norm(points[..., _ENDS, :] - points[..., _STARTS, :], axis=-1)
    size = xp.sum(limbs, axis=-1) / _LIMB_LENGTH
    there = xp.astype(xp.all(finite, axis=(-2, -1)) & (size > SMALLEST), points.dtype)
    centred = points - points[..., _MID_HIP : _MID_HIP + 1, :]
    scaled = centred * (there / xp.clip(size, SMALLEST, None))[..., None, None]
    flat = xp.reshape(scaled, (*points.shape[:-2], 3 * NUM_KEYPOINTS))
    return xp.concat([flat, there[..., None]], axis=-1)

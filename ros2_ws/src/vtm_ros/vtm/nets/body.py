"""The virtual skeleton in torch: offsets from bone ratios, and where the 2D keypoints sit on the joints."""

import torch
from torch import Tensor

from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES

_ON_BODY = {
    "nose": ("head", "head", (0.0894, 0.0, 0.0724)),
    "left_eye": ("head", "head", (0.0647, 0.0213, 0.1035)),
    "right_eye": ("head", "head", (0.0647, -0.0213, 0.1035)),
    "left_ear": ("head", "head", (0.0191, 0.0431, 0.0851)),
    "right_ear": ("head", "head", (0.0191, -0.0431, 0.0851)),
    "left_shoulder": ("left_shoulder", "left_collar", (0.0014, -0.0097, 0.0255)),
    "right_shoulder": ("right_shoulder", "right_collar", (0.0014, 0.0097, 0.0255)),
    "left_elbow": ("left_elbow", "left_shoulder", (0.0108, -0.0215, 0.0013)),
    "right_elbow": ("right_elbow", "right_shoulder", (0.0108, 0.0215, 0.0013)),
    "left_wrist": ("left_wrist", "left_elbow", (0.0064, 0.008, -0.0009)),
    "right_wrist": ("right_wrist", "right_elbow", (0.0064, -0.008, -0.0009)),
    "left_hip": ("left_hip", "pelvis", (0.0245, 0.0034, 0.0033)),
    "right_hip": ("right_hip", "pelvis", (0.0245, -0.0034, 0.0033)),
    "left_knee": ("left_knee", "left_hip", (-0.0107, -0.0038, 0.0006)),
    "right_knee": ("right_knee", "right_hip", (-0.0107, 0.0038, 0.0006)),
    "left_ankle": ("left_ankle", "left_knee", (0.0019, 0.0003, 0.0364)),
    "right_ankle": ("right_ankle", "right_knee", (0.0019, -0.0003, 0.0364)),
    "left_heel": ("left_ankle", "left_ankle", (-0.0296, -0.0015, -0.0243)),
    "right_heel": ("right_ankle", "right_ankle", (-0.0296, 0.0015, -0.0243)),
    "left_big_toe": ("left_foot", "left_foot", (0.0159, -0.0182, -0.0006)),
    "right_big_toe": ("right_foot", "right_foot", (0.0159, 0.0182, -0.0006)),
}
"""Keypoint -> the joint it sits at, the joint it turns with (that one or its parent), and its offset in the latter's
frame, virtual-skeleton metres. Fitted to what the shipped 2D network finds on rendered people (measure_pose2d.py)."""

_BASE = [JOINT_INDEX[_ON_BODY[name][0]] for name in KEYPOINT_NAMES[:21]]
KEYPOINT_JOINT = [JOINT_INDEX[_ON_BODY[name][1]] for name in KEYPOINT_NAMES[:21]]
"""The joint that each of the first 21 keypoints turns with; mid_hip and neck lie between two keypoints."""
_OFFSET = torch.tensor([_ON_BODY[name][2] for name in KEYPOINT_NAMES[:21]])
_LIMBS = range(KEYPOINT_INDEX["left_shoulder"], KEYPOINT_INDEX["right_ankle"] + 1)
_DEFINED_APART = torch.tensor([[float(index in _LIMBS)] for index in range(21)])
_MIDDLES = torch.tensor([
    [KEYPOINT_INDEX[side] for side in pair] for pair in (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"))
])  # fmt: skip


def offsets_from_ratio(ratio: Tensor) -> Tensor:
    """Joint offsets (..., 22, 3) of bone ratios (..., 21)."""
    virtual = torch.as_tensor(VIRTUAL_OFFSETS, dtype=ratio.dtype, device=ratio.device)
    return torch.cat(
        [torch.zeros_like(virtual[:1]).expand(*ratio.shape[:-1], 1, 3), virtual[1:] * ratio[..., None]], -2
    )


def keypoints_on_body(rotations: Tensor, positions: Tensor, definition: Tensor | float = 1.0) -> Tensor:
    """The 23 keypoints (..., 23, 3) of a body: global `rotations` (..., 22, 3, 3), joint `positions` (..., 22, 3).

    definition (..., 1, 1): where a detector puts shoulders to ankles, from 0, on the joints, to 1, where the shipped
    one does.
    """
    offset = (rotations[..., KEYPOINT_JOINT, :, :] @ _OFFSET.to(positions)[..., None])[..., 0]
    share = 1.0 - _DEFINED_APART.to(positions) * (1.0 - definition)
    points = positions[..., _BASE, :] + share * offset
    return torch.cat([points, points[..., _MIDDLES, :].mean(-2)], dim=-2)

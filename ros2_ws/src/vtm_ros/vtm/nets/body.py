"""The virtual skeleton in torch: offsets from bone ratios, and where the 2D keypoints sit on the joints."""

import torch
from torch import Tensor

from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.keypoints import KEYPOINT_NAMES

_ON_BODY = {
    "nose": ("head", (0.10, 0.0, 0.06)),
    "left_eye": ("head", (0.08, 0.03, 0.10)),
    "right_eye": ("head", (0.08, -0.03, 0.10)),
    "left_ear": ("head", (0.0, 0.075, 0.08)),
    "right_ear": ("head", (0.0, -0.075, 0.08)),
    "left_heel": ("left_ankle", (-0.05, 0.0, -0.06)),
    "right_heel": ("right_ankle", (-0.05, 0.0, -0.06)),
    "left_big_toe": ("left_foot", (0.06, 0.0, 0.0)),
    "right_big_toe": ("right_foot", (0.06, 0.0, 0.0)),
}
"""Keypoint -> joint and offset in that joint's frame, metres; the others sit on the joint of their name."""

KEYPOINT_JOINT = [JOINT_INDEX[_ON_BODY.get(name, (name,))[0]] for name in KEYPOINT_NAMES[:21]]
"""The joint that each of the first 21 keypoints sits on; mid_hip and neck lie between two."""
_OFFSET = torch.tensor([_ON_BODY.get(name, (name, (0.0, 0.0, 0.0)))[1] for name in KEYPOINT_NAMES[:21]])


def offsets_from_ratio(ratio: Tensor) -> Tensor:
    """Joint offsets (..., 22, 3) of bone ratios (..., 21)."""
    virtual = torch.as_tensor(VIRTUAL_OFFSETS, dtype=ratio.dtype, device=ratio.device)
    return torch.cat(
        [torch.zeros_like(virtual[:1]).expand(*ratio.shape[:-1], 1, 3), virtual[1:] * ratio[..., None]], -2
    )


def keypoints_on_body(rotations: Tensor, positions: Tensor) -> Tensor:
    """The 23 keypoints (..., 23, 3) of a body: global `rotations` (..., 22, 3, 3), joint `positions` (..., 22, 3)."""
    offset = _OFFSET.to(positions)[..., None]
    points = positions[..., KEYPOINT_JOINT, :] + (rotations[..., KEYPOINT_JOINT, :, :] @ offset)[..., 0]
    mid_hip = (positions[..., 1, :] + positions[..., 2, :]) / 2
    neck = (positions[..., 16, :] + positions[..., 17, :]) / 2
    return torch.cat([points, torch.stack([mid_hip, neck], dim=-2)], dim=-2)

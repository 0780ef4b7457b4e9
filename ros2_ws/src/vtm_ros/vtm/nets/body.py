"""The virtual skeleton in torch: offsets from bone ratios, and where the 2D keypoints sit on the joints."""

import torch
from torch import Tensor

from vtm.body.keypoint_sites import BASE, DEFINED_APART, FRAME, OFFSET
from vtm.body.skeleton import VIRTUAL_OFFSETS
from vtm.keypoints import KEYPOINT_INDEX

_OFFSET = torch.tensor(OFFSET, dtype=torch.float32)
_DEFINED_APART = torch.tensor(DEFINED_APART, dtype=torch.float32)
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
    offset = (rotations[..., FRAME, :, :] @ _OFFSET.to(positions)[..., None])[..., 0]
    share = 1.0 - _DEFINED_APART.to(positions) * (1.0 - definition)
    points = positions[..., BASE, :] + share * offset
    return torch.cat([points, points[..., _MIDDLES, :].mean(-2)], dim=-2)

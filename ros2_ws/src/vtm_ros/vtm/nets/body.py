"""The virtual skeleton in torch: offsets from bone ratios, and where the 2D keypoints sit on the joints."""

import torch
from torch import Tensor

from vtm.body.keypoint_offsets import BASE, DEFINED_APART, FRAME, OFFSET
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.skeleton import NUM_JOINTS, PARENTS, VIRTUAL_OFFSETS

_BASE, _FRAME = torch.tensor(BASE), torch.tensor(FRAME)
_OFFSET = torch.tensor(OFFSET, dtype=torch.float32)
_DEFINED_APART = torch.tensor(DEFINED_APART, dtype=torch.float32)
_MIDDLES = torch.tensor([
    [KEYPOINT_INDEX[side] for side in pair] for pair in (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"))
])  # fmt: skip


def _ancestors() -> list[Tensor]:
    """For each joint and the ground (22) the parent, then the parent's parent, then its fourth ancestor, and so on."""
    parents, tables = [NUM_JOINTS if parent < 0 else parent for parent in (*PARENTS, NUM_JOINTS)], []
    while any(joint < NUM_JOINTS for joint in parents):
        tables.append(torch.tensor(parents))
        parents = [parents[parent] for parent in parents]
    return tables


_ANCESTORS = _ancestors()


def kinematics_by_doubling(local: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """`forward_kinematics` with the pelvis at the origin, for a single frame: three steps instead of eight.

    Every joint's transform is multiplied from the left with its parent's, which then holds two links of the chain, then
    with that of the parent's parent, and so on. That is three times the arithmetic, so no way to treat whole clips.

    Args:
        local: (B, 22, 3, 3) rotations relative to the parent.
        offsets: (B, 22, 3) joint positions in the parent's frame.

    Returns:
        Global rotations (B, 22, 3, 3) and joint positions (B, 22, 3), the unit of the offsets.
    """
    chain = torch.cat([local, offsets[..., None]], dim=-1)
    last_row = torch.tensor([0.0, 0.0, 0.0, 1.0]).to(local).expand(*chain.shape[:-2], 1, 4)
    ground = torch.eye(4).to(local).expand(*chain.shape[:-3], 1, 4, 4)
    chain = torch.cat([torch.cat([chain, last_row], dim=-2), ground], dim=-3)
    for ancestors in _ANCESTORS:
        chain = chain.index_select(-3, ancestors.to(local.device)) @ chain
    rotations, joints = chain[..., :NUM_JOINTS, :3, :].split([3, 1], dim=-1)
    return rotations, joints[..., 0]


def offsets_from_ratio(ratio: Tensor) -> Tensor:
    """Joint offsets (..., 22, 3) of bone ratios (..., 21)."""
    virtual = torch.as_tensor(VIRTUAL_OFFSETS, dtype=ratio.dtype, device=ratio.device)
    return virtual * torch.cat([torch.ones_like(ratio[..., :1]), ratio], -1)[..., None]  # the pelvis' own offset is 0


def keypoints_on_body(rotations: Tensor, positions: Tensor, convention: Tensor | float = 1.0) -> Tensor:
    """Where the 23 keypoints are on a body.

    Args:
        rotations: (..., 22, 3, 3), global.
        positions: (..., 22, 3) of the joints, virtual-skeleton metres.
        convention: (..., 1, 1), where a detector puts shoulders to ankles, from 0, on the joints, to 1, where the
            shipped one does.

    Returns:
        (..., 23, 3).
    """
    points = sited_keypoints(rotations, positions, convention)
    return torch.cat([points, points[..., _MIDDLES, :].mean(-2)], dim=-2)


def sited_keypoints(rotations: Tensor, positions: Tensor, convention: Tensor | float = 1.0) -> Tensor:
    """`keypoints_on_body` without the last two, which lie between others, (..., 21, 3)."""
    device = positions.device
    offset = _OFFSET.to(positions) * (1.0 - _DEFINED_APART.to(positions) * (1.0 - convention))
    turned = (rotations.index_select(-3, _FRAME.to(device)) @ offset[..., None])[..., 0]
    return positions.index_select(-2, _BASE.to(device)) + turned

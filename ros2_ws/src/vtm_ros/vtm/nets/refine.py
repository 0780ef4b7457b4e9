"""Refinement [ours]: learned descent on the reprojection error, after the decoders.

The decoded pose says where its keypoints fall on the image; the detector says where they were seen. From the difference
follows, in closed form, by how much each joint would have to turn if it alone were to mend it. A small causal network
weighs these proposals against what the motion prior believes and turns the joints. It is the idea of learned gradient
descent [Song, Chen, Hilliges 2020], with Gauss-Newton's diagonal as the scale of the gradient.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vtm.body.keypoint_sites import FRAME, SITED
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rot6d
from vtm.body.skeleton import NUM_JOINTS, PARENTS
from vtm.nets.body import keypoints_on_body
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, ResidualBlock, start_quiet
from vtm.nets.tpmae import MotionCode

POINTS = SITED
LARGEST_ERROR = 0.4
"""A keypoint further than this from the pose's own, in virtual-skeleton metres, pulls no harder."""
SOFTENING = 0.02
"""Added to the moment of inertia of what a joint moves, square metres: light parts are not flung about."""
NEAREST = 0.3


def _moved_by() -> Tensor:
    """(22, 21) 0/1: joint -> the keypoints that turn with it."""
    moved = torch.zeros(NUM_JOINTS, POINTS)
    for point, joint in enumerate(FRAME):
        while joint >= 0:
            moved[joint, point] = 1.0
            joint = PARENTS[joint]
    return moved


@dataclass
class Pose:
    """A motion after forward kinematics.

    local, rotations: (B, T, 22, 3, 3) parent- and camera-relative.  joints: (B, T, 22, 3) from the pelvis, camera axes,
    virtual-skeleton metres.
    """

    motion: MotionCode
    local: Tensor
    rotations: Tensor
    joints: Tensor

    @classmethod
    def of(cls, motion: MotionCode, offsets: Tensor) -> "Pose":
        """The pose of `motion` on a skeleton with joint offsets (B, 1 or T, 22, 3)."""
        local = matrix_from_rot6d(motion.rot6d)
        return cls(motion, local, *forward_kinematics(local, offsets, torch.zeros_like(local[..., 0, :, 0])))


class Proposal(nn.Module):
    """Where a pose misses its keypoints, and the turn of every joint that would mend it."""

    moved: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("moved", _moved_by(), persistent=False)

    def forward(
        self, rotations: Tensor, joints: Tensor, log_depth: Tensor, rays: Tensor, sure: Tensor, definition: Tensor
    ) -> Tensor:
        """Global rotations (B, T, 22, 3, 3), joints (B, T, 22, 3) from the pelvis, its log depth (B, T), rays
        (B, T, 21, 2), confidence (B, T, 21), definition (B, T) of the keypoints -> (B, T, 21 * 2 + 22 * 3 + 1): errors
        in virtual-skeleton metres at the body, turns in radians about each joint's own axes, and a proposed change of
        the depth in metres."""
        points = keypoints_on_body(rotations, joints, definition[..., None, None])[:, :, :POINTS]
        depth = (points[..., 2:] + log_depth.exp()[..., None, None]).clamp(min=NEAREST)
        weight = sure[..., None]
        total = weight.sum(-2, keepdim=True) + 0.1
        gap = rays * depth - points[..., :2]
        mean_gap, mean_ray = ((weight * x).sum(-2, keepdim=True) / total for x in (gap, rays))
        error = (gap - mean_gap).clamp(-LARGEST_ERROR, LARGEST_ERROR) * weight
        push = torch.cat([error, -(error * rays).sum(-1, keepdim=True)], dim=-1)
        about_origin = torch.linalg.cross(points, push)
        moment = self.moved @ about_origin - torch.linalg.cross(joints, self.moved @ push)
        mass, first = self.moved @ weight, self.moved @ (weight * points)
        second = self.moved @ (weight * (points**2).sum(-1, keepdim=True))
        inertia = second - 2 * (joints * first).sum(-1, keepdim=True) + mass * (joints**2).sum(-1, keepdim=True)
        turn = (rotations.transpose(-1, -2) @ moment[..., None])[..., 0] / (inertia + SOFTENING)
        spread = (weight * (rays - mean_ray) ** 2).sum((-1, -2)) + 1e-3
        nearer = -(error * (rays - mean_ray)).sum((-1, -2)) / spread
        return torch.cat([10 * error.flatten(2), 4 * turn.flatten(2), nearer[..., None]], dim=-1)


class Refinement(nn.Module):
    """One step: pose, proposals and the decoders' features -> a better pose and the error still expected of it."""

    def __init__(self, features: int, channels: int):
        super().__init__()
        self.propose = Proposal()
        self.features = nn.Sequential(ChannelNorm(features), nn.Conv1d(features, channels, 1))
        self.enter = CausalConv(2 * POINTS + 3 * NUM_JOINTS + 1 + POINTS + 6 * NUM_JOINTS, channels, 3)
        self.block = ResidualBlock(channels)
        self.leave = nn.Conv1d(channels, 4 * NUM_JOINTS + 1, 1)
        start_quiet(self.leave)

    def forward(
        self,
        motion: MotionCode,
        log_error: Tensor,
        features: Tensor,
        offsets: Tensor,
        rays: Tensor,
        sure: Tensor,
        definition: Tensor,
        history: History,
    ) -> tuple[MotionCode, Tensor, Pose]:
        """log_error (B, T, 22); features (B, C, T); offsets (B, T, 22, 3); rays (B, T, 21, 2) and confidence
        (B, T, 21) of the very frames of `motion`; definition (B, T): see `keypoints_on_body`. Also returns the pose
        that went in."""
        pose = Pose.of(motion, offsets)
        proposal = self.propose(pose.rotations, pose.joints, motion.log_depth, rays, sure, definition)
        state = torch.cat([proposal, sure, motion.rot6d.flatten(2)], dim=-1)
        y = self.enter(state.transpose(1, 2), history) + self.features(features)
        change = self.leave(torch.nn.functional.gelu(self.block(y, history))).transpose(1, 2)
        turn, depth, doubt = change.split([3 * NUM_JOINTS, 1, NUM_JOINTS], dim=-1)
        rot6d = _turned(pose.local, turn.unflatten(-1, (NUM_JOINTS, 3)))
        return MotionCode(rot6d, motion.log_depth + depth[..., 0], motion.velocity), log_error + doubt, pose


def _turned(local: Tensor, turn: Tensor) -> Tensor:
    """The 6-D form of R (1 + [turn]x), to first order the rotation R followed by `turn` about its own axes."""
    x, y, z = local.unbind(-1)
    a, b, c = turn[..., None].unbind(-2)
    return torch.cat([x + c * y - b * z, y - c * x + a * z], dim=-1)

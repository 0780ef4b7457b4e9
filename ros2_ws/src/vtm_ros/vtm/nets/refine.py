"""Refinement [ours]: learned descent on the reprojection error, after the decoders.

The decoded pose says where its keypoints fall on the image; the detector says where they were seen. From the difference
follows, in closed form, by how much each joint would have to turn if it alone were to mend it. A small causal network
weighs these proposals against what the motion prior believes and turns the joints. It is the idea of learned gradient
descent [Song, Chen, Hilliges 2020], with Gauss-Newton's diagonal as the scale of the gradient.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vtm.body.keypoint_offsets import FRAME, SITED
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import cross_products, matrix_from_rot6d
from vtm.body.skeleton import NUM_JOINTS, PARENTS
from vtm.nets.body import kinematics_by_doubling, sited_keypoints
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, PerFrame, ResidualBlock, start_quiet
from vtm.nets.tpmae import REST_6D, MotionCode

POINTS = SITED
LARGEST_ERROR = 0.4
"""Errors of keypoints are clipped to this, virtual-skeleton metres."""
SOFTENING = 0.02
"""Added to the moment of inertia of what a joint moves, square metres, so that light parts turn by little."""
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

    Attributes:
        motion: The code.
        local: (B, T, 22, 3, 3) relative to the parent.
        rotations: (B, T, 22, 3, 3) relative to the camera.
        joints: (B, T, 22, 3) from the pelvis, camera axes, virtual-skeleton metres.
    """

    motion: MotionCode
    local: Tensor
    rotations: Tensor
    joints: Tensor

    @classmethod
    def of(cls, motion: MotionCode, offsets: Tensor) -> "Pose":
        """The pose of `motion` on a skeleton with joint offsets (B, 1 or T, 22, 3), virtual-skeleton metres."""
        local = matrix_from_rot6d(motion.rot6d)
        if local.dim() == 4:
            return cls(motion, local, *kinematics_by_doubling(local, offsets))
        return cls(motion, local, *forward_kinematics(local, offsets, torch.zeros_like(local[..., 0, :, 0])))


class Proposal(nn.Module):
    """Where a pose misses its keypoints, and the rotation of every joint that would mend it."""

    moved: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("moved", _moved_by(), persistent=False)

    def forward(
        self, rotations: Tensor, joints: Tensor, log_depth: Tensor, rays: Tensor, sure: Tensor, convention: Tensor
    ) -> Tensor:
        """Compare a pose with the keypoints.

        Args:
            rotations: (B, T, 22, 3, 3), global.
            joints: (B, T, 22, 3) from the pelvis, virtual-skeleton metres.
            log_depth: (B, T) of the pelvis.
            rays: (B, T, 21, 2), where the keypoints were seen.
            sure: (B, T, 21), their confidence.
            convention: (B, T), as in `keypoints_on_body`.

        Returns:
            (B, T, 21 * 2 + 22 * 3 + 1), scaled: errors in virtual-skeleton metres at the body, rotations in radians
            about each joint's own axes, and a proposed change of the depth.
        """
        points = sited_keypoints(rotations, joints, convention[..., None, None])
        across, along = points.split([2, 1], dim=-1)
        depth = (along + log_depth.exp()[..., None, None]).clamp(min=NEAREST)
        weight = sure[..., None]
        total = weight.sum(-2, keepdim=True) + 0.1
        aside = rays - (weight * rays).sum(-2, keepdim=True) / total
        pull = -aside / ((weight * aside**2).sum((-1, -2), keepdim=True) + 1e-3)
        gap = rays * depth - across
        mean_gap = (weight * gap).sum(-2, keepdim=True) / total
        error = (gap - mean_gap).clamp(-LARGEST_ERROR, LARGEST_ERROR) * weight
        push = torch.cat([error, (error * -rays).sum(-1, keepdim=True)], dim=-1)
        weighted = weight * points
        each = [cross_products(points, push), push, weighted, (weighted * points).sum(-1, keepdim=True), weight]
        about_origin, force, first, second, mass = (self.moved @ torch.cat(each, dim=-1)).split([6, 3, 3, 1, 1], dim=-1)
        plus, minus = (about_origin - cross_products(joints, force)).split(3, dim=-1)
        inertia = second + (joints * (mass * joints - 2 * first)).sum(-1, keepdim=True)
        turn = ((plus - minus)[..., None, :] @ rotations)[..., 0, :] / (inertia + SOFTENING)
        nearer = (error * pull).sum((-1, -2))
        return torch.cat([10 * error.flatten(-2), 4 * turn.flatten(-2), nearer[..., None]], dim=-1)


class Refinement(nn.Module):
    """One step: pose, proposals and the decoders' features to a better pose and the error still expected of it."""

    def __init__(self, features: int, channels: int):
        super().__init__()
        self.propose = Proposal()
        self.features = nn.Sequential(ChannelNorm(features), PerFrame(features, channels))
        self.enter = CausalConv(2 * POINTS + 3 * NUM_JOINTS + 1 + POINTS + 6 * NUM_JOINTS, channels, 3)
        self.block = ResidualBlock(channels)
        self.leave = PerFrame(channels, 4 * NUM_JOINTS + 1)
        start_quiet(self.leave)

    def forward(
        self,
        motion: MotionCode,
        log_error: Tensor,
        features: Tensor,
        offsets: Tensor,
        rays: Tensor,
        sure: Tensor,
        convention: Tensor,
        history: History,
    ) -> tuple[MotionCode, Tensor, Pose]:
        """Take the step.

        Args:
            motion: (B, T) frames.
            log_error: (B, T, 22), log of the position error that is expected, metres.
            features: (B, C, T) of the decoders.
            offsets: (B, T, 22, 3) of the skeleton.
            rays: (B, T, 21, 2) of the very frames of `motion`.
            sure: (B, T, 21), their confidence.
            convention: (B, T), as in `keypoints_on_body`.
            history: The layers' past.

        Returns:
            The better motion, its expected log error (B, T, 22), and the pose that went in.
        """
        pose = Pose.of(motion, offsets)
        proposal = self.propose(pose.rotations, pose.joints, motion.log_depth, rays, sure, convention)
        state = torch.cat([proposal, sure, motion.rot6d.flatten(-2)], dim=-1)
        y = self.enter(state.movedim(-1, 1), history) + self.features(features)
        change = self.leave(torch.nn.functional.gelu(self.block(y, history))).movedim(1, -1)
        turn, depth, doubt = change.split([3 * NUM_JOINTS, 1, NUM_JOINTS], dim=-1)
        rot6d = _turned(pose.local, turn.unflatten(-1, (NUM_JOINTS, 3)))
        return MotionCode(rot6d, motion.log_depth + depth[..., 0], motion.velocity), log_error + doubt, pose


def _turned(local: Tensor, turn: Tensor) -> Tensor:
    """The 6-D form of R (1 + [turn]x), to first order the rotation R followed by `turn` about its own axes."""
    start, sign = (torch.tensor(x).to(turn) for x in (REST_6D, (0.0, 1.0, -1.0, -1.0, 0.0, 1.0)))
    columns = start + sign * turn.index_select(-1, torch.tensor((0, 2, 1, 2, 0, 0), device=turn.device))
    return (columns.unflatten(-1, (2, 3)) @ local.transpose(-1, -2)).flatten(-2)

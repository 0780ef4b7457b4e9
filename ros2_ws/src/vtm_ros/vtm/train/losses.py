"""What the two training stages minimise.

[paper] weighted reconstruction, smoothness, manifold alignment, bone ratio; [ours] positions after forward kinematics
(once more across the line of sight, where the image is sharp) and their velocity, contacts, and the error each joint
expects of itself.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vtm.body.rotations import matrix_from_rotvec
from vtm.nets.forecast import LONGEST_S
from vtm.nets.refine import Pose
from vtm.samples.windows import Windows

JOINT_WEIGHTS = torch.tensor([1.0] * 7 + [2.0, 2.0, 1.0] + [1.0] * 8 + [2.0, 2.0, 2.0, 2.0])
"""Ankles, elbows and wrists count twice: hands and feet are what robots copy."""

ALIKE = 0.15
"""Radians within which two rotations count as the same pose."""

SMALLEST_LOG_ERROR = -7.0
"""Floor of the expected error, 1 mm: without it the likelihood of an exact joint is unbounded."""


def reconstruction(
    pose: Pose, windows: Windows, when: Tensor, weights: dict[str, float]
) -> tuple[dict[str, Tensor], Tensor]:
    """Compare a pose with the exact windows.

    Args:
        pose: (B, T) frames.
        windows: The targets.
        when: (B, T), 1 where a frame counts.
        weights: Of the terms, by name.

    Returns:
        The weighted terms, and the position errors (B, T, 22) in metres: of the joints relative to the pelvis, and for
        the pelvis that of its depth.
    """
    motion, local, joints = pose.motion, pose.local, pose.joints
    error = (joints - windows.joints).norm(dim=-1)
    both = when[:, 1:] * when[:, :-1]
    speed = (torch.diff(joints, dim=1) - torch.diff(windows.joints, dim=1)).norm(dim=-1)
    depth_speed = torch.diff(motion.log_depth - windows.motion.log_depth, dim=1)
    bend = torch.diff(motion.rot6d, n=2, dim=1) - torch.diff(windows.motion.rot6d, n=2, dim=1)
    unlike = _unlike(local, windows.local) + _unlike(pose.rotations, windows.rotations)
    terms = {
        "root": _mean((local - windows.local)[:, :, 0].abs().mean((-1, -2)), when) * weights["root"],
        "non_root": _mean((local - windows.local)[:, :, 1:].abs().mean((-1, -2, -3)), when) * weights["non_root"],
        "global": _mean((pose.rotations - windows.rotations).abs().mean((-1, -2, -3)), when) * weights["global"],
        "mode": _mean(unlike, when) * weights["mode"],
        "depth": _mean((motion.log_depth - windows.motion.log_depth).abs(), when) * weights["depth"],
        "depth_speed": _mean(depth_speed.abs(), both) * weights["depth_speed"],
        "depth_rate": _mean((motion.velocity - windows.motion.velocity).abs().clamp(max=2), when)
        * weights["depth_rate"],
        "position": _mean((error * JOINT_WEIGHTS.to(error)).mean(-1), when) * weights["position"],
        "lateral": _mean((joints - windows.joints)[..., :2].norm(dim=-1).mean(-1), when) * weights["lateral"],
        "speed": _mean((speed * JOINT_WEIGHTS.to(error)).mean(-1), both) * weights["speed"],
        "smooth": _mean(bend.abs().mean((-1, -2)), both[:, 1:]) * weights["smooth"],
    }
    depth_error = (motion.log_depth.exp() - windows.root[..., 2]).abs()
    return terms, torch.cat([depth_error[..., None], error[..., 1:]], dim=-1)


def heads(
    contact: Tensor, log_error: Tensor, error: Tensor, windows: Windows, when: Tensor, weights: dict[str, float]
) -> dict[str, Tensor]:
    """Contacts by cross-entropy; the expected position error as the scale of a Laplace distribution.

    Args:
        contact: Logits (B, T, 4).
        log_error: (B, T, 22), log of the expected error, metres.
        error: (B, T, 22), the actual one.
        windows: The targets.
        when: (B, T), 1 where a frame counts.
        weights: Of the terms, by name.
    """
    contacts = F.binary_cross_entropy_with_logits(contact, windows.contact, reduction="none").mean(-1)
    log_error = log_error.clamp(min=SMALLEST_LOG_ERROR)
    surprise = log_error + error.detach() * torch.exp(-log_error)
    return {"contact": _mean(contacts, when) * weights["contact"], "confidence": 0.02 * _mean(surprise.mean(-1), when)}


@dataclass
class Future:
    """What is known of the motion some frames on.

    Attributes:
        horizon: (B, T) s.
        turn: (B, T, 22, 3, 3), each joint's rotation until then about its own axes.
        way: (B, T, 3) of the pelvis in camera axes, virtual-skeleton metres.
        when: (B, T), 1 where it is known.
    """

    horizon: Tensor
    turn: Tensor
    way: Tensor
    when: Tensor


def future(windows: Windows, when: Tensor, frames: int) -> Future:
    """The motion `frames` frames after each frame of `windows`; `when` (B, T) is 1 where a frame counts."""
    count = when.shape[1]
    later = torch.arange(count, device=when.device).add(frames).clamp(max=count - 1)
    seconds = windows.interval[..., 0].cumsum(1)
    horizon = seconds[:, later] - seconds
    known = when * (horizon > 0) * (horizon <= LONGEST_S)
    known[:, count - frames :] = 0
    turn = windows.local.transpose(-1, -2) @ windows.local[:, later]
    return Future(horizon.clamp(max=LONGEST_S), turn, windows.root[:, later] - windows.root, known)


def ahead(turn: Tensor, way: Tensor, future: Future, weights: dict[str, float]) -> dict[str, Tensor]:
    """How far the forecast is off.

    Args:
        turn: (B, T, 22, 3) rotation vectors.
        way: (B, T, 3), virtual-skeleton metres.
        future: What really follows.
        weights: Of the terms, by name.
    """
    off = (matrix_from_rotvec(turn) - future.turn).abs().mean((-1, -2, -3)) + (way - future.way).abs().mean(-1)
    return {"ahead": _mean(off, future.when) * weights["ahead"]}


def alignment(upper: Tensor, lower: Tensor, true_upper: Tensor, true_lower: Tensor, when: Tensor) -> Tensor:
    """Manifold alignment: pull Z~ to Z, upper and lower separately.

    Args:
        upper: (B, latent, T), and so are the other latents.
        lower: Z~_l.
        true_upper: Z_u.
        true_lower: Z_l.
        when: (B, T), 1 where a frame counts.
    """
    return _mean((upper - true_upper).pow(2).mean(1), when) + _mean((lower - true_lower).pow(2).mean(1), when)


def _mean(value: Tensor, when: Tensor) -> Tensor:
    return (value * when).sum() / when.sum().clamp(min=1)


def _unlike(found: Tensor, true: Tensor) -> Tensor:
    """The share (B, T) of the joints that are turned otherwise, by Welsch's function of the angle.

    Beyond ALIKE it does not matter how far: of several likely poses one is found, and not their mean, in which every
    hinge is bent.

    Args:
        found: (B, T, J, 3, 3) rotations.
        true: (B, T, J, 3, 3) rotations.
    """
    squared_angle = (found - true).pow(2).sum((-1, -2)) / 2
    return (1 - torch.exp(-squared_angle / (2 * ALIKE**2))).mean(-1)

"""Validation on held-out subjects: the accuracy of a network over windows it has never seen."""

from dataclasses import replace

import torch

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rot6d
from vtm.metrics.pose import mpjae, mpjpe, pa_mpjpe
from vtm.metrics.score import JUDGED
from vtm.metrics.smoothness import jitter
from vtm.nets.body import offsets_from_ratio
from vtm.nets.tpve import lookahead_select
from vtm.nets.vtm import VTM
from vtm.samples.clips import Clips
from vtm.samples.windows import Windows, body_size, sample

WARM_UP = 15
"""Frames at the start of a window that are not judged, but for `first_mpjpe_mm`, which judges the very first one."""


def evaluate(
    net: VTM,
    clips: Clips,
    lookahead: int,
    batches: int,
    size: int,
    frames: int = 80,
    measured: float = 1.0,
    camera_rate: bool = True,
) -> dict[str, float]:
    """Accuracy over windows of held-out clips at 30 frames/s, always the same ones.

    Args:
        net: The network.
        clips: The held-out clips.
        lookahead: Frames.
        batches: Number of batches.
        size: Windows of each batch.
        frames: Of each window.
        measured: Share of windows with measured 2D errors; the others have synthetic ones.
        camera_rate: Whether the network is told how the camera turns.

    Returns:
        The scores by name.
    """
    generator = torch.Generator().manual_seed(7)
    drawn = (sample(clips, size, frames, generator, varied=None, measured=measured) for _ in range(batches))
    rows = [
        evaluate_windows(net, w if camera_rate else replace(w, camera_rate=torch.zeros_like(w.camera_rate)), lookahead)
        for w in drawn
    ]
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}


@torch.no_grad()
def evaluate_windows(net: VTM, w: Windows, lookahead: int) -> dict[str, float]:
    """Accuracy on windows of 30 frames/s. Only frames that show somebody are judged: the others become no motion.

    Args:
        net: The network.
        w: The windows.
        lookahead: Frames.
    """
    training = net.training
    net.eval()
    size, frames, _ = w.interval.shape
    device = next(net.parameters()).device
    arrived = torch.ones_like(w.interval)
    select = lookahead_select(lookahead)[None].expand(size, -1, -1)
    found = (w.rays, w.confidence, w.box, w.interval, w.camera_rate)
    inputs = (*found, arrived, select, torch.zeros(size, frames), w.convention)
    out = net(*(x.to(device) for x in inputs), image=w.image.to(device))
    end = frames - lookahead
    ratio = out.log_bone_ratio.exp().cpu()[:, lookahead:]
    local = matrix_from_rot6d(out.motion.rot6d.cpu())[:, lookahead:]
    log_depth = out.motion.log_depth.cpu()[:, lookahead:]
    rotations, joints = forward_kinematics(local, offsets_from_ratio(ratio), torch.zeros_like(w.root[:, :end]))
    person = body_size(w.log_bone_ratio.exp())[..., None, None]  # 1 on the virtual skeleton
    judged, true = joints[:, :, JUDGED] / person, w.joints[:, :end, JUDGED] / person
    seen = w.seen[:, :end].bool()
    first, late = seen[:, 0], seen & (torch.arange(end) >= WARM_UP)
    steady = late.unfold(1, 4, 1).all(-1)
    net.train(training)
    return {
        "mpjpe_mm": 1e3 * float(mpjpe(judged[late], true[late])),
        "pa_mpjpe_mm": 1e3 * float(pa_mpjpe(judged[late], true[late])),
        "mpjae_deg": float(mpjae(rotations[late], w.rotations[:, :end][late])),
        "mpjae_local_deg": float(mpjae(local[late], w.local[:, :end][late])),
        "first_mpjpe_mm": 1e3 * float(mpjpe(judged[first, 0], true[first, 0])),
        "depth_percent": 100 * float((log_depth - w.motion.log_depth[:, :end])[late].abs().mean()),
        "bone_percent": 100 * float((out.log_bone_ratio.cpu()[:, -1] - w.log_bone_ratio).abs().mean()),
        "jitter_m_s3": float(jitter(judged.unfold(1, 4, 1).movedim(-1, 2)[steady], 30.0)),
        "true_jitter_m_s3": float(jitter(true.unfold(1, 4, 1).movedim(-1, 2)[steady], 30.0)),
    }  # fmt: skip

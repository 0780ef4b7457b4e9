"""The model card, written by the training program so that it can only say what was measured."""

import platform
from datetime import date
from textwrap import fill

import torch

from vtm.learn.clips import Clips
from vtm.learn.config import TrainConfig
from vtm.nets.image_features import image_features
from vtm.nets.vtm import VTM

_ROWS = (
    ("mpjpe_mm", "MPJPE, mm"),
    ("pa_mpjpe_mm", "PA-MPJPE, mm"),
    ("mpjae_deg", "MPJAE (camera-relative), degrees"),
    ("mpjae_local_deg", "MPJAE (parent-relative), degrees"),
    ("first_mpjpe_mm", "MPJPE of the very first output, mm"),
    ("depth_percent", "depth error, %"),
    ("bone_percent", "bone length error up to global scale, %"),
    ("jitter_m_s3", "jitter, m/s³"),
    ("true_jitter_m_s3", "jitter of the recordings themselves, m/s³"),
)


def model_card(
    net: VTM, config: TrainConfig, scores: dict[str, dict[str, float]], train: Clips, val: Clips, films: int = 0
) -> str:
    """Markdown: what the network is, what it learned from, what it scores. films: rendered clips it learned from."""
    kept = [parameter for name, parameter in net.named_parameters() if not name.startswith("tpmae.encode")]
    size = sum(parameter.numel() for parameter in kept) / 1e6
    made_on = f"Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}"
    pictures = (
        f"{config.render_share:.0%} of each batch came from {films} clips of rendered people (Anny, Apache-2.0), as "
        "the shipped 2D network sees them. No picture of a real person was used."
        if films
        else "No image and no body model was used."
    )
    table = [
        "| | " + " | ".join(key.replace("lookahead_", "look-ahead ").replace("_", " ") for key in scores) + " |",
        f"|---|{'---|' * len(scores)}",
        *(f"| {label} | " + " | ".join(f"{row[key]:.1f}" for row in scores.values()) + " |" for key, label in _ROWS),
    ]
    return "\n".join([
        "# `vtm`: TPVE and the decoders of TPMAE, one streaming step",
        _paragraph(f"""{size:.1f} M parameters at run time; image features `{config.image}`:
            {image_features(config.image).what}. Written by `vtm train` on {date.today().isoformat()} ({made_on})."""),
        _paragraph(f"""**Made by** `vtm train --clips cmu_clips.npz --out runs/vtm` with `config/train.yaml`:
            {config.prior_steps} steps of stage 1 (TPMAE alone), {config.steps} of stage 2 (TPVE with the pre-trained
            TPMAE), {config.batch} windows of {config.frames} frames each, seed {config.seed}."""),
        _paragraph(f"""**Data**: {len(train)} clips, {train.minutes():.1f} minutes, of the CMU Graphics Lab motion
            capture database on the 22-joint skeleton, seen by virtual cameras with synthetic 2D noise. {pictures}
            The data used in this project was obtained from mocap.cs.cmu.edu. The database was created with funding from
            NSF EIA-0196217."""),
        _paragraph(f"""**Validation**: {len(val)} clips, {val.minutes():.1f} minutes, of subjects training never saw,
            re-targeted to the virtual skeleton with each figure's own limb lengths, at 30 frames/s, virtual cameras and
            2D noise of the same, assumed and not measured, statistics; {8 * config.val_windows} windows; 14 joints.
            The first 15 outputs of a window are judged in one line only, that of the very first output."""),
        "",
        *table,
        _paragraph("""**Licence**: Apache-2.0. **Limits**: one person; little training motion on the floor, sitting or
            upside down; metric size is an average adult's unless the subject's height is given; joint confidences are
            the network's own and not yet calibrated on real video. Not for decisions about life and limb."""),
        "",
    ])  # fmt: skip


def _paragraph(text: str) -> str:
    return "\n" + fill(" ".join(text.split()), 120)

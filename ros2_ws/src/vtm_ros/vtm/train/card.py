"""The model card, written by the training program so that it can only say what was measured."""

import platform
from collections.abc import Sequence
from datetime import date
from textwrap import fill

import torch

from vtm.nets.image_features import image_features
from vtm.nets.vtm import VTM
from vtm.samples.clips import Clips
from vtm.train.config import TrainConfig

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
    net: VTM, config: TrainConfig, scores: dict[str, dict[str, float]], passes: Sequence[str], val: Clips
) -> str:
    """The model card in Markdown: what the network is, what it has been through, what it scores.

    Args:
        net: The network.
        config: Of the last training.
        scores: By look-ahead, the scores by name.
        passes: What the weights have been through, a sentence for each training.
        val: The held-out clips.
    """
    kept = [parameter for name, parameter in net.named_parameters() if not name.startswith("tpmae.encode")]
    size = sum(parameter.numel() for parameter in kept) / 1e6
    made_on = f"Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}"
    table = [
        "| | " + " | ".join(key.replace("lookahead_", "look-ahead ").replace("_", " ") for key in scores) + " |",
        f"|---|{'---|' * len(scores)}",
        *(f"| {label} | " + " | ".join(f"{row[key]:.1f}" for row in scores.values()) + " |" for key, label in _ROWS),
    ]
    return "\n".join([
        "# `vtm`: TPVE and the decoders of TPMAE, one streaming step",
        _paragraph(f"""{size:.1f} M parameters at run time; image features `{config.image}`:
            {image_features(config.image).what}. Written by `vtm train` on {date.today().isoformat()} ({made_on})."""),
        _paragraph("""**Made by** `vtm train`, one pass after the other, each from the weights of the one before:"""),
        "",
        *(fill(f"{number}. {text}.", 120, subsequent_indent="   ") for number, text in enumerate(passes, 1)),
        _paragraph("""**Data**: motion on the 22-joint skeleton, seen by virtual cameras, with 2D errors half of which
            are measured and half synthetic; people rendered from the body model Anny (Apache-2.0 code, CC0 data), as
            the shipped 2D network sees them. No picture of a real person was used. The motion data used in this project
            was obtained from mocap.cs.cmu.edu. The database was created with funding from NSF EIA-0196217. Since
            2026-11-28 also motion of the Open Motion Project by ACCAD/The Ohio State University (CC BY 3.0), of
            AnimatedDrawings (MIT) and of MASS (Apache-2.0), all with leg bones shortened so that people stand straight
            (`vtm data import`)."""),
        _paragraph(f"""**Validation**: {len(val)} clips, {val.minutes():.1f} minutes, of subjects training never saw,
            re-targeted to the virtual skeleton with each figure's own limb lengths, at 30 frames/s, with virtual
            cameras and, unless stated otherwise, 2D errors measured on rendered clips that training never saw.
            {8 * config.val_windows} windows; 14 joints; frames that show nobody do not count. The first 15 outputs of a
            window are judged in one line only, that of the very first output."""),
        "",
        *table,
        _paragraph("""**Licence**: Apache-2.0. **Limits**: one person; unusual poses are weak, and legs that are
            not seen are thought straight; metric size is an average adult's unless the subject's height is given;
            joint confidences are
            the network's own and not yet calibrated on real video. Not for decisions about life and limb."""),
        "",
    ])  # fmt: skip


def _paragraph(text: str) -> str:
    return "\n" + fill(" ".join(text.split()), 120)

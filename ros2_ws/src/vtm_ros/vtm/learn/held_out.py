"""Windows of the held-out recordings for `vtm eval`. PyTorch is imported when it runs, not before."""

from pathlib import Path

import numpy as np

from vtm.body.skeleton import scaled_offsets
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.metrics.example import Example
from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.records import Observation

FPS = 30.0
FRAMES = 80
SEED = 7
WARM_UP = 15
"""Frames at the start of a window that are not judged: a window cuts a motion where nobody would."""
LONGEST_LOOKAHEAD = 8
"""Frames at the end that are not judged, for the same reason, at any look-ahead: all are judged on the same frames."""
PROTOCOL = Protocol(skip_first=WARM_UP, skip_last=LONGEST_LOOKAHEAD)
NORMALISED = Intrinsics(1, 1, 1.0, 1.0, 0.0, 0.0)
"""The camera whose pixels are rays."""


def held_out_examples(clips_file: Path, count: int) -> list[Example]:
    """`count` windows, spread evenly over the `val` split of `clips_file`, seen by virtual cameras with the 2D noise of
    training. Always the same ones for the same file, count and noise.
    """
    try:
        import torch

        from vtm.learn.clips import Clips
        from vtm.learn.windows import sample
    except ImportError as missing:
        raise VtmError(f"projecting recordings needs PyTorch ({missing}); run scripts/setup.sh test") from missing
    clips = Clips(clips_file, "val")
    ends = clips.length.cumsum(0).numpy()
    chosen = np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1], side="right")
    generator = torch.Generator().manual_seed(SEED)
    examples = []
    for clip, windows in zip(*np.unique(chosen, return_counts=True), strict=True):
        drawn = sample(clips.single(int(clip)), int(windows), FRAMES, generator, varied=False)
        examples += [_example(f"{clips.names[clip]} #{row}", drawn, row) for row in range(windows)]
    return examples


def _example(name: str, windows, row: int) -> Example:
    def array(values) -> np.ndarray:
        return values[row].numpy().astype(np.float64)

    rays, confidence = windows.rays[row].numpy(), windows.confidence[row].numpy()
    stamps_ns = np.rint(array(windows.interval)[:, 0].cumsum() * 1e9).astype(np.int64).tolist()
    observations = [
        Observation(stamp, NORMALISED, points, sure)
        for stamp, points, sure in zip(stamps_ns, rays, confidence, strict=True)
    ]
    joints = array(windows.joints) + array(windows.root)[:, None]
    offsets = np.broadcast_to(scaled_offsets(np.exp(array(windows.log_bone_ratio))), joints.shape)
    true = Track(joints, array(windows.local), offsets, array(windows.contact))
    return Example(name, FPS, observations, true, PROTOCOL)

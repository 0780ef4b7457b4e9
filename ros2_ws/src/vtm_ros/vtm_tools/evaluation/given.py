"""A recording of the user's own: keypoints and the true motion that belongs to them."""

from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm.metrics.example import Example
from vtm.metrics.score import Protocol
from vtm.metrics.track import track_of_clip
from vtm_trt.keypoint_files.keypoint_file import KeypointClip


def given_example(keypoints: Path, truth: Path) -> Example:
    """The keypoints' frames, each with the true frame nearest in time, if that is less than half a frame away.

    Args:
        keypoints: A keypoint file.
        truth: The motion file of the true motion.

    Raises:
        VtmError: A file cannot be read, or the two have no frame in common.
    """
    clip, motion = KeypointClip.load(keypoints), MotionClip.load(truth)
    times = np.array(clip.stamps_ns) / 1e9
    nearest = np.searchsorted((motion.stamps[1:] + motion.stamps[:-1]) / 2, times)
    rows = np.where(np.abs(motion.stamps[nearest] - times) < 0.5 / clip.fps, nearest, -1)
    if not motion.valid[rows[rows >= 0]].any():
        raise VtmError(
            f"{truth} knows the person at no time of {keypoints}; "
            "both need the same clock, see stamps in docs/formats.md"
        )
    true = track_of_clip(motion).frames(rows)
    return Example(keypoints.stem, clip.fps, clip.observations(), true, Protocol())

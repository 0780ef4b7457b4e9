"""BVH files of a clip: at a steady rate, as the format asks, whatever the distances between its frames."""

from pathlib import Path

import numpy as np

from vtm.body.rotations import quat_from_matrix
from vtm.files.bvh import write_bvh
from vtm.files.motion_file import MotionClip
from vtm.files.whole_body import whole_body
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import WorldMotion
from vtm_trt.session_log.session import even_rows

_OPTICAL = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
"""The world to the optical axes of a level camera that stands on the ground, in which `write_bvh` takes motions."""


def write_even_bvh(path: Path, clip: MotionClip) -> None:
    """Write `clip` as the camera saw it, with the frames nearest to the instants of its frame rate."""
    rows, body = even_rows(clip.stamps, float(clip.fps)), whole_body(clip)
    quats, skeleton = body.quat_local[rows], body.skeleton
    write_bvh(path, quats, clip.root_cam[rows], body.offsets, float(clip.fps), skeleton=skeleton)


def write_named_bvh(path: Path, motion: WorldMotion, names: str) -> None:
    """Write a motion with y up and the ground y = 0.

    Args:
        path: The .bvh file.
        motion: In the world.
        names: A key of NAMES.
    """
    even = motion.evenly()
    local = even.local.copy()
    local[:, 0] = _OPTICAL @ local[:, 0]
    called = NAMES[names][: even.skeleton.count]
    write_bvh(path, quat_from_matrix(local), even.root @ _OPTICAL.T, even.offsets, even.fps, called, even.skeleton)

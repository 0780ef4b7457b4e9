"""BVH with a level ground and the joint names of an animation program."""

from pathlib import Path

import numpy as np

from vtm.body.bvh import write_bvh
from vtm.body.rotations import quat_from_matrix
from vtm_trt.export.names import NAMES
from vtm_trt.export.world import WorldMotion

_OPTICAL = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
"""The world to the optical axes of a level camera that stands on the ground, in which `write_bvh` takes motions."""


def write_named_bvh(path: Path, motion: WorldMotion, names: str) -> None:
    """y is up and the ground y = 0. names: a key of NAMES."""
    even = motion.evenly()
    local = even.local.copy()
    local[:, 0] = _OPTICAL @ local[:, 0]
    write_bvh(path, quat_from_matrix(local), even.root @ _OPTICAL.T, even.offsets, even.fps, NAMES[names])

"""BVH files of a clip: at a steady rate, as the format asks, whatever the distances between its frames."""

from pathlib import Path

import numpy as np

from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import Skeleton
from vtm.files.bvh import write_bvh
from vtm.files.motion_file import MotionClip
from vtm.files.whole_body import whole_body
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import WorldMotion
from vtm_trt.session_log.session import even_rows

_OPTICAL = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
"""The world to the optical axes of a level camera that stands on the ground, in which `write_bvh` takes motions."""


_LAFAN1_TRUNK = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
_LAFAN1_LEG = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
_LAFAN1_TOE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_LAFAN1_ARMS = {
    "left": np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "right": np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]),
}
"""Axes of LAFAN1's joints as columns in body axes, in T-pose: x along the bone; knees and elbows bend about z."""


def lafan1_axes(skeleton: Skeleton) -> np.ndarray:
    """Axes (J, 3, 3) of the joints of the data set LAFAN1, to which programs of retargeting are tuned."""
    axes = []
    for name in skeleton.names:
        side, _, part = name.partition("_")
        if part in ("hip", "knee"):
            axes.append(_LAFAN1_LEG)
        elif part in ("ankle", "foot"):
            axes.append(_LAFAN1_TOE)
        else:
            axes.append(_LAFAN1_ARMS.get(side, _LAFAN1_TRUNK))
    return np.stack(axes)


def write_even_bvh(path: Path, clip: MotionClip) -> None:
    """Write `clip` as the camera saw it, with the frames nearest to the instants of its frame rate."""
    rows, body = even_rows(clip.stamps, float(clip.fps)), whole_body(clip)
    quats, skeleton = body.quat_local[rows], body.skeleton
    write_bvh(path, quats, clip.root_cam[rows], body.offsets, float(clip.fps), skeleton=skeleton)


def write_named_bvh(path: Path, motion: WorldMotion, names: str) -> None:
    """Write a motion with y up and the ground y = 0; as LAFAN1 it is in centimetres.

    Args:
        path: The .bvh file.
        motion: In the world.
        names: A key of NAMES.
    """
    even = motion.evenly()
    local = even.local.copy()
    local[:, 0] = _OPTICAL @ local[:, 0]
    called = NAMES[names][: even.skeleton.count]
    axes, unit = (lafan1_axes(even.skeleton), 100.0) if names == "lafan1" else (None, 1.0)
    quats, root = quat_from_matrix(local), even.root @ _OPTICAL.T
    write_bvh(path, quats, root, even.offsets, even.fps, called, even.skeleton, axes, unit)

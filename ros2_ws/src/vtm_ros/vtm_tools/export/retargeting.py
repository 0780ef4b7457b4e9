"""NPZ for retargeting to robots: every body's pose in the world, as GMR (General Motion Retargeting) takes it.

GMR's `retarget` wants, for each frame, {body name: (position in metres, quaternion wxyz)} with z up, the bodies and
their axes being SMPL-X's; `src_human="smplx"`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from vtm.body.rotations import continuous_quats, quat_from_matrix
from vtm.body.skeleton import stature
from vtm_tools.export.world import WorldMotion

SMPLX_AXES = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""SMPL-X's body axes, x left, y up, z forward, as columns in ours."""


def write_bodies(path: Path, motion: WorldMotion) -> None:
    """Write the poses of the 22 bodies, with hands 52, evenly spaced in time, and what goes with them.

    Args:
        path: The .npz file, with NAME/position (T, 3) m and NAME/quaternion (T, 4) wxyz.
        motion: In the world.
    """
    even = motion.evenly()
    rotations, positions = even.joints()
    quats = continuous_quats(quat_from_matrix(rotations @ SMPLX_AXES))[..., [3, 0, 1, 2]]
    bodies: dict[str, Any] = {}
    for joint, name in enumerate(even.skeleton.names):
        bodies[f"{name}/position"] = positions[:, joint].astype(np.float32)
        bodies[f"{name}/quaternion"] = quats[:, joint].astype(np.float32)
    with path.open("wb") as file:
        np.savez_compressed(
            file, body_names=np.array(even.skeleton.names), fps=even.fps, valid=even.valid,
            actual_human_height=stature(even.offsets), **bodies,
        )  # fmt: skip

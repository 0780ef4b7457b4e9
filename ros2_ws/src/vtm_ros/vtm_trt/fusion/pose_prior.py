"""What the cameras' own motions say together of the rotations: their mean, with those left out that nobody shares."""

from collections.abc import Sequence

import numpy as np

from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.types import HALF_SURE_M, Motion

UNLIKE = 0.5
"""Radians; a camera's rotation that is further from the mean counts ever less."""
_ROUNDS = 2


def mean_rotations(motions: Sequence[Motion], heard: np.ndarray) -> np.ndarray:
    """Unit quaternions (22, 4), relative to the parent, the pelvis in common axes.

    Args:
        motions: N, of cameras whose poses are known.
        heard: (N,) how much each counts.
    """
    quats = np.stack([motion.quat_local for motion in motions]).astype(np.float64)
    turns = np.stack([motion.camera.rotation for motion in motions])  # type: ignore[union-attr]
    quats[:, 0] = quat_from_matrix(turns @ matrix_from_quat(quats[:, 0]))
    expected = HALF_SURE_M * (1 / np.clip([motion.confidence for motion in motions], 0.02, 0.98) - 1)
    weight = heard[:, None] / expected**2
    alike = np.abs(np.einsum("njq,mjq->nmj", quats, quats)).clip(0, 1)
    angle = 2 * np.arccos(alike)
    nearest = np.argmin((weight[None] * np.minimum(angle, 2 * UNLIKE)).sum(1) + 1e9 * (weight == 0), axis=0)
    mean = quats[nearest, np.arange(quats.shape[1])]
    for _ in range(_ROUNDS):
        away = 2 * np.arccos(np.abs((quats * mean).sum(-1)).clip(0, 1))
        share = weight / (1 + (away / UNLIKE) ** 4)
        signed = quats * np.where((quats * mean).sum(-1, keepdims=True) < 0, -1, 1)
        mean = (share[..., None] * signed).sum(0)
        mean /= np.linalg.norm(mean, axis=-1, keepdims=True)
    return mean

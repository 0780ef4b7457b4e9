"""Who stands straight, and which way is up then: the one judgement for what is live and for what is recorded."""

import numpy as np

from vtm.body.skeleton import JOINT_INDEX
from vtm_trt.postprocess.feet import HOLD
from vtm_trt.postprocess.legs import cross

STRAIGHT = 0.9
"""Distance from hip to ankle over the length of the leg: a leg that is straighter stands, not sits or kneels."""
ERECT = np.cos(np.radians(30.0))
"""Cosine of the angle between trunk and legs: whose trunk is further out of line bends down, or sits."""
USUAL = np.array([0.0, -np.cos(np.radians(15.0)), -np.sin(np.radians(15.0))])
"""Up in the optical axes of a camera as people mount them: pitched a little down."""
NEAR = np.cos(np.radians(45.0))
"""Cosine of the angle to `USUAL`, which holds for cameras from 30° up to 60° down: who is further off lies or leans."""
_HIPS, _KNEES, _ANKLES = ([JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")]
                          for part in ("hip", "knee", "ankle"))  # fmt: skip
_PELVIS, _NECK = JOINT_INDEX["pelvis"], JOINT_INDEX["neck"]
_HEELS = [0, 2]


def upright(joints: np.ndarray, contacts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who stands straight, and which way is up then.

    The trunk leans more than the legs do, and so tells less about which way is up.

    Args:
        joints: (..., 22, 3) m, optical axes.
        contacts: (..., 4), as in `Motion`.

    Returns:
        Whether somebody stands straight (...,), and the unit vector (..., 3) from the ankles to the hips.
    """
    hips, knees, ankles = joints[..., _HIPS, :], joints[..., _KNEES, :], joints[..., _ANKLES, :]
    reach = np.linalg.norm(ankles - hips, axis=-1)
    whole = np.linalg.norm(knees - hips, axis=-1) + np.linalg.norm(ankles - knees, axis=-1)
    up = _unit(hips.mean(-2) - ankles.mean(-2))
    trunk = _unit(joints[..., _NECK, :] - joints[..., _PELVIS, :])
    stands = (contacts[..., _HEELS] > HOLD).any(-1) & (reach > STRAIGHT * whole).all(-1)
    return stands & ((up * trunk).sum(-1) > ERECT) & (up @ USUAL > NEAR), up


def level_axes(up: np.ndarray) -> np.ndarray:
    """World axes (3, 3) as rows in optical axes, z along `up` (3,), x where the camera looks."""
    forward = np.array([0.0, 0.0, 1.0]) - up[2] * up
    forward /= max(float(np.linalg.norm(forward)), 1e-6)
    return np.stack([forward, cross(up, forward), up])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)

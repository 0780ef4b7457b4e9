"""The canonical skeleton: 22 SMPL-X body joints, T-pose rest.

Body axes are x forward, y left, z up (REP-103). In the rest pose the person faces +x, palms down,
arms along +y (left) and -y (right), and every joint frame is the identity. A name denotes the joint:
`left_knee` turns the shin, `left_foot` is the toe base.
"""

import numpy as np

JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
JOINT_INDEX = {name: index for index, name in enumerate(JOINT_NAMES)}
NUM_JOINTS = len(JOINT_NAMES)

LOWER = (0, 1, 2, 4, 5, 7, 8, 10, 11)
"""Joints of the lower half; the pelvis belongs to both halves."""
UPPER = (0, 3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
"""Joints of the upper half; the pelvis belongs to both halves."""

MIRROR = (0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20)
"""`x[MIRROR]` exchanges left and right joints."""

VIRTUAL_OFFSETS = np.array([
    [0.0, 0.0, 0.0],
    [0.0195, 0.0869, -0.0504], [0.0195, -0.0869, -0.0504], [-0.0025, 0.0, 0.0893],
    [0.0, 0.0, -0.4086], [0.0, 0.0, -0.4086], [0.0, 0.0, 0.0777],
    [0.0, 0.0, -0.4318], [0.0, 0.0, -0.4318], [0.0, 0.0, 0.0942],
    [0.1215, 0.0, -0.0442], [0.1215, 0.0, -0.0442], [-0.0056, 0.0, 0.1668],
    [-0.0155, 0.0159, 0.1562], [-0.0155, -0.0159, 0.1562], [0.0, 0.0, 0.1393],
    [0.0, 0.159, 0.0], [0.0, -0.159, 0.0], [0.0, 0.2812, 0.0],
    [0.0, -0.2812, 0.0], [0.0, 0.2149, 0.0], [0.0, -0.2149, 0.0],
])  # fmt: skip
"""The virtual skeleton of the paper, (22, 3) metres: joint offsets in the parent's frame, the frame-weighted,
left-right symmetric mean over the CMU training clips."""

HEAD_TOP = 0.19
"""Distance from the head joint to the top of the skull, metres."""
SOLE = 0.075
"""Distance from the ankle joint to the ground, metres."""


def bone_lengths(offsets):
    """Lengths (..., 21) of the bones that end in joints 1..21, in the unit of `offsets` (..., 22, 3)."""
    return (offsets[..., 1:, :] ** 2).sum(-1) ** 0.5


def scaled_offsets(bone_ratio):
    """Offsets (..., 22, 3) in metres of a person with bones `bone_ratio` (..., 21) times the virtual skeleton's."""
    ratio = np.asarray(bone_ratio, dtype=np.float64)
    pelvis = np.zeros((*ratio.shape[:-1], 1, 3))
    return np.concatenate([pelvis, VIRTUAL_OFFSETS[1:] * ratio[..., None]], axis=-2)


LIMB_BONES = np.array([4, 5, 7, 8, 18, 19, 20, 21]) - 1
"""Bones (counted from joint 1) of thighs, shins, upper arms and forearms: those every mocap skeleton measures alike."""

_LIMB_SHARE = np.linalg.norm(VIRTUAL_OFFSETS[LIMB_BONES + 1], axis=-1)
_LIMB_SHARE = _LIMB_SHARE / _LIMB_SHARE.sum()


def person_scale(bone_ratio):
    """Size (...) of a person relative to the virtual skeleton, from bone lengths `bone_ratio` (..., 21) over its own.

    It is the length-weighted mean over thighs, shins, upper arms and forearms.
    """
    return np.asarray(bone_ratio)[..., LIMB_BONES] @ _LIMB_SHARE


def stature(offsets) -> float:
    """Standing height in metres of a person with these `offsets` (22, 3) m: leg and spine chains, sole and skull."""
    down = [JOINT_INDEX[name] for name in ("left_hip", "left_knee", "left_ankle")]
    up = [JOINT_INDEX[name] for name in ("spine1", "spine2", "spine3", "neck", "head")]
    chain = float(offsets[up, 2].sum() - offsets[down, 2].sum())
    virtual = float(VIRTUAL_OFFSETS[up, 2].sum() - VIRTUAL_OFFSETS[down, 2].sum())
    return chain * (1.0 + (HEAD_TOP + SOLE) / virtual)

"""How far human joints go: wide bounds, to tell what no person does from what some do.

They hold for all but broken frames of 40 minutes of dance, acrobatics, sports and everyday motion; the knees and elbows
of those bend sideways by less than 5 degrees.
"""

import numpy as np
from array_api_compat import array_namespace, device

from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES

_FARTHEST = {
    "pelvis": 180, "hip": 165, "knee": 168, "ankle": 105, "foot": 90, "spine1": 100, "spine2": 60, "spine3": 85,
    "neck": 80, "head": 100, "collar": 55, "shoulder": 180, "elbow": 172, "wrist": 150,
}  # fmt: skip
"""Largest rotation of a joint relative to its parent, degrees from the rest pose."""
_LEAST_TRACE = np.array([1 + 2 * np.cos(np.radians(_FARTHEST[name.split("_")[-1]])) for name in JOINT_NAMES]) - 1e-6
ASTRAY = np.sin(np.radians(10.0))
"""How far a knee or an elbow may be bent the wrong way, and sideways: the sine."""
_HINGES = (("left_knee", 1, 2, 1), ("right_knee", 1, 2, 1), ("left_elbow", 1, 1, 2), ("right_elbow", -1, 1, 2))
"""Hinge; the sign with which bending moves the turned axis of the bone along x; that axis; the axis to the side."""


def farthest(name: str) -> float:
    """Degrees from the rest pose, of the largest rotation that a joint of ours has relative to its parent."""
    return _FARTHEST[name.split("_")[-1]]


def within_limits(local):
    """Which joints (..., 22) bool of parent-relative rotations (..., 22, 3, 3) are as people can have them."""
    xp = array_namespace(local)
    trace = local[..., 0, 0] + local[..., 1, 1] + local[..., 2, 2]
    possible = trace > xp.asarray(_LEAST_TRACE, dtype=local.dtype, device=device(local))
    for name, sign, bone, side in _HINGES:
        joint = JOINT_INDEX[name]
        turned = local[..., joint, :, bone]
        possible[..., joint] &= (sign * turned[..., 0] > -ASTRAY) & (xp.abs(turned[..., side]) < ASTRAY)
    return possible

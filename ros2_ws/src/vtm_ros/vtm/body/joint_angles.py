"""Joint rotations as angles of revolute joints: three per joint, in the order the URDF chains them.

A chain R = R_a R_b R_c about fixed body axes is singular where its middle angle is ±90°. The order of every joint
puts that pose as far as possible from what people do. Distance of the middle angle from ±90° over 73 000 poses,
half of them CMU motion capture and half its mirror image; unless noted, no other order has both a better worst case
and a better percentile:

    joint       order   0.1th percentile   singular pose
    hip         yzx     43°                thigh turned outwards by 90°
    knee        yxz     89°                shin bent sideways by 90°
    ankle       yxz     60°                foot rolled onto its edge by 90°
    foot        yzx     86°                toes bent sideways by 90°
    spine1..3   yzx     58°, 71°, 75°      trunk turned by 90° at one vertebra (spine2: zxy has 78°)
    neck, head  yxz     52°                ear on the shoulder
    collar      zyx     80°
    shoulder    xyz     6°                 arm in the frontal plane with its elbow axis turned to the front
    elbow       zxy     87°                forearm bent sideways by 90° (leaves pronation free, unlike zyx with 88°)
    wrist       yzx     21°                hand bent towards thumb or little finger by 90° (leaves flexion free,
                                           unlike yxz with 27°)

No order keeps the shoulder clear of everything people do. With xyz the arm hanging, forward, overhead, behind or out
to the side is 90° away; singular is the upper arm out to the side with the forearm straight up, and the arm hanging
with the forearm flat across the belly. The others are singular with the arm forward (yzx, which has 7°, and xzy),
hanging (zxy, yxz), or forward with the forearm raised (zyx).
"""

import numpy as np

from vtm.body.rotations import (
    joint_angles_from_matrix,
    matrix_from_joint_angles,
    matrix_from_quat,
    quat_from_matrix,
    quat_normalize,
)
from vtm.body.skeleton import JOINT_NAMES

_ORDER_OF = {
    "hip": "yzx", "knee": "yxz", "ankle": "yxz", "foot": "yzx", "spine1": "yzx", "spine2": "yzx", "spine3": "yzx",
    "neck": "yxz", "head": "yxz", "collar": "zyx", "shoulder": "xyz", "elbow": "zxy", "wrist": "yzx",
}  # fmt: skip

JOINT_ORDERS = tuple(_ORDER_OF[name.split("_")[-1]] for name in JOINT_NAMES[1:])
"""Axes of the three revolute joints of each joint but the pelvis, from the parent outwards; the same left and right."""

ANGLE_NAMES = tuple(
    f"{name}_{axis}" for name, order in zip(JOINT_NAMES[1:], JOINT_ORDERS, strict=True) for axis in order
)
"""The 63 revolute joints, e.g. "left_shoulder_x", from the parent outwards."""

ANGLE_LIMIT = 4 * np.pi
"""Angles follow the person beyond ±π without a jump; past this limit they step back by whole turns."""


def angles_from_quats(quat_local, previous=None) -> np.ndarray:
    """Angles of the revolute joints, in the order of ANGLE_NAMES; the pelvis is left out. They are never clamped.

    Args:
        quat_local: (..., 22, 4) xyzw relative to the parent.
        previous: (..., 63) rad of the sample before; of the equivalent angles the nearest are taken.

    Returns:
        (..., 63) float64 rad.
    """
    local = quat_normalize(np.asarray(quat_local, dtype=np.float64)[..., 1:, :])
    if previous is not None:
        previous = np.reshape(previous, (*np.shape(previous)[:-1], len(JOINT_ORDERS), 3))
    angles = joint_angles_from_matrix(matrix_from_quat(local), JOINT_ORDERS, previous)
    angles = np.where(np.abs(angles) > ANGLE_LIMIT, np.remainder(angles + np.pi, 2 * np.pi) - np.pi, angles)
    return angles.reshape(*angles.shape[:-2], len(ANGLE_NAMES))


def quats_from_angles(angles) -> np.ndarray:
    """Local rotations (..., 22, 4) xyzw float64 of angles (..., 63) rad, the pelvis at identity."""
    angles = np.asarray(angles, dtype=np.float64)
    local = matrix_from_joint_angles(angles.reshape(*angles.shape[:-1], len(JOINT_ORDERS), 3), JOINT_ORDERS)
    pelvis = np.broadcast_to([0.0, 0.0, 0.0, 1.0], (*angles.shape[:-1], 1, 4))
    return np.concatenate([pelvis, quat_from_matrix(local)], axis=-2)

"""The hand on the wrist joint: 15 finger joints with SMPL-X names, and the 21 anatomical angles that move them.

The rest hand is flat, palm down, its fingers along the forearm and the thumb in the palm's plane, 45 degrees off: all
angles are zero. Every joint frame is then the identity in the axes of the body (x forward, y left, z up), as in
`vtm.body.skeleton`. Everything is written for the left hand; the right one is its mirror image in the x-z plane, and
equal angles mean mirrored poses.

Each joint is three hinges in a row: abduction, flexion, twist. Flexion bends towards the palm; abduction leads a finger
towards the thumb, and the thumb out of the palm's plane; a twist of the thumb turns its nail towards the fingers'
backs. Hinges that are not among the 21 stay at zero.
"""

import numpy as np
from array_api_compat import array_namespace, device

from vtm.body.rotations import joint_angles_from_matrix, matrix_from_joint_angles

SIDES = ("left", "right")
FINGERS = ("index", "middle", "pinky", "ring", "thumb")
"""In the order of SMPL-X."""
JOINTS = tuple(f"{finger}{knuckle}" for finger in FINGERS for knuckle in (1, 2, 3))
"""Of either hand, from the palm outwards: MCP, PIP and DIP; of the thumb CMC, MCP and IP."""
HAND_JOINT_NAMES = tuple(f"{side}_{joint}" for side in SIDES for joint in JOINTS)
HAND_PARENTS = (-1, 0, 1) + (-1, 3, 4) + (-1, 6, 7) + (-1, 9, 10) + (-1, 12, 13)
"""Of the 15 joints of a hand; -1 is the wrist."""

OFFSETS = np.array([
    [0.0241, 0.0963, -0.0038], [0.0, 0.024, 0.0], [0.0, 0.0215, 0.0],
    [0.0, 0.0955, 0.0], [0.0, 0.0313, 0.0], [0.0, 0.0255, 0.0],
    [-0.0351, 0.0812, -0.0038], [0.0, 0.0199, 0.0], [0.0, 0.0144, 0.0],
    [-0.018, 0.09, 0.0004], [0.0, 0.0276, 0.0], [0.0, 0.023, 0.0],
    [0.0226, 0.0354, -0.003], [0.0202, 0.0202, 0.0], [0.0239, 0.0239, 0.0],
])  # fmt: skip
"""The left hand's joints (15, 3) m in their parents' frames, of a person whose forearm is the virtual skeleton's."""
TIPS = np.array([[0.0, 0.0224, 0.0], [0.0, 0.0215, 0.0], [0.0, 0.0172, 0.0], [0.0, 0.0225, 0.0], [0.0173, 0.0173, 0.0]])
"""The left finger tips (5, 3) m in the frames of the last joints, in the order of FINGERS."""

_FINGER = {"mcp_fe": (-30, 95), "mcp_aa": (-30, 30), "pip": (-10, 110), "dip": (-15, 90)}
_LIMITS = {
    "thumb_cmc_fe": (-30, 50), "thumb_cmc_aa": (-10, 70), "thumb_cmc_twist": (-35, 35),
    "thumb_mcp_fe": (-20, 65), "thumb_ip": (-25, 85),
    **{f"{finger}_{k}": v for finger in ("index", "middle", "ring", "pinky") for k, v in _FINGER.items()},
}  # fmt: skip
ANGLE_NAMES = tuple(_LIMITS)
"""The 21 angles of a hand: fe is flexion, aa abduction."""
LOWER, UPPER = np.radians(list(_LIMITS.values())).T
"""Limits (21,) rad: those of healthy joints in the clinical literature, with a little room."""


def _hinge(name: str) -> tuple[int, int]:
    finger, kind = name.split("_", 1)
    knuckle = ("cmc", "mcp", "ip").index(kind.split("_")[0]) if finger == "thumb" else "mpd".index(kind[0])
    return 3 * FINGERS.index(finger) + knuckle, {"aa": 0, "twist": 2}.get(kind.split("_")[-1], 1)


HINGES = tuple(_hinge(name) for name in ANGLE_NAMES)
"""Of each angle: its joint, and its place among that joint's hinges (0 abduction, 1 flexion, 2 twist)."""

_SPREAD = np.zeros((21, 45))
_SPREAD[np.arange(21), [3 * joint + place for joint, place in HINGES]] = 1.0
_BENDS = np.array([[angle // 3 == k and place == 1 for k in range(5)] for angle, place in HINGES], float)
_MIDDLE = ((LOWER + UPPER) / 2 @ _SPREAD).reshape(15, 3)
_ORDER = "zxy"
_THUMB = np.array([[-0.402, 0.5**0.5, -0.583], [0.402, 0.5**0.5, 0.583], [0.824, 0.0, -0.566]])
_THUMB[:, 2] = np.cross(_THUMB[:, 0] / np.linalg.norm(_THUMB[:, 0]), _THUMB[:, 1])
_THUMB[:, 0] = np.cross(_THUMB[:, 1], _THUMB[:, 2])
BASES = np.array([np.diag([-1.0, 1.0, -1.0])] * 12 + [_THUMB] * 3)
"""Of each left joint (15, 3, 3): its axes of flexion, along the bone and of abduction as columns."""
_REFLECT = np.array([1.0, -1.0, 1.0])


def hinge_axes(side: str) -> np.ndarray:
    """Axes (21, 3) of the hinges of a hand in the frames of their joints, for angles that grow as ANGLE_NAMES says."""
    left = np.stack([BASES[joint][:, {0: 2, 1: 0, 2: 1}[place]] for joint, place in HINGES])
    return left if side == "left" else -left * _REFLECT


def finger_rotations(angles, side: str):
    """Local rotations of the finger joints, for numpy arrays and torch tensors alike.

    Args:
        angles: (..., 21) rad.
        side: "left" or "right".

    Returns:
        (..., 15, 3, 3).
    """
    xp = array_namespace(angles)
    spread, bases, reflect = (_like(constant, angles) for constant in (_SPREAD, BASES, _REFLECT))
    turns = xp.reshape(angles @ spread, (*angles.shape[:-1], 15, 3))
    local = bases @ matrix_from_joint_angles(turns, _ORDER) @ xp.matrix_transpose(bases)
    return local if side == "left" else reflect[:, None] * local * reflect


def finger_angles(local, side: str):
    """Angles (..., 21) rad within their limits of local rotations (..., 15, 3, 3), the inverse of `finger_rotations`.

    What no hinge can do, for instance a finger's twist, is left out.
    """
    xp = array_namespace(local)
    bases, reflect, lower, upper = (_like(constant, local) for constant in (BASES, _REFLECT, LOWER, UPPER))
    left = local if side == "left" else reflect[:, None] * local * reflect
    turns = joint_angles_from_matrix(xp.matrix_transpose(bases) @ left @ bases, _ORDER, _like(_MIDDLE, local))
    angles = xp.reshape(turns, (*turns.shape[:-2], 45)) @ _like(_SPREAD.T, local)
    return xp.clip(angles, lower, upper)


def finger_bend(angles: np.ndarray) -> np.ndarray:
    """How far each of FINGERS is bent in all, (..., 5) rad: the sum of its flexions in angles (..., 21)."""
    return angles @ _BENDS


def hand_points(local, side: str, scale=1.0):
    """The 21 points of a hand in MediaPipe's order: wrist, then joints and tip of thumb, index, middle, ring, pinky.

    Args:
        local: (..., 15, 3, 3) local rotations of the finger joints.
        side: "left" or "right".
        scale: Size of the hand over the virtual skeleton's, a number or (...,).

    Returns:
        (..., 21, 3) m in the frame of the wrist joint.
    """
    xp = array_namespace(local)
    mirror = np.ones(3) if side == "left" else _REFLECT
    offsets = _like((OFFSETS * mirror).reshape(5, 3, 3, 1), local)
    turn, at, chain = None, None, []
    for knuckle in range(3):
        step = offsets[:, knuckle] if turn is None else turn @ offsets[:, knuckle]
        at = xp.broadcast_to(step, (*local.shape[:-3], 5, 3, 1)) if at is None else at + step
        own = xp.reshape(local, (*local.shape[:-3], 5, 3, 3, 3))[..., knuckle, :, :]
        turn = own if turn is None else turn @ own
        chain.append(at)
    chain.append(at + turn @ _like((TIPS * mirror)[..., None], local))
    fingers = xp.stack([points[..., 0] for points in chain], axis=-2)
    ordered = xp.concat([fingers[..., finger, :, :] for finger in (4, 0, 1, 3, 2)], axis=-2)
    points = xp.concat([xp.zeros_like(ordered[..., :1, :]), ordered], axis=-2)
    return points * (scale if isinstance(scale, float) else scale[..., None, None])


def _like(constant: np.ndarray, values):
    """`constant` with the library, type and device of `values`."""
    return array_namespace(values).asarray(constant, dtype=values.dtype, device=device(values))

"""How keypoints and joints move when the joints turn and the bones grow: forward kinematics and its derivatives."""

from dataclasses import dataclass

import numpy as np

from vtm.body.keypoint_offsets import BASE, FRAME
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import BODY, JOINT_INDEX, NUM_JOINTS, PARENTS, scaled_offsets

_STILL = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("foot", "wrist")]
TURNED = [joint for joint in range(NUM_JOINTS) if joint not in _STILL]
"""The joints that the adjustment turns: keypoints tell nothing of the wrists and the toes."""


def _below() -> np.ndarray:
    """(22, 22) 0/1: joint -> itself and the joints below it."""
    below = np.eye(NUM_JOINTS)
    for parent, joint in reversed(BODY.bones):
        below[parent] += below[joint]
    return below


_BELOW = _below()
_TURN = np.concatenate([_BELOW, _BELOW[:, FRAME]], 1)[TURNED].T[:, :, None]
TURNS_KEYPOINT = _BELOW[:, FRAME][TURNED].T[:, :, None]
"""(21, N, 1) 0/1: whether a keypoint moves when one of the N joints of TURNED turns."""
_GROW = np.concatenate([_BELOW, _BELOW[:, BASE]], 1)[1:].T


@dataclass(frozen=True)
class Points:
    """The 22 joints, then the 21 keypoints that have a place of their own, in optical axes from the pelvis.

    Attributes:
        place: (T, 43, 3) metres.
        by_turn: (T, 43, 3, 3 N) derivative by small turns of the N joints of TURNED about their own axes.
        by_bone: (T, 43, 3, 21) derivative by the logarithms of the bone ratios; None where it was not asked for.
    """

    place: np.ndarray
    by_turn: np.ndarray
    by_bone: np.ndarray | None


def place_points(local: np.ndarray, bone_ratio: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations (T, 22, 3, 3) and `Points.place`.

    Args:
        local: (T, 22, 3, 3) rotations relative to the parent.
        bone_ratio: (21,) or (T, 21).
        offset: (T, 21, 3) m of keypoints in their joints' frames.
    """
    frames = len(local)
    offsets = np.broadcast_to(scaled_offsets(bone_ratio), (frames, NUM_JOINTS, 3))
    rotations, joints = forward_kinematics(local, offsets, np.zeros((frames, 3)))
    sites = joints[:, BASE] + (rotations[:, FRAME] @ offset[..., None])[..., 0]
    return rotations, np.concatenate([joints, sites], 1)


def points_of(local: np.ndarray, bone_ratio: np.ndarray, offset: np.ndarray, bones: bool) -> Points:
    """Places and derivatives.

    Args:
        local: As in `place_points`.
        bone_ratio: As in `place_points`.
        offset: As in `place_points`.
        bones: Whether to give `Points.by_bone`.
    """
    rotations, place = place_points(local, bone_ratio, offset)
    frames, count = place.shape[:2]
    lever = (place[:, :, None] - place[:, None, TURNED])[..., None]  # (T, 43, N, 3, 1)
    axes = rotations[:, None, TURNED]  # (T, 1, N, 3, 3)
    by_turn = np.empty((frames, count, 3, len(TURNED), 3))
    for row in range(3):
        one, two = (row + 1) % 3, (row + 2) % 3
        by_turn[:, :, row] = axes[..., one, :] * lever[..., two, :] - axes[..., two, :] * lever[..., one, :]
    by_turn *= _TURN[:, None]
    by_bone = None
    if bones:
        bone = place[:, 1:NUM_JOINTS] - place[:, list(PARENTS[1:])]
        by_bone = bone.swapaxes(1, 2)[:, None] * _GROW[:, None]
    return Points(place, by_turn.reshape(frames, count, 3, -1), by_bone)

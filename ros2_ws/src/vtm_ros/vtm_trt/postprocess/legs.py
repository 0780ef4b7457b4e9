"""Both legs of a motion in world axes, and the two-bone inverse kinematics that puts the ankles elsewhere."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.types import Motion

CHAINS = np.array([[JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "foot")]
                   for side in ("left", "right")])  # fmt: skip
"""Joints of the left and of the right leg, from the hip down."""
HIP, KNEE, ANKLE, TOE = range(4)
HEIGHT_M = {ANKLE: 0.07, TOE: 0.025}
"""How high above the ground the joints are that a foot stands on."""
LONGEST_REACH = 0.999
"""Of the leg's length: a straight leg has no plane to bend in."""
_JOINTS = [0, *CHAINS.ravel()]


@dataclass(frozen=True, eq=False)
class Legs:
    """Both legs in world axes, left and right.

    Attributes:
        pelvis: (3, 3) rotation.
        rotation: (2, 4, 3, 3) of CHAINS.
        position: (2, 4, 3) m of CHAINS.
    """

    pelvis: np.ndarray
    rotation: np.ndarray
    position: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """(4, 3) left heel, left toe, right heel, right toe: the joints above them, which stand when they stand."""
        return self.position[:, [ANKLE, TOE]].reshape(4, 3)


def legs(motion: Motion) -> Legs:
    """The legs of a motion whose camera is known."""
    assert motion.camera is not None, "a motion is put into the world first"
    local = Rotation.from_quat(motion.quat_local[_JOINTS]).as_matrix()
    chain = local[1:].reshape(2, 4, 3, 3)
    offsets = scaled_offsets(motion.bone_ratio.astype(np.float64))[CHAINS]
    rotation, position = np.empty((2, 4, 3, 3)), np.empty((2, 4, 3))
    above = pelvis = motion.camera.rotation @ local[0]
    place = root_in_world(motion)
    for part in range(4):
        position[:, part] = place + (above @ offsets[:, part, :, None])[..., 0]
        rotation[:, part] = above @ chain[:, part]
        above, place = rotation[:, part], position[:, part]
    return Legs(pelvis, rotation, position)


def root_in_world(motion: Motion) -> np.ndarray:
    """The pelvis (3,) in world axes, metres."""
    assert motion.camera is not None
    return motion.camera.rotation @ motion.root_cam + motion.camera.position


def with_root_in_world(motion: Motion, root: np.ndarray) -> Motion:
    """The same motion with the pelvis at `root` (3,) m, world axes."""
    assert motion.camera is not None
    root_cam = motion.camera.rotation.T @ (root - motion.camera.position)
    return replace(motion, root_cam=root_cam.astype(np.float32))


def with_ankles(motion: Motion, before: Legs, ankles: np.ndarray) -> Motion:
    """The same motion with the ankles elsewhere, as far as the legs reach.

    The knee bends in its plane, the leg turns the shortest way, the foot keeps its direction in the world.

    Args:
        motion: The motion.
        before: Its legs.
        ankles: (2, 3) m, world axes.
    """
    thigh, shin = _reach(before, ankles)
    local = [before.pelvis.T @ thigh, thigh.swapaxes(-1, -2) @ shin, shin.swapaxes(-1, -2) @ before.rotation[:, ANKLE]]
    quats = motion.quat_local.copy()
    quats[CHAINS[:, :TOE].T.ravel()] = Rotation.from_matrix(np.concatenate(local)).as_quat()
    return replace(motion, quat_local=quats)


def _reach(before: Legs, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (2, 3, 3) of thighs and shins that bring the ankles to `targets` (2, 3)."""
    hip, knee, ankle = before.position.swapaxes(0, 1)[:TOE]
    upper, lower, way, now = knee - hip, ankle - knee, targets - hip, ankle - hip
    a, b, wanted, length = np.linalg.norm([upper, lower, way, now], axis=-1)
    distance = np.clip(wanted, abs(a - b) + 0.05 * (a + b), np.maximum(LONGEST_REACH * (a + b), length))
    axis = cross(upper, lower)
    size = np.linalg.norm(axis, axis=-1)
    bent = np.arctan2(size, (upper * lower).sum(-1))
    # of a straight leg: knees bend about the body's left axis
    axis = np.where(
        (size > 1e-6 * a * b)[:, None], axis / np.maximum(size, 1e-12)[:, None], before.rotation[:, KNEE, :, 1]
    )
    more = np.arccos(np.clip((distance**2 - a**2 - b**2) / (2 * a * b), -1, 1)) - bent
    bend = Rotation.from_rotvec(axis * more[:, None]).as_matrix()
    aim = _shortest(upper + (bend @ lower[..., None])[..., 0], way)
    return aim @ before.rotation[:, HIP], aim @ bend @ before.rotation[:, KNEE]


def _shortest(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rotations (2, 3, 3) by the smallest angles that turn the directions of vectors (2, 3) into those of others."""
    axis = cross(start, end)
    size = np.linalg.norm(axis, axis=-1)
    angle = np.arctan2(size, (start * end).sum(-1))
    return Rotation.from_rotvec(axis * (angle / np.maximum(size, 1e-12))[:, None]).as_matrix()


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products of vectors (..., 3); numpy's own takes longer than all the rest of a stage."""
    return a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]

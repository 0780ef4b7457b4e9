"""Both legs of a motion in world axes, and the two-bone inverse kinematics that puts an ankle elsewhere."""

from dataclasses import dataclass, replace

import numpy as np

from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm.records import Motion

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
    """pelvis: (3, 3) world rotation.  rotation: (2, 4, 3, 3) and position: (2, 4, 3) of CHAINS, world, metres."""

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
    local = matrix_from_quat(motion.quat_local[_JOINTS].astype(np.float64))
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
    """The same motion with the pelvis there."""
    assert motion.camera is not None
    root_cam = motion.camera.rotation.T @ (root - motion.camera.position)
    return replace(motion, root_cam=root_cam.astype(np.float32))


def with_ankles(motion: Motion, before: Legs, ankles: dict[int, np.ndarray]) -> Motion:
    """The same motion with the ankle of leg 0 or 1 at a world point (3,), as far as the leg reaches.

    The knee bends in its plane, the leg turns the shortest way, the foot keeps its direction in the world.
    """
    quats = motion.quat_local.copy()
    for side, target in ankles.items():
        thigh, shin = _reach(before.position[side], before.rotation[side], target)
        foot = before.rotation[side, ANKLE]
        local = np.stack([before.pelvis.T @ thigh, thigh.T @ shin, shin.T @ foot])
        quats[CHAINS[side, :TOE]] = quat_from_matrix(local)
    return replace(motion, quat_local=quats)


def _reach(position: np.ndarray, rotation: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World rotations of thigh and shin that bring the ankle to `target`."""
    hip, knee, ankle = position[:3]
    upper, lower, way = knee - hip, ankle - knee, target - hip
    a, b = np.linalg.norm(upper), np.linalg.norm(lower)
    farthest = LONGEST_REACH * (a + b)
    distance = np.clip(np.linalg.norm(way), abs(a - b) + 0.05 * (a + b), max(farthest, np.linalg.norm(ankle - hip)))
    axis = np.cross(upper, lower)
    size = np.linalg.norm(axis)
    # of a straight leg: knees bend about the body's left axis
    axis = axis / size if size > 1e-6 * a * b else rotation[KNEE, :, 1]
    bent = np.arctan2(size, upper @ lower)
    wanted = np.arccos(np.clip((distance**2 - a**2 - b**2) / (2 * a * b), -1, 1))
    bend = matrix_from_rotvec(axis * (wanted - bent))
    aim = _shortest(upper + bend @ lower, way)
    return aim @ rotation[HIP], aim @ bend @ rotation[KNEE]


def _shortest(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) by the smallest angle that turns the direction of one vector into that of another."""
    axis = np.cross(start, end)
    size = np.linalg.norm(axis)
    return matrix_from_rotvec(axis * (np.arctan2(size, start @ end) / max(size, 1e-12)))

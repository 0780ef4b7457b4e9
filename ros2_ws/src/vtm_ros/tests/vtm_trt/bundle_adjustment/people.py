"""People whose motion is known exactly, and what a network makes of them."""

from dataclasses import replace

import numpy as np

from vtm.body.keypoint_offsets import BASE, DEFINED_APART, FRAME, OFFSET
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_rotvec
from vtm.body.skeleton import JOINT_INDEX, scaled_offsets
from vtm_trt.bundle_adjustment import Recording

FACING = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]) @ np.diag([-1.0, -1, 1])
"""Pelvis axes in the optical axes of a level camera that the person faces."""
CONVENTION = 0.5


def joints_of(local: np.ndarray, ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Global rotations and joints from the pelvis."""
    offsets = np.broadcast_to(scaled_offsets(ratio), (len(local), 22, 3))
    return forward_kinematics(local, offsets, np.zeros((len(local), 3)))


def seen(local: np.ndarray, root: np.ndarray, ratio: np.ndarray, fps: float) -> Recording:
    """Such a person, seen without error; nobody says that a foot stands."""
    frames = len(local)
    rotations, joints = joints_of(local, ratio)
    offset = (1 - DEFINED_APART * (1 - CONVENTION)) * OFFSET
    points = joints[:, BASE] + (rotations[:, FRAME] @ offset[..., None])[..., 0] + root[:, None]
    rays = points[..., :2] / points[..., 2:]
    return Recording(
        local=local, root=root, bone_ratio=ratio, rays=np.pad(rays, ((0, 0), (0, 2), (0, 0))),
        confidence=np.full((frames, 23), 0.9), keypoint_convention=np.full(frames, CONVENTION),
        contacts=np.zeros((frames, 4)), seconds=np.arange(frames) / fps,
    )  # fmt: skip


def mover(frames: int, fps: float = 30.0) -> Recording:
    """Somebody 3 m away who swings all limbs gently, seen without error."""
    rng = np.random.default_rng(3)
    seconds = np.arange(frames) / fps
    swing = np.sin(2 * np.pi * 0.4 * seconds[:, None, None] + rng.uniform(0, 6, (22, 3)))
    turn = rng.normal(0, 0.1, (22, 3)) + swing * rng.normal(0, 0.1, (22, 3))
    turn[:, [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]] = (0, 0.3, 0)
    local = matrix_from_rotvec(turn)
    local[:, 0] = FACING @ local[:, 0]
    root = np.stack([0.1 * np.sin(seconds), 0 * seconds, 3 + 0.1 * np.sin(seconds)], 1)
    return seen(local, root, np.full(21, 1.05), fps)


def stander(frames: int, knees: float, fps: float = 30.0) -> Recording:
    """Somebody who stands still with knees bent by so many degrees, seen without error."""
    half = np.radians(knees) / 2
    turn = np.zeros((frames, 22, 3))
    for side, sign in (("left", 1), ("right", -1)):
        for part, angle in (("hip", -half), ("knee", 2 * half), ("ankle", -half)):
            turn[:, JOINT_INDEX[f"{side}_{part}"], 1] = angle
        turn[:, JOINT_INDEX[f"{side}_shoulder"], 0] = -1.2 * sign
    local = matrix_from_rotvec(turn)
    local[:, 0] = FACING @ local[:, 0]
    return seen(local, np.tile([0.0, 0.1, 3.5], (frames, 1)), np.full(21, 1.0), fps)


def mistaken(true: Recording, seed: int) -> Recording:
    """The same as a network sees it: joints turned by 6 degrees, bones 4 % off, depth 5 %."""
    rng = np.random.default_rng(seed)
    turn = np.broadcast_to(rng.normal(0, 0.1, (1, 22, 3)), true.local.shape[:-1])
    bones = true.bone_ratio * np.exp(rng.normal(0, 0.04, 21))
    return replace(true, local=true.local @ matrix_from_rotvec(turn), root=true.root * 1.05, bone_ratio=bones)


def error(local: np.ndarray, ratio: np.ndarray, true: Recording) -> np.ndarray:
    """(T,) mean distance of the joints from the true ones, metres, pelvis aligned."""
    off = joints_of(local, ratio)[1] - joints_of(true.local, true.bone_ratio)[1]
    return np.linalg.norm(off, axis=-1).mean(-1)


def knee_flexion(local: np.ndarray) -> np.ndarray:
    """(T, 2) degrees, left and right."""
    knees = local[:, [JOINT_INDEX["left_knee"], JOINT_INDEX["right_knee"]]]
    return np.degrees(np.arctan2(knees[..., 0, 2], knees[..., 2, 2]))

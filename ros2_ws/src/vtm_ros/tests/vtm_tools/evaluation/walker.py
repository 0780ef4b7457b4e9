"""Somebody who walks past a camera, with exact keypoints."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.camera import Intrinsics
from vtm.metrics.example import Example
from vtm.metrics.feet import CONTACT_JOINTS, standing
from vtm.metrics.score import Protocol
from vtm.metrics.track import Track
from vtm.nets.body import keypoints_on_body
from vtm.types import Observation

CAMERA = Intrinsics.from_fov(1280, 720)
FPS = 30.0
FACING_RIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""Body axes to optical axes of somebody who walks to the right of the image."""


def walker(frames: int) -> Example:
    """`frames` frames at 30 frames/s of a walk across the image, 4 m away, keypoints exact and sure."""
    time = np.arange(frames) / FPS
    phase = 2 * np.pi * 0.9 * time
    euler = np.zeros((frames, NUM_JOINTS, 3))

    def turn(name: str, axis: int, degrees) -> None:
        euler[:, JOINT_INDEX[name], axis] = np.radians(degrees)

    for side, sign in (("left", 1), ("right", -1)):
        turn(f"{side}_hip", 1, -sign * 25 * np.sin(phase))
        turn(f"{side}_knee", 1, 25 + 20 * sign * np.cos(phase))
        turn(f"{side}_shoulder", 0, -75.0 * sign)
        turn(f"{side}_shoulder", 1, sign * 20 * np.sin(phase))
    local = Rotation.from_euler("xyz", euler.reshape(-1, 3)).as_matrix().reshape(frames, NUM_JOINTS, 3, 3)
    local[:, 0] = FACING_RIGHT @ local[:, 0]
    root = np.stack([1.0 * time - 1.0, np.full(frames, 0.05), np.full(frames, 4.0)], axis=1)
    offsets = np.broadcast_to(VIRTUAL_OFFSETS, (frames, NUM_JOINTS, 3))
    rotations, joints = forward_kinematics(local, offsets, root)
    points = keypoints_on_body(torch.from_numpy(rotations), torch.from_numpy(joints)).numpy()
    sure = np.full(NUM_KEYPOINTS, 0.95, np.float32)
    observations = [
        Observation(stamp, CAMERA, CAMERA.project(at).astype(np.float32), sure, keypoint_convention=1.0)
        for stamp, at in zip((round(frame * 1e9 / FPS) for frame in range(frames)), points, strict=True)
    ]
    true = Track(joints, local, offsets, standing(joints[:, CONTACT_JOINTS], FPS))
    return Example("walker", FPS, observations, true, Protocol())

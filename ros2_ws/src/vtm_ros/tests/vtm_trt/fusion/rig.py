"""A person whose motion is known, in a room with cameras, and what a camera alone makes of it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tests.vtm_trt.bundle_adjustment.people import CONVENTION, FACING, mistaken, mover
from vtm.body.keypoint_offsets import DEFINED_APART, OFFSET
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import scaled_offsets
from vtm.camera import Intrinsics
from vtm.types import CameraPose, Motion, Observation
from vtm_trt.bundle_adjustment import Recording
from vtm_trt.bundle_adjustment.body import place_points
from vtm_trt.fusion.fusion import Seat

LENS = Intrinsics(1920, 1080, 1500.0, 1500.0, 960.0, 540.0, (-0.1, 0.05, 0.0, 0.0))
HEIGHT = 1.0
"""Metres of the pelvis; the person stands at the origin and faces +x."""


def camera(degrees: float, away: float = 4.0, height: float = 1.5) -> CameraPose:
    """One that looks at the person from so many degrees left of ahead."""
    angle = np.radians(degrees)
    where = np.array([away * np.cos(angle), away * np.sin(angle), height])
    ahead = np.array([0, 0, HEIGHT]) - where
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    return CameraPose(np.column_stack([right, np.cross(ahead, right), ahead]), where, source="calibration")


CAMERAS = [camera(degrees) for degrees in (20.0, 110.0, 200.0, 290.0)]
SEAT = Seat(CAMERAS[0], LENS, "cam0")


def person(frames: int) -> Recording:
    """Somebody who swings all limbs gently, in the axes of the room."""
    found = mover(frames)
    local = found.local.copy()
    local[:, 0] = FACING.T @ local[:, 0]
    return replace(found, local=local, root=(found.root - [0, 0, 3]) + [0, 0, HEIGHT])


def joints(true: Recording) -> np.ndarray:
    """(T, 22, 3) m in the room."""
    offsets = np.broadcast_to(scaled_offsets(true.bone_ratio), (len(true.local), 22, 3))
    return forward_kinematics(true.local, offsets, true.root)[1]


def placed(motion: Motion) -> np.ndarray:
    """(22, 3) m, the joints of a motion in the room."""
    local, offsets = matrix_from_quat(motion.quat_local.astype(float)), scaled_offsets(motion.bone_ratio)
    assert motion.camera is not None
    points = forward_kinematics(local, offsets, motion.root_cam.astype(float))[1]
    return points @ motion.camera.rotation.T + motion.camera.position


def captured(true: Recording, pose: CameraPose, seed: int, noise: float = 0.0) -> list[Motion]:
    """The person as one camera has them: keypoints off by `noise` pixels, joints 6 degrees, the distance 5 %."""
    rng = np.random.default_rng(seed)
    offset = np.broadcast_to((1 - DEFINED_APART * (1 - CONVENTION)) * OFFSET, (len(true.local), 21, 3))
    _, points = place_points(true.local, true.bone_ratio, offset)
    local = (points[:, 22:] + true.root[:, None] - pose.position) @ pose.rotation
    pixels = np.zeros((len(local), 23, 2), np.float32)
    pixels[:, :21] = LENS.project(local) + rng.normal(0, noise, (len(local), 21, 2))
    sure = np.zeros(23, np.float32)
    sure[:21] = 0.9
    believed = mistaken(replace(true, root=(true.root - pose.position) @ pose.rotation), seed)
    turned = believed.local.copy()
    turned[:, 0] = pose.rotation.T @ turned[:, 0]
    quats, stamps = quat_from_matrix(turned), np.round(true.seconds * 1e9).astype(int).tolist()
    return [
        Motion(
            stamp, quats[row].astype(np.float32), believed.root[row].astype(np.float32),
            believed.bone_ratio.astype(np.float32), np.full(22, 0.6, np.float32), np.full(4, 0.5, np.float32),
            Observation(stamp, LENS, pixels[row], sure, keypoint_convention=CONVENTION, camera=pose), pose,
        )
        for row, stamp in enumerate(stamps)
    ]  # fmt: skip


def together(cameras: Sequence[Sequence[Motion]]) -> list[list[Motion]]:
    """What all cameras have of each frame."""
    return [list(motions) for motions in zip(*cameras, strict=True)]

"""People whose motion is known exactly, seen by a camera that is known too."""

import numpy as np

from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import JOINT_INDEX, NUM_JOINTS, VIRTUAL_OFFSETS
from vtm.camera import Intrinsics
from vtm.types import CameraPose, Motion, Observation
from vtm_trt.postprocess.legs import ANKLE, HEIGHT_M

FACING = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]) @ np.diag([-1.0, -1, 1])
"""Pelvis axes (x forward, y left, z up) in the optical axes of a level camera that the person faces."""
LEVEL_CAMERA = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
"""Optical axes in world axes of a level camera that looks along x."""
CAMERA_HEIGHT = 1.3
STANDING = np.ones(4, np.float32)
_ANKLE = JOINT_INDEX["left_ankle"]


def bent_legs(degrees: float) -> np.ndarray:
    """Local rotations (22, 3, 3): thighs forward, shins back, so that the feet stay flat and beneath the hips."""
    local = np.tile(np.eye(3), (NUM_JOINTS, 1, 1))
    half = np.radians(degrees)
    for part, angle in (("hip", -half), ("knee", 2 * half), ("ankle", -half)):
        cosine, sine = np.cos(angle), np.sin(angle)
        for side in ("left", "right"):
            local[JOINT_INDEX[f"{side}_{part}"]] = [[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]
    return local


def pelvis_height(local: np.ndarray) -> float:
    """Of a pelvis above the ground that the heels are on."""
    _, joints = forward_kinematics(local, VIRTUAL_OFFSETS, np.zeros(3))
    return HEIGHT_M[ANKLE] - float(joints[_ANKLE, 2])


def standing(
    stamp_ns: int,
    local: np.ndarray | None = None,
    place: np.ndarray | None = None,
    contacts: np.ndarray = STANDING,
    camera: CameraPose | None = None,
    tilt: np.ndarray | None = None,
) -> Motion:
    """Somebody who faces a camera 1.3 m above the ground, 3 m away unless `place` (3,) m says where the pelvis is.

    local: (22, 3, 3) relative to the parents, the pelvis relative to facing the camera.  place: world, x away from the
    camera, z up.  camera: what the motion says of it.  tilt: (3, 3) by which the camera is turned from level.
    """
    local = bent_legs(10.0) if local is None else local
    place = np.array([3.0, 0.0, pelvis_height(local)]) if place is None else place
    turn = np.eye(3) if tilt is None else tilt
    seen = turn.T @ LEVEL_CAMERA.T @ (place - [0, 0, CAMERA_HEIGHT])
    quats = quat_from_matrix(np.concatenate([(turn.T @ FACING @ local[0])[None], local[1:]]))
    points = np.tile(np.float32([320, 240]), (23, 1))
    observation = Observation(stamp_ns, Intrinsics.from_fov(640, 480), points, np.ones(23, np.float32), camera=camera)
    return Motion(
        stamp_ns, quats.astype(np.float32), seen.astype(np.float32), np.ones(21, np.float32),
        np.full(22, 0.9, np.float32), np.asarray(contacts, np.float32), observation, camera,
    )  # fmt: skip


def level_camera() -> CameraPose:
    """What TF would say of it."""
    return CameraPose(LEVEL_CAMERA, np.array([0, 0, CAMERA_HEIGHT]))

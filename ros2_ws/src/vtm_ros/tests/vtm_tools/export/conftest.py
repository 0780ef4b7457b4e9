"""A person who walks on the spot before a tilted camera, as a motion file would hold it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from tests.vtm.body.poses import HANGING, POSTURES
from vtm.body.hand import LOWER, UPPER
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS, SOLE, scaled_offsets
from vtm.camera import Intrinsics
from vtm.files.hand_arrays import hand_arrays
from vtm.files.motion_file import MotionClip
from vtm.types import HandPoses

FPS, FRAMES = 25.0, 200
MISSING = slice(60, 75)
CAMERA = Intrinsics(1280, 720, 900.0, 900.0, 640.0, 360.0)
HEIGHT_M, TILT = 1.5, 12.0
"""Of the camera above the ground, and by how many degrees it looks down."""


def _optical_axes() -> np.ndarray:
    """World axes (x forward, y left, z up) to optical axes of the tilted camera, as a matrix."""
    level = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    return Rotation.from_euler("x", TILT, degrees=True).as_matrix() @ level


@pytest.fixture(scope="session")
def clip() -> MotionClip:
    """Both feet stand while the arms move and the person turns by a quarter."""
    ratio = np.random.default_rng(3).uniform(0.9, 1.1, 21)
    ratio[[3, 6, 9]] = ratio[[4, 7, 10]]  # legs of the same length
    offsets = scaled_offsets(ratio)
    arms = np.linspace(0, 1, FRAMES)
    quats = np.empty((FRAMES, NUM_JOINTS, 4))
    for joint in range(NUM_JOINTS):
        ends = Rotation.from_quat([HANGING[joint], POSTURES["arms overhead"][joint]])
        quats[:, joint] = Slerp([0, 1], ends)(arms).as_quat()
    to_camera = Rotation.from_matrix(_optical_axes())
    quats[:, 0] = (to_camera * Rotation.from_euler("z", 180 + 90 * arms[:, None], degrees=True)).as_quat()
    _, rest = forward_kinematics(np.tile(np.eye(3), (NUM_JOINTS, 1, 1)), offsets, np.zeros(3))
    world = np.stack([3 + arms, 0.2 * arms, np.full(FRAMES, SOLE - rest[7, 2] - HEIGHT_M)], 1)
    root = to_camera.apply(world)
    _, joints = forward_kinematics(matrix_from_quat(quats), np.broadcast_to(offsets, (FRAMES, 22, 3)), root)
    contacts, valid = np.full((FRAMES, 4), 0.9), np.ones(FRAMES, bool)
    keypoints, confidence = np.full((FRAMES, 23, 3), 0.5), np.full((FRAMES, 22), 0.8)
    for array in (quats, root, joints, contacts, keypoints, confidence):
        array[MISSING] = np.nan
    valid[MISSING] = False
    return MotionClip(
        stamps=100 + np.arange(FRAMES) / FPS, valid=valid, quat_local=quats.astype(np.float32),
        root_cam=root.astype(np.float32), joints_cam=joints.astype(np.float32), offsets=offsets.astype(np.float32),
        bone_ratio=ratio.astype(np.float32), keypoints=keypoints.astype(np.float32),
        confidence=confidence.astype(np.float32), contacts=contacts.astype(np.float32),
        joint_names=np.array(JOINT_NAMES), fps=np.array(FPS), K=CAMERA.matrix, distortion=np.zeros(0),
        fisheye=np.array(False),
        image_size=np.array([1280, 720]), keypoint_convention=np.array(0.0), adjusted=np.zeros(FRAMES, bool),
        exchanged=np.zeros(FRAMES, np.uint8), person=np.zeros(FRAMES, np.int32),
        person_bones=ratio[None].astype(np.float32), person_id=np.zeros(1, np.int32), camera_id=np.array(""),
        camera_rotation=np.full((FRAMES, 3, 3), np.nan), camera_position=np.full((FRAMES, 3), np.nan),
        camera_source=np.array(""), **hand_arrays(FRAMES, (), ()),
    )  # fmt: skip


@pytest.fixture(scope="session")
def motion_path(clip, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "motion.npz"
    clip.save(path)
    return path


@pytest.fixture(scope="session")
def clip_with_hands(clip) -> MotionClip:
    """The same, while the fingers go through all they can; for a second nobody looks at them."""
    share = (1 - np.cos(np.arange(FRAMES)[:, None, None] / 20 + np.arange(42).reshape(2, 21))) / 2
    angles = (LOWER + share * (UPPER - LOWER)).astype(np.float32)
    frames = np.flatnonzero(clip.valid)
    confidence = np.array([0.9, 0.8], np.float32)
    motions = [
        replace(motion, hands=None if 100 <= frame < 125 else HandPoses(angles[frame], confidence))
        for frame, motion in zip(frames, clip.motions(), strict=True)
    ]
    return replace(clip, **hand_arrays(FRAMES, frames.tolist(), motions))

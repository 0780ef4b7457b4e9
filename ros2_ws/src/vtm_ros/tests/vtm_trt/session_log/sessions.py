"""Sessions to record."""

import numpy as np

from tests.vtm.body.poses import HANGING
from vtm.camera import Intrinsics
from vtm.types import Motion, Observation

CAMERA = Intrinsics(640, 480, 500.0, 510.0, 320.0, 240.0, (0.1, -0.05, 0.0, 0.001))
FRAME_NS = 40_000_000
START_NS = 1_700_000_000_123_456_789


def motion(frame: int, camera: Intrinsics = CAMERA) -> Motion:
    """A person who walks away, with bones that are believed longer with every frame."""
    rng = np.random.default_rng(frame)
    stamp_ns = START_NS + frame * FRAME_NS
    keypoints = rng.uniform(0, 480, (23, 2)).astype(np.float32)
    seen = Observation(
        stamp_ns, camera, keypoints, rng.uniform(0.1, 1, 23).astype(np.float32), keypoint_convention=0.75
    )
    return Motion(
        stamp_ns=stamp_ns,
        quat_local=HANGING.astype(np.float32),
        root_cam=np.array([0.1, 0.2, 3.0 + 0.01 * frame], np.float32),
        bone_ratio=np.full(21, 0.9 + 0.001 * frame, np.float32),
        confidence=rng.uniform(0.1, 1, 22).astype(np.float32),
        contacts=rng.uniform(size=4).astype(np.float32),
        observation=seen,
    )

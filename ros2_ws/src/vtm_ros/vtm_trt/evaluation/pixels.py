"""The 2D network's part of an evaluation from pixels: what it sees, and what it says of the body in space itself."""

from collections.abc import Iterable

import numpy as np

from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS
from vtm.keypoints import NUM_KEYPOINTS
from vtm.metrics.score import LIMBS
from vtm.metrics.track import Track
from vtm.records import Frame, Observation
from vtm_trt.pose2d.canonical import BLAZEPOSE
from vtm_trt.pose2d.tracker import PoseTracker

_LANDMARKS = [BLAZEPOSE[JOINT_NAMES[joint]] for joint in LIMBS]


def observe(frames: Iterable[Frame], tracker: PoseTracker) -> tuple[list[Observation], Track]:
    """What `tracker` sees in one clip's frames, and its own world landmarks of the limb joints, without a place."""
    tracker.reset()
    observations, world = [], []
    for frame in frames:
        observations.append(tracker.step(frame) or _nobody(frame))
        joints = np.full((NUM_JOINTS, 3), np.nan)
        if tracker.world_landmarks is not None:
            joints[list(LIMBS)] = tracker.world_landmarks[_LANDMARKS]
        world.append(joints)
    return observations, Track(np.array(world).reshape(-1, NUM_JOINTS, 3), placed=False)


def _nobody(frame: Frame) -> Observation:
    keypoints, confidence = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    return Observation(frame.stamp_ns, frame.intrinsics, keypoints, confidence)

"""The 2D network's part of an evaluation from pixels: what it sees, and what it says of the body in space itself."""

from dataclasses import replace

import numpy as np

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS
from vtm.metrics.example import Example, VideoSample
from vtm.metrics.score import LIMBS
from vtm.metrics.track import Track
from vtm.types import Frame, Observation
from vtm_trt.pose2d.canonical import BLAZEPOSE
from vtm_trt.pose2d.tracker import PoseTracker

_LANDMARKS = [BLAZEPOSE[JOINT_NAMES[joint]] for joint in LIMBS]


def watch(sample: VideoSample, tracker: PoseTracker) -> Example:
    """What a tracker sees in a video. Frames after the end of the true motion are unknown.

    Args:
        sample: The video and its true motion.
        tracker: Its own world landmarks of the limb joints, which have no place, are the baseline.
    """
    tracker.reset()
    observations, world = [], []
    for frame in sample.frames:
        observations.append(tracker.step(frame) or _nobody(frame))
        joints = np.full((NUM_JOINTS, 3), np.nan)
        if tracker.world_landmarks is not None:
            joints[list(LIMBS)] = tracker.world_landmarks[_LANDMARKS]
        world.append(joints)
    rows = np.arange(len(observations))
    true = sample.true.frames(np.where(rows < len(sample.true.joints), rows, -1))
    baseline = Track(np.stack(world), placed=False)
    return Example(sample.name, sample.fps, observations, true, sample.protocol, baseline)


def without_images(example: Example) -> Example:
    """The same keypoints, but no image features."""
    return replace(example, observations=[replace(seen, image=None) for seen in example.observations])


def _nobody(frame: Frame) -> Observation:
    keypoints, confidence = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    return Observation(frame.stamp_ns, frame.intrinsics, keypoints, confidence)

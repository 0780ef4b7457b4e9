"""Where the 2D keypoints sit on the joints of the body."""

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, KEYPOINT_NAMES
from vtm.body.skeleton import JOINT_INDEX

ON_BODY = {
    "nose": ("head", "head", (0.0894, 0.0, 0.0724)),
    "left_eye": ("head", "head", (0.0647, 0.0213, 0.1035)),
    "right_eye": ("head", "head", (0.0647, -0.0213, 0.1035)),
    "left_ear": ("head", "head", (0.0191, 0.0431, 0.0851)),
    "right_ear": ("head", "head", (0.0191, -0.0431, 0.0851)),
    "left_shoulder": ("left_shoulder", "left_collar", (0.0014, -0.0097, 0.0255)),
    "right_shoulder": ("right_shoulder", "right_collar", (0.0014, 0.0097, 0.0255)),
    "left_elbow": ("left_elbow", "left_shoulder", (0.0108, -0.0215, 0.0013)),
    "right_elbow": ("right_elbow", "right_shoulder", (0.0108, 0.0215, 0.0013)),
    "left_wrist": ("left_wrist", "left_elbow", (0.0064, 0.008, -0.0009)),
    "right_wrist": ("right_wrist", "right_elbow", (0.0064, -0.008, -0.0009)),
    "left_hip": ("left_hip", "pelvis", (0.0245, 0.0034, 0.0033)),
    "right_hip": ("right_hip", "pelvis", (0.0245, -0.0034, 0.0033)),
    "left_knee": ("left_knee", "left_hip", (-0.0107, -0.0038, 0.0006)),
    "right_knee": ("right_knee", "right_hip", (-0.0107, 0.0038, 0.0006)),
    "left_ankle": ("left_ankle", "left_knee", (0.0019, 0.0003, 0.0364)),
    "right_ankle": ("right_ankle", "right_knee", (0.0019, -0.0003, 0.0364)),
    "left_heel": ("left_ankle", "left_ankle", (-0.0296, -0.0015, -0.0243)),
    "right_heel": ("right_ankle", "right_ankle", (-0.0296, 0.0015, -0.0243)),
    "left_big_toe": ("left_foot", "left_foot", (0.0159, -0.0182, -0.0006)),
    "right_big_toe": ("right_foot", "right_foot", (0.0159, 0.0182, -0.0006)),
}
"""Keypoint -> the joint it sits at, the joint it turns with (that one or its parent), and its offset in the latter's
frame, virtual-skeleton metres. Fitted to what the shipped 2D network finds on rendered people (measure_pose2d.py)."""


SITED = KEYPOINT_INDEX["mid_hip"]
"""The first 21 keypoints have a place of their own; mid_hip and neck lie between two of them."""
_SITES = [ON_BODY[name] for name in KEYPOINT_NAMES[:SITED]]
BASE = [JOINT_INDEX[joint] for joint, _, _ in _SITES]
"""The joint that each keypoint sits at."""
FRAME = [JOINT_INDEX[joint] for _, joint, _ in _SITES]
"""The joint that each keypoint turns with."""
OFFSET = np.array([offset for _, _, offset in _SITES])
"""(21, 3) metres in that joint's frame."""
_LIMBS = range(KEYPOINT_INDEX["left_shoulder"], KEYPOINT_INDEX["right_ankle"] + 1)
DEFINED_APART = np.array([[float(index in _LIMBS)] for index in range(SITED)])
"""(21, 1) 1 for the keypoints that detectors define differently: on the joint itself, or at OFFSET from it."""

"""BlazePose's 33 landmarks as the canonical 23 keypoints."""

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS

BLAZEPOSE = {
    "nose": 0, "left_eye": 2, "right_eye": 5, "left_ear": 7, "right_ear": 8, "left_shoulder": 11,
    "right_shoulder": 12, "left_elbow": 13, "right_elbow": 14, "left_wrist": 15, "right_wrist": 16,
    "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27, "right_ankle": 28,
    "left_heel": 29, "right_heel": 30, "left_big_toe": 31, "right_big_toe": 32,
}  # fmt: skip
"""Index of BlazePose's landmark for each keypoint that is one."""

_MIDDLES = {"mid_hip": ("left_hip", "right_hip"), "neck": ("left_shoulder", "right_shoulder")}
_KEYPOINTS = [KEYPOINT_INDEX[name] for name in BLAZEPOSE]
_LANDMARKS = list(BLAZEPOSE.values())
_MIDDLE_KEYPOINTS = [KEYPOINT_INDEX[name] for name in _MIDDLES]
_PAIRS = np.array([[KEYPOINT_INDEX[name] for name in pair] for pair in _MIDDLES.values()])


def canonical(landmarks: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The canonical keypoints of BlazePose's landmarks.

    A middle point is the mean of its pair and as certain as the less certain of the two.

    Args:
        landmarks: (33, D), D = 2 pixels or 3 metres.
        confidence: (33,).

    Returns:
        Keypoints (23, D) and confidence (23,) float32.
    """
    keypoints = np.empty((NUM_KEYPOINTS, landmarks.shape[1]), np.float32)
    certain = np.empty(NUM_KEYPOINTS, np.float32)
    keypoints[_KEYPOINTS] = landmarks[_LANDMARKS]
    certain[_KEYPOINTS] = confidence[_LANDMARKS]
    keypoints[_MIDDLE_KEYPOINTS] = keypoints[_PAIRS].mean(1)
    certain[_MIDDLE_KEYPOINTS] = certain[_PAIRS].min(1)
    return keypoints, certain


def fade_outside(confidence: np.ndarray, pixels: np.ndarray, width: int, height: int, reach: float) -> np.ndarray:
    """Let confidences fall outside the image linearly to 0.

    Args:
        confidence: (N,).
        pixels: (N, 2).
        width: Of the image, pixels.
        height: Of the image, pixels.
        reach: Pixels from the edge where they are 0.
    """
    last = np.array([width - 1, height - 1], np.float32)
    beyond = np.maximum(np.maximum(-pixels, pixels - last), 0).max(-1)
    return (confidence * np.clip(1 - beyond / max(reach, 1.0), 0, 1)).astype(np.float32)

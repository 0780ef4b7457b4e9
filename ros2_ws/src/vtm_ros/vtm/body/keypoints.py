"""The canonical 23 two-dimensional keypoints that every detector is mapped to and every network reads."""

KEYPOINT_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_big_toe",
    "right_big_toe", "mid_hip", "neck",
)  # fmt: skip
KEYPOINT_INDEX = {name: index for index, name in enumerate(KEYPOINT_NAMES)}
NUM_KEYPOINTS = len(KEYPOINT_NAMES)

UPPER_KEYPOINTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21, 22)
"""Keypoints of the upper half (head, arms, hips, neck)."""
LOWER_KEYPOINTS = (5, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
"""Keypoints of the lower half (legs, feet, hips, and the shoulders for the root's orientation)."""

MIRROR_KEYPOINTS = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 21, 22)
"""`x[MIRROR_KEYPOINTS]` exchanges left and right keypoints."""

"""The squares in which the hand network looks: from the body's landmarks, and from the hand's own of the last frame.

Constants are those of MediaPipe Holistic (`hand_landmarks_from_pose_to_recrop_roi`, `hand_landmarks_to_roi`,
`hand_roi_refinement`), without its network that places the first square anew: `HandTracker` looks again where the
first look's points say that the hand is, and finds more hands.
"""

from math import cos, hypot, pi, sin

import numpy as np

from vtm_trt.pose2d.roi import Roi

BODY_SIDE = 4.0
"""Side of the square over the distance from the wrist to the knuckles."""
BODY_SHIFT = 0.2
"""How far its centre lies beyond the knuckles, in the same unit."""
PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
"""The hand's landmarks that give the next square: fingertips come and go."""
HAND_SIDE, HAND_SHIFT = 2.0, 0.1
MOST_TURN = 2 * pi / 9
MOST_SHIFT = 0.35
MOST_GROWTH = 2.0
"""A square followed must agree with the body's within these: turn in radians, shift of the centre in sides, ratio of
the sides. So a hand never runs off to another one."""


def from_body(wrist: np.ndarray, pinky: np.ndarray, index: np.ndarray) -> Roi:
    """The square around a hand from the body's three points of it, each (2,) pixels; the fingers point up."""
    knuckles = (2 * index + pinky) / 3
    across, down = (knuckles - wrist).tolist()
    length, angle = hypot(across, down), float(np.arctan2(across, -down))
    x, y = knuckles.tolist()
    return Roi(x + BODY_SHIFT * length * sin(angle), y - BODY_SHIFT * length * cos(angle), BODY_SIDE * length, angle)


def from_hand(points: np.ndarray) -> Roi:
    """The square around a hand from its own landmarks, (21, 2) pixels."""
    middle = (points[6] + points[14]) / 4 + points[10] / 2
    across, down = (middle - points[0]).tolist()
    angle = float(np.arctan2(across, -down))
    axes = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    upright = points[list(PALM)] @ axes
    low, high = upright.min(0), upright.max(0)
    height = high[1] - low[1]
    centre = axes @ ((low + high) / 2 - (0, HAND_SHIFT * height))
    return Roi(float(centre[0]), float(centre[1]), HAND_SIDE * float((high - low).max()), angle)


def agree(followed: Roi, body: Roi) -> bool:
    """Whether the square that was followed is still around the hand where the body has it."""
    turn = abs((followed.angle - body.angle + pi) % (2 * pi) - pi)
    shift = hypot(followed.x - body.x, followed.y - body.y)
    growth = followed.side / body.side if body.side > 0 else 0.0
    return turn < MOST_TURN and shift < MOST_SHIFT * body.side and 1 / MOST_GROWTH < growth < MOST_GROWTH

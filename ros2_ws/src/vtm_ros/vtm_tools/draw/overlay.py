"""Keypoints and skeleton drawn over a camera image, fast enough for every frame."""

import cv2
import numpy as np

from vtm.body.skeleton import scaled_offsets
from vtm.types import Motion
from vtm_tools.draw.hand_figure import finger_lines
from vtm_tools.draw.stick_figure import BONES, COLOURS, KEYPOINT_COLOUR, bgr, figure_points, side_of

LEAST_CONFIDENCE = 0.3
"""Keypoints less sure than this are not drawn."""
NEAREST_M = 0.1
"""Bones that come closer to the camera are not drawn: they have no place in the image."""
_FARTHEST_PIXEL = 30_000


def draw_overlay(image: np.ndarray, motion: Motion, colour: str | None = None) -> np.ndarray:
    """Draw a person over a camera's image; left blue, right orange.

    Args:
        image: (H, W, 3) uint8 BGR, which stays as it is.
        motion: Of the same instant.
        colour: Of the whole person, #rrggbb, in place of those two.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    picture = np.array(image)
    points = figure_points(motion.quat_local, scaled_offsets(motion.bone_ratio), motion.root_cam.astype(float))
    visible = points[:, 2] > NEAREST_M
    lens = motion.observation.intrinsics
    places = np.where(visible[:, None], points, (0.0, 0.0, 1.0))
    pixels = np.clip(lens.project(places), -_FARTHEST_PIXEL, _FARTHEST_PIXEL).round().astype(int)
    width = max(2, round(min(picture.shape[:2]) / 180))
    for start, end in sorted(BONES, key=lambda bone: -points[list(bone), 2].sum()):
        if visible[start] and visible[end]:
            ends = tuple(pixels[start].tolist()), tuple(pixels[end].tolist())
            cv2.line(picture, *ends, (255, 255, 255), 2 * width, cv2.LINE_AA)
            cv2.line(picture, *ends, bgr(colour or COLOURS[side_of(end)]), width, cv2.LINE_AA)
    for side, fingers in finger_lines(motion).items():
        if (fingers[..., 2] > NEAREST_M).all():
            lines = np.clip(lens.project(fingers.reshape(-1, 3)), -_FARTHEST_PIXEL, _FARTHEST_PIXEL)
            strokes = list(lines.round().astype(np.int32).reshape(5, 5, 2))
            cv2.polylines(picture, strokes, False, (255, 255, 255), width + 1, cv2.LINE_AA)
            cv2.polylines(picture, strokes, False, bgr(colour or COLOURS[side]), max(1, width // 2), cv2.LINE_AA)
    seen = motion.observation.confidence > LEAST_CONFIDENCE
    keypoints = np.clip(motion.observation.keypoints[seen], -_FARTHEST_PIXEL, _FARTHEST_PIXEL)
    for x, y in keypoints.round().astype(int).tolist():
        cv2.circle(picture, (x, y), width + 1, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, y), width, bgr(KEYPOINT_COLOUR), -1, cv2.LINE_AA)
    return picture

"""A frame of the video, cut round the person, with the skeleton over it."""

import cv2
import numpy as np

from vtm.files.motion_file import MotionClip
from vtm_tools.draw.overlay import draw_overlay

HEIGHT_PX = 320
MARGIN = 0.35
"""Of the person's size: how much of the surroundings is shown on each side."""


def thumbnail(image: np.ndarray, clip: MotionClip, frame: int) -> np.ndarray:
    """A frame of the video, cut round the person.

    Args:
        image: (H, W, 3) BGR of the frame.
        clip: The motion.
        frame: A valid frame of it.

    Returns:
        (HEIGHT_PX, W, 3) BGR.
    """
    motion = clip.motions()[int(clip.valid[:frame].sum())]
    pixels = clip.intrinsics.project(np.maximum(clip.joints_cam[frame], [-np.inf, -np.inf, 0.1]))
    low, high = pixels.min(0), pixels.max(0)
    half = max(float((high - low).max()) * (0.5 + MARGIN), 40.0)
    size = np.array(image.shape[1::-1])
    middle = np.clip((low + high) / 2, 0, size)
    first, last = np.clip([middle - half, middle + half], 0, size).astype(int)
    cut = draw_overlay(image, motion)[first[1] : last[1], first[0] : last[0]]
    return cv2.resize(
        cut, (max(1, round(cut.shape[1] * HEIGHT_PX / cut.shape[0])), HEIGHT_PX), interpolation=cv2.INTER_AREA
    )

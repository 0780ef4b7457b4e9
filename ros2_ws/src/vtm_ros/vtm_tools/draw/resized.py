"""A person and their picture at another size."""

from dataclasses import replace

import cv2
import numpy as np

from vtm.camera import Intrinsics
from vtm.types import Motion


def small_image(image: np.ndarray, longest: int) -> np.ndarray:
    """`image` (H, W, 3), made smaller where its longer side has more than `longest` pixels."""
    height, width = image.shape[:2]
    share = min(1.0, longest / max(height, width))
    if share == 1.0:
        return image
    return cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)


def resized_lens(lens: Intrinsics, width: int, height: int) -> Intrinsics:
    """`lens` of an image that was resized to `width` x `height` pixels."""
    x, y = width / lens.width, height / lens.height
    return replace(lens, width=width, height=height, fx=lens.fx * x, fy=lens.fy * y, cx=lens.cx * x, cy=lens.cy * y)


def resized_motion(motion: Motion, width: int, height: int) -> Motion:
    """`motion` as seen in an image of that size."""
    seen = motion.observation
    lens = resized_lens(seen.intrinsics, width, height)
    scale = np.array([width / seen.intrinsics.width, height / seen.intrinsics.height])
    return replace(motion, observation=replace(seen, intrinsics=lens, keypoints=seen.keypoints * scale))

"""Pictures in which one of several people is alone: the others are painted over before a network looks at the one.

A network that finds the landmarks of one person in a region is drawn to whoever is largest there; where two people meet
it takes their limbs for those of one. It does not see who is painted over [BBoxMaskPose, Purkrabek and Matas 2025].
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, cos, floor, sin

import cv2
import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import LIMBS, TRUNK, thickness
from vtm_trt.pose2d.roi import Roi

THICKER, OWN = 1.3, 1.15
"""How much thicker than they are the others are painted, and one's own body is kept."""
SAMPLE = 4
"""One pixel of so many tells the colour that is painted."""
LARGEST = 20000
"""Pixels; OpenCV draws no lines that end further away."""


def alone(frame: Frame, region: Roi, own: np.ndarray | None, others: Sequence[np.ndarray]) -> Frame:
    """The frame without the other people in a region.

    Args:
        frame: Any.
        region: Where the person is.
        own: Where the person's landmarks (33, 2) should be; nothing is painted over there. None where that is not sure.
        others: Those of the others.
    """
    reach = region.side / 2 * (abs(cos(region.angle)) + abs(sin(region.angle)))
    height, width = frame.image.shape[:2]
    left, top = max(floor(region.x - reach), 0), max(floor(region.y - reach), 0)
    right, bottom = min(ceil(region.x + reach), width), min(ceil(region.y + reach), height)
    if not others or right <= left or bottom <= top:
        return frame
    covered = np.zeros((bottom - top, right - left), np.uint8)
    for other in others:
        draw(covered, other - (left, top), THICKER, 1)
    x, y, wide, high = cv2.boundingRect(covered)
    if not wide:
        return frame
    if own is not None:
        draw(covered, own - (left, top), OWN, 0)
    image = frame.image.copy()
    part = image[top:bottom, left:right]
    sample = np.ascontiguousarray(part[::SAMPLE, ::SAMPLE])
    colour = cv2.mean(sample, 1 - covered[::SAMPLE, ::SAMPLE])[:3]
    box = slice(y, y + high), slice(x, x + wide)
    plain = np.empty((high, wide, 3), np.uint8)
    cv2.rectangle(plain, (0, 0), (wide, high), colour, cv2.FILLED)
    part[box] = cv2.copyTo(plain, covered[box], part[box])
    return replace(frame, image=image)


def draw(mask: np.ndarray, points: np.ndarray, thicker: float, value: int) -> None:
    """A body of these landmarks (33, 2) into a picture."""
    places = np.clip(points, -LARGEST, LARGEST).round().astype(np.int32)
    for (start, end), thick in zip(LIMBS, 2 * thicker * thickness(points), strict=True):
        cv2.line(mask, places[start].tolist(), places[end].tolist(), (value,), max(1, round(thick)))
    cv2.fillConvexPoly(mask, places[TRUNK], (value,))

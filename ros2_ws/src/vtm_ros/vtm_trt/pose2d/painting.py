"""Pictures in which one of several people is alone: the others are painted over before a network looks at the one.

A network that finds the landmarks of one person in a region is drawn to whoever is largest there; where two people meet
it takes their limbs for those of one. It does not see who is painted over [BBoxMaskPose, Purkrabek and Matas 2025], if
the paint is what is around: a spot of one colour in the shape of a body is taken for a body.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, cos, floor, sin

import cv2
import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.bodies import LIMBS, TRUNK, thickness
from vtm_trt.pose2d.roi import Roi

THICKER, OWN, FRONT = 1.3, 1.15, 1.1
"""How much thicker than they are the others are painted, one's own body is kept, and those in front of it are painted.
"""
AROUND, BLUR = 0.15, 9
"""Width of the blur that takes the paint from what is around the others, in sides of the region; the same in pixels of
the picture that is blurred."""
FAINT = 1e-3
"""Weight of the mean of all colours, which is left where nothing is near."""
LARGEST = 20000
"""Pixels; OpenCV draws no lines that end further away."""


def alone(
    frame: Frame,
    region: Roi,
    own: np.ndarray | None,
    others: Sequence[np.ndarray],
    in_front: Sequence[np.ndarray] = (),
) -> Frame:
    """The frame without the other people in a region.

    Args:
        frame: Any.
        region: Where the person is.
        own: Where the person's landmarks (33, 2) should be; only those in front are painted over there. None where that
            is not sure.
        others: Those of the others who may be behind the person.
        in_front: Those of the others who surely stand in front.
    """
    reach = region.side / 2 * (abs(cos(region.angle)) + abs(sin(region.angle)))
    height, width = frame.image.shape[:2]
    left, top = max(floor(region.x - reach), 0), max(floor(region.y - reach), 0)
    right, bottom = min(ceil(region.x + reach), width), min(ceil(region.y + reach), height)
    if not (others or in_front) or right <= left or bottom <= top:
        return frame
    covered = np.zeros((bottom - top, right - left), np.uint8)
    for other in others:
        draw(covered, other - (left, top), THICKER, 1)
    if own is not None:
        draw(covered, own - (left, top), OWN, 0)
    for other in in_front:
        draw(covered, other - (left, top), THICKER if own is None else FRONT, 1)
    x, y, wide, high = cv2.boundingRect(covered)
    if not wide:
        return frame
    image = frame.image.copy()
    part = image[top:bottom, left:right]
    box = slice(y, y + high), slice(x, x + wide)
    part[box] = cv2.copyTo(_surroundings(part, covered, box, AROUND * region.side), covered[box], part[box])
    return replace(frame, image=image)


def _surroundings(part: np.ndarray, covered: np.ndarray, box: tuple[slice, slice], width: float) -> np.ndarray:
    """The colours around what is covered (1, else 0) in a box of a part of an image, blurred over `width` pixels."""
    reach = round(width)
    wider = tuple(slice(max(0, along.start - reach), along.stop + reach) for along in box)
    step = max(1, round(width / BLUR))
    sample = np.ascontiguousarray(part[wider][::step, ::step])
    seen = 1 - covered[wider][::step, ::step]
    mean = np.array(cv2.mean(sample, seen)[:3], np.float32)
    weight = seen.astype(np.float32)
    colours = cv2.GaussianBlur(sample * weight[..., None], (BLUR, BLUR), 0) + FAINT * mean
    colours /= (cv2.GaussianBlur(weight, (BLUR, BLUR), 0) + FAINT)[..., None]
    full = cv2.resize(colours.astype(np.uint8), (sample.shape[1] * step, sample.shape[0] * step))
    top, left = (along.start - outer.start for along, outer in zip(box, wider, strict=True))
    return np.ascontiguousarray(full[top : top + box[0].stop - box[0].start, left : left + box[1].stop - box[1].start])


def draw(mask: np.ndarray, points: np.ndarray, thicker: float, value: int) -> None:
    """A body of these landmarks (33, 2) into a picture."""
    places = np.clip(points, -LARGEST, LARGEST).round().astype(np.int32)
    for (start, end), thick in zip(LIMBS, 2 * thicker * thickness(points), strict=True):
        cv2.line(mask, places[start].tolist(), places[end].tolist(), (value,), max(1, round(thick)))
    cv2.fillConvexPoly(mask, places[TRUNK], (value,))

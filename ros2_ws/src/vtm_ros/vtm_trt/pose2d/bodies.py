"""Several bodies in one picture: whether two are the same, and what of one is behind another."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from vtm_trt.pose2d.landmarks import Landmarks

BELOW_HEAD = slice(11, 33)
SAME = 0.09
"""Median distance of their landmarks, in sides of the region, under which two are one body."""
SURE = 0.3
LEVEL, CLEARLY_LOWER = 0.02, 0.04
"""Sides; feet that are lower in the picture by more stand nearer to the camera, and surely do."""
HIDDEN = 0.3
"""What is left of the confidence of a landmark that is behind another body."""
NEAR = 0.15
"""Distance of two boxes, in sides of the larger one, within which they touch."""
LEAST_LEFT, MOST_LEFT = 0.32, 0.8
"""Mean confidence below which a body is behind others, if so much is left of what it was without them."""
WHOLE = 0.9
TAKEN, STRAYED = 0.04, 0.08
"""Sides: a landmark so near to the same one of a body in front, and so far from where it should be, is that body's."""
LIMBS = np.array([
    (11, 23), (12, 24), (11, 24), (12, 23), (11, 12), (23, 24), (11, 13), (12, 14), (13, 15), (14, 16), (23, 25),
    (24, 26), (25, 27), (26, 28), (27, 31), (28, 32), (7, 8), (0, 11), (0, 12),
])  # fmt: skip
_THICK = np.array([0.2] * 6 + [0.14] * 2 + [0.1] * 2 + [0.2] * 2 + [0.14] * 2 + [0.1] * 2 + [0.25] + [0.12] * 2)
"""Half of the thickness of the body there, in lengths of the trunk."""
TRUNK = [11, 12, 24, 23]
_FEET = (27, 28, 29, 30, 31, 32)


def apart(one: np.ndarray, other: np.ndarray, side: float) -> float:
    """Median distance of the landmarks (33, 2) of two bodies below their heads, in sides of a region."""
    ways = one[BELOW_HEAD] - other[BELOW_HEAD]
    return float(np.median(np.sqrt((ways * ways).sum(-1)))) / max(side, 1e-6)


def overlap(one: Landmarks, other: Landmarks) -> float:
    """Largest share of the box of one of two bodies that lies in the box of the other."""
    (low, high), (others_low, others_high) = _box(one), _box(other)
    shared = np.clip(np.minimum(high, others_high) - np.maximum(low, others_low), 0, None).prod()
    return float(shared / max(min((high - low).prod(), (others_high - others_low).prod()), 1e-6))


def touch(one: Landmarks, other: Landmarks) -> bool:
    """Whether the boxes of two bodies overlap, or are near each other."""
    (low, high), (others_low, others_high) = _box(one), _box(other)
    near = NEAR * max((high - low).max(), (others_high - others_low).max())
    return bool((low - others_high < near).all() and (others_low - high < near).all())


def _box(body: Landmarks) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest x, y of the landmarks that are sure, of all where few are."""
    sure = body.confidence > SURE
    points = body.pixels[sure] if sure.sum() > 4 else body.pixels
    return points.min(0), points.max(0)


def without_hidden(
    bodies: Sequence[Landmarks], expected: Sequence[Landmarks], sides: Sequence[float]
) -> list[Landmarks]:
    """The bodies, less sure of what is behind another one.

    Args:
        bodies: Of one picture.
        expected: Each as it should be, which tells who is in front: a body that is half another's would not.
        sides: Of their regions, pixels.
    """
    left = [np.ones(len(body.confidence), np.float32) for body in bodies]
    for one, other in combinations(range(len(bodies)), 2):
        if overlap(bodies[one], bodies[other]) <= 0:
            continue
        front, behind = (one, other) if _is_in_front(expected, one, other, sides) else (other, one)
        left[behind][on_body(bodies[behind], bodies[front])] *= HIDDEN
        taken = _far(bodies[behind].pixels, bodies[front].pixels) < TAKEN * sides[behind]
        left[behind][taken & (_far(bodies[behind].pixels, expected[behind].pixels) > STRAYED * sides[behind])] = 0
    return [replace(body, confidence=body.confidence * share) for body, share in zip(bodies, left, strict=True)]


def is_hidden(left: Landmarks, body: Landmarks) -> bool:
    """Whether what is `left` of a body by `without_hidden` tells nothing of it."""
    sure = left.confidence[BELOW_HEAD].mean()
    return bool(sure < LEAST_LEFT and sure < MOST_LEFT * body.confidence[BELOW_HEAD].mean())


def is_whole(left: Landmarks, body: Landmarks) -> bool:
    """Whether all of a body is `left` by `without_hidden`."""
    return bool(left.confidence.sum() > WHOLE * body.confidence.sum())


def hidden(bodies: Sequence[Landmarks], sides: Sequence[float], seen: Sequence[bool]) -> list[float]:
    """What share of each body is behind another one.

    Args:
        bodies: Of one picture.
        sides: Of their regions, pixels.
        seen: Which of them were seen: nobody is behind somebody who may be elsewhere.
    """
    behind = [np.zeros(len(body.confidence), bool) for body in bodies]
    for one, other in combinations(range(len(bodies)), 2):
        if overlap(bodies[one], bodies[other]) > 0:
            front, back = (one, other) if _is_in_front(bodies, one, other, sides) else (other, one)
            if seen[front]:
                behind[back] |= on_body(bodies[back], bodies[front])
    return [float(points[BELOW_HEAD].mean()) for points in behind]


def _is_in_front(bodies: Sequence[Landmarks], one: int, other: int, sides: Sequence[float]) -> bool:
    """Whether one is nearer to the camera than the other: by the feet on the ground, else by the size."""
    feet, others_feet = _lowest_foot(bodies[one]), _lowest_foot(bodies[other])
    if feet is not None and others_feet is not None:
        lower = (feet - others_feet) / max(sides[one], sides[other])
        if abs(lower) > LEVEL:
            return lower > 0
    return sides[one] >= sides[other]


def is_surely_in_front(one: Landmarks, other: Landmarks, side: float) -> bool:
    """Whether the feet of one are so low in the picture that it must be nearer to the camera.

    Args:
        one: A body.
        other: Another one.
        side: Of the larger one's region, pixels.
    """
    feet, others_feet = _lowest_foot(one), _lowest_foot(other)
    return feet is not None and others_feet is not None and feet - others_feet > CLEARLY_LOWER * side


def _lowest_foot(body: Landmarks) -> float | None:
    return max((float(body.pixels[foot, 1]) for foot in _FEET if body.confidence[foot] > SURE), default=None)


def thickness(points: np.ndarray) -> np.ndarray:
    """Half of that of the body around each of LIMBS, pixels, from its landmarks (33, 2)."""
    trunk = points[[11, 12]].mean(0) - points[[23, 24]].mean(0)
    return _THICK * float(np.hypot(*trunk))


def on_body(body: Landmarks, other: Landmarks) -> np.ndarray:
    """Which landmarks of a body lie on the picture of another, (33,) bool."""
    reach = thickness(other.pixels)
    start, end = other.pixels[LIMBS[:, 0]], other.pixels[LIMBS[:, 1]]
    along = end - start
    points = body.pixels[:, None] - start
    share = (points * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-6)
    on_limb = _far(points, np.clip(share, 0, 1)[..., None] * along) < reach
    return np.any(on_limb, axis=1)


def uncovered(body: Landmarks, others: Iterable[Landmarks]) -> Landmarks:
    """A body, sure of nothing that lies on the pictures of others: whose colours are seen there is not known."""
    confidence = body.confidence.copy()
    for other in others:
        if overlap(body, other) > 0:
            confidence[on_body(body, other)] = 0
    return replace(body, confidence=confidence)


def _far(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    ways = points - others
    return np.sqrt((ways * ways).sum(-1))

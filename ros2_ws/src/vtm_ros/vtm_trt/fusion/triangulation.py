"""Where keypoints are that several cameras see.

The distance of a point X from a camera's ray, in metres at the body, is A (X - c) with the camera's centre c and a 2x3
matrix A. So least squares over the cameras are M X = b with M = sum w A^T A: the place of a keypoint, and with M how
much is known of it in which direction, also where one camera alone sees it, which tells all but the distance. Which
cameras agree is found as in RANSAC [Fischler 1981], but with every pair of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vtm.body.keypoint_offsets import SITED
from vtm.body.keypoints import KEYPOINT_NAMES, MIRROR_KEYPOINTS
from vtm_trt.fusion.view import View

SIGMA = 0.025
"""Metres at the body that a sure keypoint of the middling kind is off by."""
AGREES = 0.10
"""Metres at the body within which a keypoint's ray passes the place that the others give it."""
EXPECTED = 0.5
"""A guess of the place, from the frame before, counts so much as a camera that agrees."""
HIDDEN_M = 0.08
"""Metres by which a shoulder or hip lies behind the other one when it is doubted half: the trunk hides it."""
USUAL = 2.0
"""So many rays speak for SIGMA before the others are seen."""
UNCERTAIN = {
    "nose": 0.026, "eye": 0.025, "ear": 0.035, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062, "hip": 0.107,
    "knee": 0.087, "ankle": 0.089, "heel": 0.066, "big_toe": 0.068,
}  # fmt: skip
"""How far people disagree about keypoints, in shares of the person's size: the sigmas of COCO and COCO-WholeBody."""
MIDDLING, LEAST_UNCERTAIN = 0.07, 0.04
"""Of these; the face is not told more closely than so, since its shape differs."""
_LEAST = 1e-3
_EYE = np.eye(3)

_NAMES = KEYPOINT_NAMES[:SITED]
_MIRROR = np.array(MIRROR_KEYPOINTS[:SITED])
_TRUNK = np.array([name.endswith(("shoulder", "hip")) for name in _NAMES])
_SPREAD = np.array([UNCERTAIN[name.removeprefix("left_").removeprefix("right_")] for name in _NAMES])
_WEIGHT = (SIGMA * np.maximum(_SPREAD, LEAST_UNCERTAIN) / MIDDLING) ** -2.0


@dataclass(frozen=True, eq=False)
class Places:
    """Of K keypoints, in common axes.

    Attributes:
        place: (K, 3) m.
        known: (K, 3, 3) 1/m², the inverse of its covariance; singular where one camera sees it, 0 where none does.
        heard: (N, K) in 0..1, how much of its confidence each camera was given.
        sure: (N, K) these confidences, less where the trunk hides a keypoint.
        off: (N, K) m, how far the place is from each camera's ray.
    """

    place: np.ndarray
    known: np.ndarray
    heard: np.ndarray
    sure: np.ndarray
    off: np.ndarray

    @property
    def seen_twice(self) -> np.ndarray:
        """(K,) bool, whether two cameras agree about the place."""
        return self._told().sum(0) > 1

    @property
    def noise(self) -> float:
        """Variance of the keypoints over what SIGMA says: as their rays pass the places."""
        twice = self.seen_twice
        square = (self.sure * self.heard)[:, twice] * _WEIGHT[twice] * self.off[:, twice] ** 2
        return float((USUAL + square.sum()) / (USUAL + (2 * self._told()[:, twice].sum(0) - 3).sum()))

    def _told(self) -> np.ndarray:
        """(N, K) bool, which camera's rays agree with a place."""
        return (self.heard > 0.5) & (self.sure > 0)


def triangulate(views: Sequence[View], expected: np.ndarray, trusted: float = EXPECTED) -> Places:
    """Find the places of the keypoints.

    Args:
        views: N cameras.
        expected: (21, 3) m, about where they are.
        trusted: How much that counts where cameras disagree; a camera counts as much as its confidence.
    """
    across = np.stack([view.across() for view in views])  # (N, K, 2, 3)
    centres = np.stack([view.centre for view in views])
    sure = np.stack([view.sure * _shown(view, expected) for view in views])
    normal = across.swapaxes(-1, -2) @ across
    right = (normal @ centres[:, None, :, None])[..., 0]
    pairs = np.array(list(combinations(range(len(views)), 2)), int).reshape(-1, 2)
    met = solved(normal[pairs].sum(1), right[pairs].sum(1), expected)
    guesses = np.concatenate([expected[None], met])  # (1 + P, K, 3)
    cost = (sure * np.minimum(ways_off(across, centres, guesses) / AGREES, 1) ** 2).sum(1)
    cost += trusted * np.minimum(np.linalg.norm(guesses - expected, axis=-1) / (2 * AGREES), 1) ** 2
    place = guesses[np.argmin(cost, axis=0), np.arange(len(expected))]
    known, heard = np.zeros((len(place), 3, 3)), np.ones_like(sure)
    for _ in range(3):
        heard = (sure > 0) / (1 + (ways_off(across, centres, place) / AGREES) ** 4)
        weight = sure * heard * _WEIGHT
        known = (weight[..., None, None] * normal).sum(0)
        place = solved(known, (weight[..., None] * right).sum(0), expected)
    return Places(place, known, heard, sure, ways_off(across, centres, place))


def solved(normal: np.ndarray, right: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The places X (..., K, 3) with M X = b; where the rays do not tell, as expected.

    Args:
        normal: (..., K, 3, 3) M.
        right: (..., K, 3) b.
        expected: (K, 3) m.
    """
    held = _LEAST * np.trace(normal, axis1=-2, axis2=-1)[..., None] + 1e-9
    pull = right + held * expected
    return np.linalg.solve(normal + held[..., None] * _EYE, pull[..., None])[..., 0]


def ways_off(across: np.ndarray, centres: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(..., N, K) m from places to rays.

    Args:
        across: (..., N, K, 2, 3) of `View.across`.
        centres: (N, 3) m of the cameras.
        place: (..., K, 3) m.
    """
    off = (across @ (place[..., None, :, :] - centres[:, None])[..., None])[..., 0]
    return np.sqrt((off * off).sum(-1))


def _shown(view: View, expected: np.ndarray) -> np.ndarray:
    """(21,) in 0..1: a shoulder or hip behind the other one is guessed, however sure a detector is of it."""
    away = (expected - view.centre) @ view.rotation[:, 2]
    behind = np.where(_TRUNK, np.maximum(away - away[_MIRROR], 0), 0)
    return 1 / (1 + (behind / HIDDEN_M) ** 2)

"""Left and right that one camera has exchanged, and a camera that follows somebody else: the others tell."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from vtm.body.keypoint_offsets import SITED
from vtm_trt.fusion.triangulation import AGREES, EXPECTED, Places, solved, ways_off
from vtm_trt.fusion.view import View
from vtm_trt.pose2d.exchange import GROUPS, MEMBER

DOUBTED = 0.35
"""Of AGREES: where every camera's rays of a group of keypoints pass their places nearer than so, and these are within
AGREES of where they are expected, nobody asks further."""
AS_SAID = 0.1
"""What it costs for every keypoint that a camera has exchanged it: as much as a ray that is a third off."""
MOST_ASKED = 6
"""With more cameras, one at a time is asked."""
LEAST_SHARED = 0.5
"""A camera of whose confidence less agrees with the others follows somebody else, or is not where it is thought."""

_POINTS = [np.flatnonzero(member[:SITED]) for member in MEMBER]


def put_right(views: Sequence[View], places: Places, expected: np.ndarray) -> tuple[list[View], list[int]]:
    """Give every camera the left and the right on which all agree best.

    Args:
        views: N cameras.
        places: As they are triangulated with what the cameras say.
        expected: (21, 3) m, about where the keypoints are.

    Returns:
        The cameras, and which groups (bits of `vtm_trt.pose2d.exchange.GROUPS`) of each were exchanged.
    """
    right, exchanged = list(views), [0] * len(views)
    for group in range(len(GROUPS)):
        points, bit = _POINTS[group], 1 << group
        sure = np.stack([view.sure[points] for view in views])
        off = (sure * np.minimum(places.off[:, points], AGREES)).sum(1) / np.maximum(sure.sum(1), 1e-9)
        moved = np.linalg.norm(places.place[points] - expected[points], axis=-1).mean()
        if off.max() < DOUBTED * AGREES and moved < AGREES:
            continue
        others = [view.exchanged(bit) for view in right]
        for camera in _cheapest(right, others, points, expected):
            right[camera], exchanged[camera] = others[camera], exchanged[camera] | bit
    return right, exchanged


def _cheapest(
    views: Sequence[View], others: Sequence[View], points: np.ndarray, expected: np.ndarray
) -> tuple[int, ...]:
    """The cameras, at most half of them, whose exchange makes the rays of `points` agree best."""
    count = len(views)
    most = count // 2 if count <= MOST_ASKED else 1
    choices = [chosen for size in range(most + 1) for chosen in combinations(range(count), size)]
    rows = np.array([[camera + count * (camera in chosen) for camera in range(count)] for chosen in choices])
    both = (*views, *others)
    across = np.stack([view.across()[points] for view in both])[rows]  # (C, N, K, 2, 3)
    sure = np.stack([view.sure[points] for view in both])[rows]
    centres, goal = np.stack([view.centre for view in views]), expected[points]
    normal = (sure[..., None, None] * across.swapaxes(-1, -2)) @ across
    place = solved(normal.sum(1), (normal @ centres[:, None, :, None])[..., 0].sum(1), goal)
    off = np.minimum(ways_off(across, centres, place) / AGREES, 1)
    away = np.minimum(np.linalg.norm(place - goal, axis=-1) / (2 * AGREES), 1)
    asked = np.array([len(chosen) for chosen in choices])
    cost = (sure * off**2).sum((1, 2)) + EXPECTED * (away**2).sum(1) + AS_SAID * len(points) * asked
    return choices[int(np.argmin(cost))]


def strangers(views: Sequence[View], places: Places) -> list[int]:
    """The cameras whose keypoints do not agree with the others'."""
    sure = np.stack([view.sure for view in views])
    shared = (sure * places.heard).sum(1) / np.maximum(sure.sum(1), 1e-9)
    return [camera for camera in range(len(views)) if shared[camera] < LEAST_SHARED]

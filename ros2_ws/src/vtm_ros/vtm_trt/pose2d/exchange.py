"""Groups of keypoints whose left and right a 2D network may have exchanged."""

from dataclasses import replace

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.body.skeleton import JOINT_NAMES
from vtm.types import Observation

_PARTS = {
    "legs": ("hip", "knee", "ankle", "heel", "big_toe"),
    "arms": ("shoulder", "elbow", "wrist"),
    "face": ("eye", "ear"),
}
GROUPS = tuple(_PARTS)
"""Bit g of `Observation.exchanged` says whether GROUPS[g] was exchanged."""
COUNT = 2 ** len(GROUPS)
"""States: which of them are exchanged."""

_LEFT = [[KEYPOINT_INDEX[f"left_{part}"] for part in parts] for parts in _PARTS.values()]
_RIGHT = [[KEYPOINT_INDEX[f"right_{part}"] for part in parts] for parts in _PARTS.values()]
MEMBER = np.zeros((len(GROUPS), NUM_KEYPOINTS), np.float32)
for _row, _points in enumerate(zip(_LEFT, _RIGHT, strict=True)):
    MEMBER[_row, _points[0] + _points[1]] = 1.0
MIRROR = np.array(MIRROR_KEYPOINTS)
BITS = (np.arange(COUNT)[:, None] >> np.arange(len(GROUPS)) & 1).astype(np.float64)
ORDER = np.stack([np.where(BITS[state] @ MEMBER > 0, MIRROR, np.arange(NUM_KEYPOINTS)) for state in range(COUNT)])
"""(8, 23): `x[ORDER[state]]` exchanges the groups of the state."""
LESS_SURE = 0.6
"""The share of its confidence that a joint keeps where its left and right may be the other way round."""
_JOINTS = [name.partition("_")[2].replace("foot", "big_toe") for name in JOINT_NAMES]
_OF_GROUP = np.array([[joint in parts for joint in _JOINTS] for parts in _PARTS.values()], float)
SURENESS = (LESS_SURE ** (BITS @ _OF_GROUP)).astype(np.float32)
"""(8, 22) the same of each joint, by the groups that are doubted."""


def exchange(observation: Observation, groups: int) -> Observation:
    """The same with left and right of the `groups` (bits of GROUPS) exchanged, and marked so."""
    if not groups:
        return observation
    order, arms = ORDER[groups], groups >> GROUPS.index("arms") & 1
    hands, looked = observation.hands, observation.looked
    return replace(
        observation,
        keypoints=observation.keypoints[order],
        confidence=observation.confidence[order],
        exchanged=observation.exchanged ^ groups,
        hands=hands[::-1] if hands and arms else hands,
        looked=looked[::-1] if arms else looked,
    )

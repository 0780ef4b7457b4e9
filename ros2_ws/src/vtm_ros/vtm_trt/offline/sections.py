"""A long recording refined in sections that overlap, so that memory does not grow with what is done to each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm.body.rotations import quat_normalize
from vtm.types import Motion

SECTION, OVERLAP = 3000, 90
"""Frames: 100 s, of which 3 s are shared with the next section, at 30 frames/s."""
SETTLING = 30
"""Frames at the ends of a section, where the network has seen little: they are left to the other one."""


def sections(motions: Sequence[Motion]) -> list[list[Motion]]:
    """`motions` in lists of at most SECTION, each of which begins OVERLAP before the one before ends."""
    starts = range(0, max(len(motions) - OVERLAP, 1), SECTION - OVERLAP)
    return [list(motions[start : start + SECTION]) for start in starts]


def joined(parts: Sequence[Sequence[Motion]]) -> list[Motion]:
    """The motions of `sections`, one after the other; where two overlap, one fades into the other."""
    whole = list(parts[0])
    share = np.clip((np.arange(OVERLAP) - SETTLING) / (OVERLAP - 1 - 2 * SETTLING), 0.0, 1.0).tolist()
    for part in parts[1:]:
        whole[-OVERLAP:] = map(_between, whole[-OVERLAP:], part, share)
        whole += part[OVERLAP:]
    return whole


def _between(one: Motion, other: Motion, share: float) -> Motion:
    """`one` at a share of 0, `other` at 1."""

    def mean(name: str) -> np.ndarray:
        first, second = getattr(one, name), getattr(other, name)
        side = np.where((first * second).sum(-1, keepdims=True) < 0, -1, 1) if name == "quat_local" else 1
        return ((1 - share) * first + share * side * second).astype(np.float32)

    nearer = one if share < 0.5 else other
    return replace(
        nearer, quat_local=quat_normalize(mean("quat_local")), root_cam=mean("root_cam"), confidence=mean("confidence"),
        contacts=mean("contacts"),
    )  # fmt: skip

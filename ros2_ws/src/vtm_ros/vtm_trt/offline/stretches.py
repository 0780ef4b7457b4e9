"""A recorded motion cut into stretches that each show one person without a break."""

from collections.abc import Sequence

import numpy as np

from vtm.types import Motion

CUT_M = 0.5
"""Where the pelvis goes further than this from one frame to the next, another person is seen."""
GAP_NS = 500_000_000
"""A longer gap ends a stretch."""


def stretches(motions: Sequence[Motion]) -> list[list[Motion]]:
    """`motions`, in order of time, as lists that each show one person without a longer gap."""
    pieces: list[list[Motion]] = []
    for before, motion in zip([None, *motions], motions, strict=False):
        if before is None or _cut(before, motion):
            pieces.append([])
        pieces[-1].append(motion)
    return pieces


def _cut(before: Motion, motion: Motion) -> bool:
    far = np.linalg.norm(motion.root_cam - before.root_cam) > CUT_M
    return bool(far) or motion.stamp_ns - before.stamp_ns > GAP_NS

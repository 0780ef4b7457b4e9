"""The ground under a recorded motion."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm.records import Motion
from vtm_trt.refine.floor import Floor

CUT_M = 0.5
"""Where the pelvis goes further than this from one frame to the next, another person is seen."""


def grounded(motions: Sequence[Motion]) -> list[list[Motion]]:
    """`motions` with their camera over the ground, in pieces that each show one person.

    Up is learned from all feet that stand, the height of the ground from those of the same piece. The camera is taken
    to be at rest where it is not known: the world then has z up, x where the camera looks, and its origin there.
    """
    level = Floor()
    axes = [level(motion).camera for motion in motions][-1:]
    pieces: list[list[Motion]] = []
    for before, motion in zip([None, *motions], motions, strict=False):
        if before is None or np.linalg.norm(motion.root_cam - before.root_cam) > CUT_M:
            floor = Floor()
            pieces.append([])
        pieces[-1].append(floor(motion if motion.camera else replace(motion, camera=axes[0])))
    return pieces

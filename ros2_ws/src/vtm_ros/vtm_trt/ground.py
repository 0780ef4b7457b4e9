"""The ground under a recorded motion."""

from collections.abc import Sequence
from dataclasses import replace

from vtm.records import Motion
from vtm_trt.refine.floor import Floor
from vtm_trt.stretches import stretches


def grounded(motions: Sequence[Motion]) -> list[list[Motion]]:
    """`motions` with their camera over the ground, in pieces that each show one person.

    Up is learned from all feet that stand, the height of the ground from those of the same piece. The camera is taken
    to be at rest where it is not known: the world then has z up, x where the camera looks, and its origin there.
    """
    level = Floor()
    axes = [level(motion).camera for motion in motions][-1:]
    pieces = []
    for piece in stretches(motions):
        floor = Floor()
        pieces.append([floor(motion if motion.camera else replace(motion, camera=axes[0])) for motion in piece])
    return pieces

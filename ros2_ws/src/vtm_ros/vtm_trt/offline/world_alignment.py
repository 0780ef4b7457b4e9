"""The ground under a recorded motion."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm.body.body_shape import shape_points
from vtm.types import CameraPose, Motion
from vtm_trt.offline.stretches import stretches
from vtm_trt.postprocess.floor import ASSUMED, Floor
from vtm_trt.postprocess.gravity import Gravity


def grounded(motions: Sequence[Motion], level: Gravity) -> list[list[Motion]]:
    """Motions with their camera over the ground.

    A camera whose pose is not known has the axes of `level` and is taken to be at rest: its world has z up, x where the
    camera looks, and its origin there. The height of the ground is that of the feet that stand in the same piece; where
    nothing tells which way is up, the ground touches the lowest part of the body.

    Args:
        motions: In order of time.
        level: Which way is up.

    Returns:
        Pieces that each show one person.
    """
    camera = CameraPose(level.axes, np.zeros(3), source=level.source)
    pieces = []
    for piece in stretches(motions):
        floor = Floor()
        placed = [motion if motion.camera else replace(motion, camera=camera) for motion in piece]
        pieces.append(
            [_lying(one) if one.camera is camera and level.source == ASSUMED else floor(one) for one in placed]
        )
    return pieces


def above_ground(motion: Motion, points: np.ndarray) -> np.ndarray:
    """Points of a grounded motion in its world, z counted from the ground.

    Args:
        motion: The motion.
        points: (..., 3) m in optical axes.
    """
    camera = motion.camera
    assert camera is not None, "a grounded motion has a camera"
    return points @ camera.rotation.T + camera.position - [0.0, 0.0, camera.floor]


def _lying(motion: Motion) -> Motion:
    """The same motion with the ground under the lowest part of the body."""
    assert motion.camera is not None
    lowest = float((shape_points(motion) @ motion.camera.rotation[2]).min())
    return replace(motion, camera=replace(motion.camera, floor=lowest))

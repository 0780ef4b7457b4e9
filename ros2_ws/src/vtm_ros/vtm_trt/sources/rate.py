"""The frame rate of a file whose container does not say it, from the times of its pictures."""

import numpy as np

from vtm_trt.sources.capture import FASTEST_FPS, Capture

LOOKED_AT = 200
"""So many pictures tell the rate."""


def measured_fps(path: str, otherwise: float) -> float:
    """Frames per second at the median distance between the first pictures.

    Args:
        path: The file.
        otherwise: Returned where it has no times.
    """
    scan = Capture(path)
    positions: list[int] = []
    if scan.packets():
        while len(positions) < LOOKED_AT and scan.packet() is not None:
            if scan.position_ns is not None:
                positions.append(scan.position_ns)
    scan.close()
    steps = np.diff(np.unique(positions))
    return float(np.clip(1e9 / np.median(steps), 1.0, FASTEST_FPS)) if len(steps) else otherwise

"""A recording's common motion without the shaking of keypoints: each frame is the mean of its nearest neighbours.

A Gaussian looks as far ahead as back, so that nothing comes late. It is as wide as a low pass of 6 Hz, which is usual
for people who walk and reach.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm.body.rotations import quat_normalize
from vtm.types import Motion

CUT_HZ = 6.0
WIDTH_S = float(np.sqrt(np.log(2)) / (2 * np.pi * CUT_HZ))
"""Standard deviation of the Gaussian whose gain at CUT_HZ is half the power."""
REACH = 3.0
"""Of WIDTH_S; what is further away does not count."""
LEAST_SURE = 0.02


def calmed(motions: Sequence[Motion]) -> list[Motion]:
    """The same motions, told from one place and in order of time, calmer; another person is another motion."""
    if not motions:
        return []
    seconds = np.array([motion.stamp_ns - motions[0].stamp_ns for motion in motions]) * 1e-9
    whose = np.array([motion.person_id for motion in motions])
    quats = np.stack([motion.quat_local for motion in motions]).astype(np.float64)
    roots = np.stack([motion.root_cam for motion in motions]).astype(np.float64)
    sure = np.maximum(np.stack([motion.confidence for motion in motions]).astype(np.float64), LEAST_SURE)
    turned, moved = sure[..., None] * quats, sure[:, :1] * roots
    total = sure.copy()
    rows = np.arange(len(motions))
    for lag in range(1, len(motions)):
        early, late = rows[:-lag], rows[lag:]
        apart = (seconds[late] - seconds[early]) / WIDTH_S
        near = (apart < REACH) & (whose[early] == whose[late])
        if not near.any():
            break
        share = near * np.exp(-(apart**2) / 2)
        for here, there in ((early, late), (late, early)):
            weight = share[:, None] * sure[there]
            alike = np.where((quats[here] * quats[there]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
            turned[here] += weight[..., None] * alike * quats[there]
            moved[here] += weight[:, :1] * roots[there]
            total[here] += weight
    quats, roots = quat_normalize(turned).astype(np.float32), (moved / total[:, :1]).astype(np.float32)
    return [replace(motion, quat_local=quats[row], root_cam=roots[row]) for row, motion in enumerate(motions)]

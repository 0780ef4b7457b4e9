"""The parts of the solid figure as capsules, the nearest shape that viewers have."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.spatial.transform import Rotation

from vtm.body.body_shape import Part

_UP = np.array([0.0, 0.0, 1.0])


def capsules(
    parts: Sequence[Part], points: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """A capsule for every edge of each part, closed when it has three points.

    Args:
        parts: Of the solid figure.
        points: (30, 3) m of `body_shape`.
        scale: Of the person.

    Returns:
        Lengths (N,), radii (N,), starts (N, 3) m, quaternions (N, 4) xyzw that turn z along the capsule, and sides.
    """
    ends, radii, sides = [], [], []
    for part in parts:
        ring = list(zip(part.indices, part.radii, strict=True))
        for (start, thick), (end, thin) in pairwise(ring + ring[:1] if len(ring) > 2 else ring):
            ends.append((start, end))
            radii.append((thick + thin) / 2 * scale)
            sides.append(part.side)
    starts, along = points[[start for start, _ in ends]], np.stack([points[end] - points[start] for start, end in ends])
    lengths = np.linalg.norm(along, axis=-1)
    axes = along / np.maximum(lengths, 1e-9)[:, None]
    quats = np.stack([Rotation.align_vectors(axis[None], _UP[None])[0].as_quat() for axis in axes])
    return lengths, np.array(radii), starts, quats, sides

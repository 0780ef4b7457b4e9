"""Kinematics of one body at one instant, several times quicker than `kinematics`, which serves whole batches."""

import numpy as np

from vtm.body.skeleton import BODY, NUM_JOINTS


def _products() -> np.ndarray:
    """(16, 9) that takes the products of a unit quaternion's numbers, xyzw, to its rotation matrix."""
    x, y, z, w = range(4)
    table = np.zeros((4, 4, 3, 3))
    for first, second, third in ((x, y, z), (y, z, x), (z, x, y)):
        table[first, first, first, first] += 1
        table[w, w, first, first] += 1
        table[first, first, second, second] -= 1
        table[first, first, third, third] -= 1
        for row, column, sign in ((first, second, -1), (second, first, 1)):
            table[first, second, row, column] += 2
            table[third, w, row, column] += 2 * sign
    return table.reshape(16, 9)


_PRODUCTS = _products()
_STEPS = [(slice(first, end), np.array(parents) + above) for first, end, parents, above in BODY.levels]


def posed(quat_local: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (22, 3, 3) and joints (22, 3) relative to the pelvis, both in the axes that the pelvis' rotation is in.

    Args:
        quat_local: (22, 4) unit quaternions xyzw, relative to the parent.
        offsets: (22, 3) in the parent's frame.
    """
    quats = quat_local.astype(np.float64)
    moves = np.zeros((NUM_JOINTS, 4, 4))
    moves[:, :3, :3] = ((quats[:, :, None] * quats[:, None]).reshape(-1, 16) @ _PRODUCTS).reshape(-1, 3, 3)
    moves[1:, :3, 3] = offsets[1:]
    moves[:, 3, 3] = 1.0
    for joints, parents in _STEPS:
        moves[joints] = moves[parents] @ moves[joints]
    return moves[:, :3, :3], moves[:, :3, 3]

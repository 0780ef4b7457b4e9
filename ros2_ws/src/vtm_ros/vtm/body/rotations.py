"""Every conversion between rotations, for numpy arrays and torch tensors alike.

Batch dimensions come first. Quaternions are (..., 4) xyzw, matrices (..., 3, 3) act on column vectors, angles are
radians. The 6-D form (Zhou et al. 2019, "On the Continuity of Rotation Representations in Neural Networks") is the
first column of the matrix followed by the second. Functions neither write into their arguments nor branch on their
values, so they can be differentiated and exported; gradients are finite everywhere.
"""

from functools import lru_cache

import numpy as np
from array_api_compat import array_namespace, device
from array_api_compat import numpy as _NUMPY

_TINY = 1e-30
_OF_NUMPY = (np.ndarray, np.generic)
_EVEN = ("xyz", "yzx", "zxy")


def _namespace(*arrays):
    """The functions for such arrays; for those of numpy told at a glance, since a frame asks a hundred times."""
    return _NUMPY if all(isinstance(array, _OF_NUMPY) for array in arrays) else array_namespace(*arrays)


def _dot(a, b):
    xp = _namespace(a, b)
    return xp.sum(a * b, axis=-1, keepdims=True)


def _cross(a, b):
    products = cross_products(a, b)
    return products[..., :3] - products[..., 3:]


def cross_products(a, b):
    """The six products (..., 6) of vectors a and b (..., 3); the first three less the last three are a x b."""
    xp = _namespace(a, b)
    first, second = (xp.asarray(axes, device=device(a)) for axes in ([1, 2, 0, 2, 0, 1], [2, 0, 1, 1, 2, 0]))
    return xp.take(a, first, axis=-1) * xp.take(b, second, axis=-1)


def _norm(v):
    """Euclidean norm (..., 1) whose gradient is 0, not NaN, at the origin."""
    xp = _namespace(v)
    square = _dot(v, v)
    zero = square <= _TINY
    return xp.where(zero, xp.zeros_like(square), xp.sqrt(xp.where(zero, xp.ones_like(square), square)))


def _matrix(rows):
    """Matrices (..., n, m) of n rows of m entries, each (...) and of one type."""
    first = rows[0][0]
    if not isinstance(first, _OF_NUMPY):
        xp = _namespace(first)
        return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
    matrix = np.empty((*first.shape, len(rows), len(rows[0])), first.dtype)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            matrix[..., i, j] = entry
    return matrix


def _transpose(matrix):
    xp = _namespace(matrix)
    return xp.matrix_transpose(matrix)


def quat_normalize(q):
    """Unit quaternions (..., 4) of the same direction; zero stays zero."""
    xp = _namespace(q)
    return q / xp.sqrt(_dot(q, q) + _TINY)


def matrix_from_quat(q):
    """Matrices (..., 3, 3) of unit quaternions (..., 4)."""
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    return _matrix([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def quat_from_matrix(matrix):
    """Unit quaternions (..., 4) with w >= 0 of matrices (..., 3, 3).

    The entries of 4 q qᵀ are linear in the matrix; its row with the largest diagonal entry is q up to scale and sign.
    """
    xp = _namespace(matrix)
    m = [[matrix[..., i, j] for j in range(3)] for i in range(3)]
    xy, xz, yz = m[0][1] + m[1][0], m[0][2] + m[2][0], m[1][2] + m[2][1]
    xw, yw, zw = m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]
    xx, yy, zz = 1 + m[0][0] - m[1][1] - m[2][2], 1 - m[0][0] + m[1][1] - m[2][2], 1 - m[0][0] - m[1][1] + m[2][2]
    ww = 1 + m[0][0] + m[1][1] + m[2][2]
    outer = _matrix([[xx, xy, xz, xw], [xy, yy, yz, yw], [xz, yz, zz, zw], [xw, yw, zw, ww]])
    largest = xp.argmax(xp.stack([xx, yy, zz, ww], axis=-1), axis=-1)
    chosen = largest[..., None] == xp.arange(4, device=device(matrix))
    row = xp.where(chosen[..., None], outer, xp.zeros_like(outer)).sum(-2)
    q = quat_normalize(row)
    return xp.where(q[..., 3:] < 0, -q, q)


def continuous_quats(quat: np.ndarray) -> np.ndarray:
    """The same rotations, (T, ..., 4) of numpy, with signs such that neighbours in time are on the same side."""
    turns = np.where((quat[1:] * quat[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
    return quat * np.concatenate([np.ones_like(quat[:1, ..., :1]), np.cumprod(turns, axis=0)])


def matrix_from_rot6d(d):
    """Rotation matrices (..., 3, 3) by Gram-Schmidt of d (..., 6); any finite d gives finite values and gradients."""
    xp = _namespace(d)
    first, second = d[..., :3], d[..., 3:]
    x = _soft_unit(first)
    y = _soft_unit(second - _dot(x, second) * x)
    columns = xp.concat([x, y, _cross(x, y)], axis=-1)
    return _transpose(xp.reshape(columns, (*columns.shape[:-1], 3, 3)))


def _soft_unit(v):
    xp = _namespace(v)
    return v / xp.sqrt(_dot(v, v) + 1e-12)


def rot6d_from_matrix(matrix):
    """6-D form (..., 6) of matrices (..., 3, 3): first column, then second column."""
    xp = _namespace(matrix)
    return xp.concat([matrix[..., :, 0], matrix[..., :, 1]], axis=-1)


def matrix_from_rotvec(v):
    """Matrices (..., 3, 3) of rotation vectors (..., 3), axis times angle."""
    xp = _namespace(v)
    angle = _norm(v)
    small = angle < 1e-3
    safe = xp.where(small, xp.ones_like(angle), angle)
    scale = xp.where(small, 0.5 - angle * angle / 48, xp.sin(safe / 2) / safe)
    return matrix_from_quat(xp.concat([scale * v, xp.cos(angle / 2)], axis=-1))


def rotvec_from_matrix(matrix):
    """Rotation vectors (..., 3) of length 0..π of matrices (..., 3, 3)."""
    xp = _namespace(matrix)
    q = quat_from_matrix(matrix)
    sine = _norm(q[..., :3])
    small = sine < 1e-6
    safe = xp.where(small, xp.ones_like(sine), sine)
    return q[..., :3] * xp.where(small, 2 * xp.ones_like(sine), 2 * xp.atan2(safe, q[..., 3:]) / safe)


def geodesic_angle(a, b):
    """Angle (...) in 0..π of the rotation that leads from matrices a to b (..., 3, 3); accurate at both ends."""
    xp = _namespace(a, b)
    m = _transpose(a) @ b
    axis = [m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]]
    sine = _norm(xp.stack(axis, axis=-1))[..., 0]
    return xp.atan2(sine, m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2] - 1)


@lru_cache
def _permutation(order: str | tuple[str, ...]):
    """Axis indices (3,) or (n, 3) and signs () or (n, 1) of one order or of one order per joint."""
    if isinstance(order, str):
        return np.array(["xyz".index(axis) for axis in order]), 1.0 if order in _EVEN else -1.0
    axes, signs = zip(*map(_permutation, order), strict=True)
    return np.stack(axes), np.array(signs)[:, None]


def _rearranged(matrix, axes):
    """`matrix` with rows and columns in the order of `axes`, (3,) or (n, 3) for the last batch dimension."""
    rows, columns = axes[..., :, None], axes[..., None, :]
    if axes.ndim == 1:
        return matrix[..., rows, columns]
    return matrix[..., np.arange(len(axes))[:, None, None], rows, columns]


def matrix_from_joint_angles(angles, order: str | tuple[str, ...]):
    """Matrices (..., 3, 3) of three revolute joints in a row: `R_order[0](angles[0]) R_order[1] R_order[2]`.

    Args:
        angles: (..., 3) rad in the sequence of `order`, or (..., n, 3) with one order for each of n joints.
        order: E.g. "xyz".
    """
    xp = _namespace(angles)
    axes, sign = _permutation(order)
    angles = angles * xp.asarray(sign, dtype=angles.dtype, device=device(angles))
    cos, sin = xp.cos(angles), xp.sin(angles)
    ca, cb, cc = cos[..., 0], cos[..., 1], cos[..., 2]
    sa, sb, sc = sin[..., 0], sin[..., 1], sin[..., 2]
    xyz = _matrix([
        [cb * cc, -cb * sc, sb],
        [ca * sc + sa * sb * cc, ca * cc - sa * sb * sc, -sa * cb],
        [sa * sc - ca * sb * cc, sa * cc + ca * sb * sc, ca * cb],
    ])  # fmt: skip
    return _rearranged(xyz, np.argsort(axes, axis=-1))


def joint_angles_from_matrix(matrix, order: str | tuple[str, ...], previous=None):
    """Angles (..., 3) rad of three revolute joints in a row, the inverse of `matrix_from_joint_angles`.

    Renaming the axes turns every order into "xyz"; an odd renaming is a reflection, which negates the angles. Without
    `previous`, of the two solutions the one with the middle angle in ±π/2 and the others in ±π is taken. At the
    singularity (middle angle ±π/2), where only the sum or the difference of the outer angles is determined, the first
    keeps its previous value, or 0.

    Args:
        matrix: (..., 3, 3), or (..., n, 3, 3) with one order for each of n joints.
        order: E.g. "xyz".
        previous: (..., 3) rad; of both solutions, and of all whole turns, the nearest is taken.
    """
    xp = _namespace(matrix)
    axes, sign = _permutation(order)
    sign = xp.asarray(sign, dtype=matrix.dtype, device=device(matrix))
    m = _rearranged(matrix, axes)
    before = xp.zeros_like(m[..., 0]) if previous is None else previous * sign
    cosine = xp.hypot(m[..., 1, 2], m[..., 2, 2])
    first = xp.where(cosine > 1e-7, xp.atan2(-m[..., 1, 2], m[..., 2, 2]), before[..., 0])
    middle = xp.atan2(m[..., 0, 2], cosine)
    ca, sa = xp.cos(first), xp.sin(first)
    last = xp.atan2(ca * m[..., 1, 0] + sa * m[..., 2, 0], ca * m[..., 1, 1] + sa * m[..., 2, 1])
    angles = xp.stack([first, middle, last], axis=-1)
    if previous is None:
        return angles * sign
    other = xp.stack([first + np.pi, np.pi - middle, last + np.pi], axis=-1)
    near, far = _nearest_turn(angles, before), _nearest_turn(other, before)
    closer = ((far - before) ** 2).sum(-1) < ((near - before) ** 2).sum(-1)
    return xp.where(closer[..., None], far, near) * sign


def _nearest_turn(angles, reference):
    xp = _namespace(angles)
    return angles - 2 * np.pi * xp.round((angles - reference) / (2 * np.pi))

"""How far one pose is from another, for numpy arrays and torch tensors alike. Lengths keep the unit of the points."""

import math

from array_api_compat import array_namespace

from vtm.body.rotations import geodesic_angle


def position_error(predicted, true):
    """Distance (..., J) of each joint from the true one, points (..., J, 3)."""
    return array_namespace(predicted, true).linalg.vector_norm(predicted - true, axis=-1)


def mpjpe(predicted, true):
    """Mean distance of the joints of two sets (..., J, 3) that are already relative to the same joint."""
    return position_error(predicted, true).mean()


def similarity_aligned(points, target):
    """`points` (..., J, 3) moved onto `target` by the best rotation, translation and scale of each frame.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns"; never mirrors.
    """
    xp = array_namespace(points, target)
    mean, target_mean = points.mean(-2)[..., None, :], target.mean(-2)[..., None, :]
    a, b = points - mean, target - target_mean
    u, singular, vt = xp.linalg.svd(xp.matrix_transpose(a) @ b, full_matrices=False)
    v, ut = xp.matrix_transpose(vt), xp.matrix_transpose(u)
    last = xp.sign(xp.linalg.det(v @ ut))
    sign = xp.stack([xp.ones_like(last), xp.ones_like(last), last], axis=-1)
    rotation = (v * sign[..., None, :]) @ ut
    scale = (singular * sign).sum(-1) / xp.clip((a**2).sum((-1, -2)), min=1e-12)
    return scale[..., None, None] * (a @ xp.matrix_transpose(rotation)) + target_mean


def pa_mpjpe(predicted, true):
    """Mean distance of joints (..., J, 3) after a similarity alignment of every frame."""
    return mpjpe(similarity_aligned(predicted, true), true)


def angle_error(predicted, true):
    """Geodesic angle (...) in degrees between rotations (..., 3, 3)."""
    return geodesic_angle(predicted, true) * (180 / math.pi)


def mpjae(predicted, true):
    """Mean geodesic angle in degrees between rotations (..., 3, 3)."""
    return angle_error(predicted, true).mean()

"""How steadily a motion runs, for numpy arrays and torch tensors alike. Points are (..., T, J, 3) at `fps` frames/s."""

from array_api_compat import array_namespace


def _rate(points, order: int, fps: float):
    """The `order`-th difference in time, (..., T - order, J, 3), per second to the power of `order`."""
    for _ in range(order):
        points = (points[..., 1:, :, :] - points[..., :-1, :, :]) * fps
    return points


def speed(points, fps: float):
    """Speed (..., T - 1, J) of points (..., T, J, 3) at `fps` frames/s, the unit of the points per second."""
    return array_namespace(points).linalg.vector_norm(_rate(points, 1, fps), axis=-1)


def acceleration_error(predicted, true, fps: float):
    """Length (..., T - 2, J) of the difference of accelerations, per s², of points (..., T, J, 3) at `fps` frames/s."""
    return array_namespace(predicted, true).linalg.vector_norm(_rate(predicted - true, 2, fps), axis=-1)


def jerk(points, fps: float):
    """Length (..., T - 3, J) of the third difference of points (..., T, J, 3) at `fps` frames/s, per s³."""
    return array_namespace(points).linalg.vector_norm(_rate(points, 3, fps), axis=-1)


def jitter(points, fps: float):
    """Mean `jerk`, the unit of the points per s³."""
    return jerk(points, fps).mean()

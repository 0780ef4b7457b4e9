"""Joint angles whose speed and acceleration are bounded, for robots that follow them.

[Kröger, Wahl: Online Trajectory Generation, IEEE Transactions on Robotics 26 (2010), type II] Each step goes towards
the newest angles on the quickest path that can come to rest there: it never overshoots, and lags behind a joint of
speed v by v^2 / (2 a).
"""

import numpy as np

LONGEST_STEP_S = 0.2
"""After a pause the joints go on from where they were, and as if so much time had passed."""


class JointLimits:
    """Follows the angles of joints, each by itself, within limits of speed and acceleration."""

    def __init__(self) -> None:
        self._wanted: np.ndarray | None = None
        self._angles = self._speeds = np.zeros(0)
        self._stamp_ns = 0

    def __call__(self, stamp_ns: int, angles: np.ndarray, velocity: float, acceleration: float) -> np.ndarray:
        """One step towards the newest angles.

        Two whole turns, by which an angle steps back from vtm.body.joint_angles.ANGLE_LIMIT, are stepped along.

        Args:
            stamp_ns: time of the angles, nanoseconds.
            angles: (N,) wanted, radians; N is the same at every call.
            velocity: highest speed, rad/s, 0 for no limit.
            acceleration: highest acceleration, rad/s^2, 0 for no limit.

        Returns:
            The angles (N,) to take now, radians.
        """
        if self._wanted is None:
            self._angles, self._speeds = angles, np.zeros(len(angles))
        else:
            jump = angles - self._wanted
            turns = np.where(np.abs(jump) > 3 * np.pi, np.round(jump / (2 * np.pi)) * 2 * np.pi, 0)
            self._angles = self._angles + turns
        seconds = (stamp_ns - self._stamp_ns) * 1e-9
        if self._wanted is None or not 0 < seconds <= LONGEST_STEP_S:
            seconds = LONGEST_STEP_S
        self._wanted, self._stamp_ns = angles, stamp_ns
        self._angles, self._speeds = step_towards(
            angles, self._angles, self._speeds, seconds, velocity or np.inf, acceleration or np.inf
        )
        return self._angles


def step_towards(
    target: np.ndarray, angles: np.ndarray, speeds: np.ndarray, seconds: float, velocity: float, acceleration: float
) -> tuple[np.ndarray, np.ndarray]:
    """Angles and speeds after `seconds` on the quickest path to rest at the target.

    The path has three parts: to the peak speed, along at it, and down to rest. A joint that is faster than the limit,
    as when it was lowered, first brakes to it; one that cannot stop in time passes its target, and comes back.

    Args:
        target: (N,) radians.
        angles: (N,) radians.
        speeds: (N,) rad/s.
        seconds: length of the step.
        velocity: limit above 0, rad/s; may be infinite.
        acceleration: limit above 0, rad/s^2; may be infinite.

    Returns:
        Angles (N,) and speeds (N,) after the step.
    """
    if acceleration == np.inf:
        distance = target - angles
        way = np.clip(distance, -velocity * seconds, velocity * seconds)
        return angles + way, np.where(way == distance, 0.0, np.sign(distance) * velocity)

    stops = angles + speeds * np.abs(speeds) / (2 * acceleration)
    side = np.where(target > stops, 1.0, np.where(target < stops, -1.0, np.where(speeds < 0, -1.0, 1.0)))
    # From here on the target lies ahead; a speed below 0 leads away from it.
    distance, start = side * (target - angles), side * speeds
    peak = np.minimum(np.sqrt(np.maximum(acceleration * distance + start**2 / 2, 0)), velocity)
    push = np.where(peak >= start, acceleration, -acceleration)
    first, last = (peak - start) / push, peak / acceleration
    rest = distance - (start + peak) / 2 * first - peak * last / 2
    along = np.divide(rest, peak, out=np.zeros_like(rest), where=peak > 0).clip(0)

    up = np.minimum(seconds, first)
    level = np.clip(seconds - first, 0, along)
    down = np.clip(seconds - first - along, 0, last)
    way = start * up + push * up**2 / 2 + peak * level + peak * down - acceleration * down**2 / 2
    speed = start + push * up - acceleration * down
    at_rest = seconds >= first + along + last
    return np.where(at_rest, target, angles + side * way), np.where(at_rest, 0.0, side * speed)

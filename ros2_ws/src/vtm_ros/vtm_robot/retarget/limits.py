"""Steps of joints that keep position, speed and acceleration, now and for ever after.

The commands come at a steady period. A joint that may move by u a step, and may slow down by one unit of acceleration
each step, comes to rest after u + (u - 1) + (u - 2) + … units. A step is allowed when that way still fits before the
end of the range. Because slowing down by one unit again satisfies this, there is always a next allowed step.
"""

import numpy as np

FAR = 1e6
"""Distances are cut to so many units of acceleration, beyond which an end does not matter."""


class StepLimits:
    """Of m joints, for one period.

    Args:
        lower: (m,) rad, infinite where there is no end.
        upper: the same, of the other end.
        speed: (m,) rad/s.
        acceleration: (m,) rad/s².
        period_s: seconds between commands.
    """

    def __init__(
        self, lower: np.ndarray, upper: np.ndarray, speed: np.ndarray, acceleration: np.ndarray, period_s: float
    ):
        self.lower, self.upper = lower, upper
        self.unit = acceleration * period_s**2
        """(m,) rad by which a step may differ from the one before."""
        self.longest = speed * period_s
        """(m,) rad of a step at full speed."""

    def bounds(self, q: np.ndarray, step: np.ndarray, speed: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest next step.

        Args:
            q: (m,) rad, where the joints are.
            step: (m,) rad, their last step.
            speed: Share of the full speed. A joint that is quicker may slow down as its acceleration allows.

        Returns:
            Least and greatest step, (m,) rad each.
        """
        fastest = np.maximum(speed * self.longest, np.abs(step) - self.unit)
        up, down = self._before(np.stack([self.upper - q, q - self.lower]))
        most = np.minimum(np.minimum(step + self.unit, fastest), up)
        least = np.maximum(np.maximum(step - self.unit, -fastest), -down)
        return np.minimum(least, most), most

    def toward(self, way: np.ndarray) -> np.ndarray:
        """The step (m,) rad of joints with `way` (m,) rad to go that can still come to rest where it ends."""
        return np.sign(way) * np.minimum(np.abs(way), np.sqrt(self.unit * np.abs(way)))

    def brake(self, step: np.ndarray) -> np.ndarray:
        """The next step (m,) rad of joints that come to rest as soon as they can, after `step` (m,) rad."""
        return np.sign(step) * np.maximum(np.abs(step) - self.unit, 0.0)

    def stopping(self, step: np.ndarray) -> np.ndarray:
        """The way (m,) rad that joints still go when they brake after `step` (m,) rad."""
        u = np.abs(step) / self.unit
        whole = np.floor(u)
        return (u * whole - whole * (whole + 1) / 2) * self.unit

    def stop_path(self, q: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Where joints pass when they brake.

        Args:
            q: (m,) rad, where they are.
            step: (m,) rad, their last step.

        Returns:
            (K, m) rad after each of the K steps until rest.
        """
        count = int(np.ceil((np.abs(step) / self.unit).max()))
        shrinking = np.maximum(np.abs(step) - np.arange(1, count + 1)[:, None] * self.unit, 0.0)
        return q + np.cumsum(np.sign(step) * shrinking, axis=0)

    def _before(self, room: np.ndarray) -> np.ndarray:
        """The longest step (..., m) after which a joint can still stop within `room` (..., m) rad."""
        units = np.minimum(np.maximum(room / self.unit, 0.0), FAR)
        whole = np.floor((np.sqrt(1 + 8 * units) - 1) / 2)
        return (units + whole * (whole + 1) / 2) / (whole + 1) * self.unit

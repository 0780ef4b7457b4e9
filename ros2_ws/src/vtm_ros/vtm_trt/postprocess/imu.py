"""How an inertial measurement unit is turned in a world with z up, by a complementary filter.

[Mahony, Hamel, Pflimlin: Nonlinear Complementary Filters on the Special Orthogonal Group, IEEE TAC 2008] The gyroscope
turns the estimate; the accelerometer, which at rest points up, pulls it slowly upright and tells the gyroscope's bias
across the vertical. The bias about the vertical is seen only at rest: then it is what the gyroscope says.
"""

from collections import deque

import numpy as np
from scipy.spatial.transform import Rotation  # several times as fast as vtm.body.rotations for a single one

from vtm_trt.postprocess.legs import cross

GRAVITY = 9.81
UPRIGHT_HZ, BIAS_HZ = 0.5, 0.05
"""How fast the accelerometer pulls the estimate upright, and the bias along: rad/s per rad, rad/s^2 per rad."""
TRUSTED = 0.1
"""Accelerations that differ from gravity by this share count e^-1/2: the unit is being shaken."""
REST_S = 0.5
REST_RATE, REST_SPREAD, REST_SHAKE = 0.1, 0.03, 0.3
"""At rest the mean rate is below this (rad/s), and rates (rad/s) and accelerations (m/s^2) spread less than this."""
REST_SHARE = 0.6
"""After REST_S of rest the bias follows by so much."""
LONGEST_GAP_S = 0.5
"""After a longer silence, or when time runs backwards, all is learned anew."""
KEEP_S = 2.0


class ImuFilter:
    """Takes measurements in order of time; tells the rotation at any time of the last KEEP_S.

    The heading at the start is arbitrary.

    Attributes:
        bias: (3,) of the gyroscope, rad/s.
    """

    def __init__(self) -> None:
        self.bias: np.ndarray = np.zeros(3)
        self._start()

    def add(self, stamp_ns: int, rate: np.ndarray, acceleration: np.ndarray) -> None:
        """Take a measurement.

        Args:
            stamp_ns: Nanoseconds.
            rate: (3,) rad/s.
            acceleration: (3,) m/s² with gravity, +9.81 along z for a unit that lies flat.
        """
        size = float(np.linalg.norm(acceleration))
        if not (np.isfinite(rate).all() and np.isfinite(size) and size > 0):
            return
        if self._turned and not 0 < stamp_ns - self._turned[-1][0] <= LONGEST_GAP_S * 1e9:
            self._start()
        up = acceleration / size
        if not self._turned:
            self._began_ns = stamp_ns
            self._turned.append((stamp_ns, _upright(up)))
            return
        last_ns, rotation = self._turned[-1]
        seconds = (stamp_ns - last_ns) * 1e-9
        self._rest(stamp_ns, rate, acceleration)
        tilt = cross(up, rotation[2])  # the rotation, in the unit's axes, that takes z of the world to `up`
        trust = np.exp(-0.5 * ((size / GRAVITY - 1) / TRUSTED) ** 2)
        age = (stamp_ns - self._began_ns) * 1e-9
        pull = max(UPRIGHT_HZ, 1 / age)  # more at the start, as the first accelerations are averaged
        self.bias = self.bias - BIAS_HZ * trust * seconds * tilt
        turn = (rate - self.bias) * seconds + min(1.0, pull * seconds) * trust * tilt
        self._turned.append((stamp_ns, rotation @ Rotation.from_rotvec(turn).as_matrix()))
        while stamp_ns - self._turned[0][0] > KEEP_S * 1e9:
            self._turned.popleft()

    def rotation(self, stamp_ns: int) -> np.ndarray | None:
        """The rotation (3, 3) from the unit's axes to the world's at that time, nanoseconds.

        Between measurements and shortly after the last, the unit turns at a constant rate.

        Returns:
            None where no measurement is near enough.
        """
        turned = self._turned
        if len(turned) < 2 or not 0 <= stamp_ns - turned[0][0] <= turned[-1][0] - turned[0][0] + LONGEST_GAP_S * 1e9:
            return None
        after = next((i for i in range(len(turned) - 1, 0, -1) if turned[i - 1][0] <= stamp_ns), 1)
        (first_ns, first), (last_ns, last) = turned[after - 1], turned[after]
        share = (stamp_ns - first_ns) / (last_ns - first_ns)
        turn = Rotation.from_matrix(first.T @ last).as_rotvec()
        return first @ Rotation.from_rotvec(share * turn).as_matrix()

    def _start(self) -> None:
        self.bias = np.zeros(3)
        self._began_ns = 0
        self._turned: deque[tuple[int, np.ndarray]] = deque()
        self._recent: list[tuple[int, np.ndarray, np.ndarray]] = []

    def _rest(self, stamp_ns: int, rate: np.ndarray, acceleration: np.ndarray) -> None:
        self._recent.append((stamp_ns, rate, acceleration))
        if stamp_ns - self._recent[0][0] < REST_S * 1e9:
            return
        rates, pushes = (np.array([entry[part] for entry in self._recent]) for part in (1, 2))
        self._recent.clear()
        mean = rates.mean(0)
        still = rates.std(0).max() < REST_SPREAD and pushes.std(0).max() < REST_SHAKE
        if still and np.linalg.norm(mean) < REST_RATE:
            self.bias = self.bias + REST_SHARE * (mean - self.bias)


def _upright(up: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) from the unit's axes to a world with z along `up`; x is where the unit's x or z points."""
    ahead = np.array([1.0, 0, 0]) if abs(up[0]) < abs(up[2]) else np.array([0, 0, 1.0])
    ahead = ahead - (ahead @ up) * up
    ahead /= np.linalg.norm(ahead)
    return np.stack([ahead, cross(up, ahead), up])

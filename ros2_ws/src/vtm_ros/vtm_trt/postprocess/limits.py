"""Joint angles whose speed and acceleration are bounded, for robots that follow them.

[Berscheid, Kröger: Jerk-limited Real-time Trajectory Generation with Arbitrary Target States, RSS 2021] Each step goes
towards the newest angles on the quickest path that can come to rest there: it never overshoots, and lags behind a joint
of speed v by v^2 / (2 a).
"""

import importlib.util

import numpy as np

from vtm.errors import VtmError

LONGEST_STEP_S = 0.2
"""After a pause the joints go on from where they were, and as if so much time had passed."""


class JointLimits:
    """Follows angles. Raises VtmError where `ruckig` is not installed."""

    def __init__(self, count: int):
        if importlib.util.find_spec("ruckig") is None:
            raise VtmError(
                "limits of joints need ruckig; install it with `pip install ruckig`, or set both limits to 0"
            )
        from ruckig import InputParameter, OutputParameter, Ruckig, Synchronization  # optional: the extra `limits`

        self._steps = Ruckig(count, LONGEST_STEP_S)
        self._state, self._next = InputParameter(count), OutputParameter(count)
        self._state.synchronization = Synchronization.No
        self._state.max_jerk = np.full(count, np.inf)
        self._wanted: np.ndarray | None = None
        self._stamp_ns = 0

    def __call__(self, stamp_ns: int, angles: np.ndarray, velocity: float, acceleration: float) -> np.ndarray:
        """The angles (N,) to take now, radians. velocity: rad/s, acceleration: rad/s^2; 0 for no limit.

        Two whole turns, by which an angle steps back from vtm.body.joint_angles.ANGLE_LIMIT, are stepped along.
        """
        if self._wanted is None:
            self._state.current_position, self._state.current_velocity = angles, np.zeros_like(angles)
        else:
            jump = angles - self._wanted
            turns = np.where(np.abs(jump) > 3 * np.pi, np.round(jump / (2 * np.pi)) * 2 * np.pi, 0)
            self._state.current_position = np.asarray(self._state.current_position) + turns
        seconds = (stamp_ns - self._stamp_ns) * 1e-9
        if self._wanted is None or not 0 < seconds <= LONGEST_STEP_S:
            seconds = LONGEST_STEP_S
        self._wanted, self._stamp_ns = angles, stamp_ns
        self._steps.delta_time = seconds
        self._state.target_position = angles
        self._state.max_velocity = np.full(len(angles), velocity or np.inf)
        self._state.max_acceleration = np.full(len(angles), acceleration or np.inf)
        self._steps.update(self._state, self._next)
        self._next.pass_to_input(self._state)
        return np.array(self._next.new_position)

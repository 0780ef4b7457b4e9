"""Steps that keep position, speed and acceleration for ever."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from vtm_robot.retarget.limits import StepLimits

LIMITS = StepLimits(
    np.array([-1.0, -0.05, -np.inf]),
    np.array([2.0, 0.05, np.inf]),
    np.array([3.0, 8.0, 1.0]),
    np.array([20.0, 60.0, 5.0]),
    0.02,
)


@given(some.lists(some.tuples(*[some.floats(0, 1)] * 3), min_size=1, max_size=120), some.floats(0.1, 1))
def test_there_is_always_a_next_step_and_no_limit_is_passed(choices, share) -> None:
    q, step = np.zeros(3), np.zeros(3)
    for choice in choices:
        least, most = LIMITS.bounds(q, step, share)
        assert (least <= most).all()
        brake = LIMITS.brake(step)
        assert (brake >= least - 1e-12).all() and (brake <= most + 1e-12).all()
        last, step = step, least + np.array(choice) * (most - least)
        q = q + step
        assert (np.abs(step) <= LIMITS.longest * (1 + 1e-9)).all()
        assert (np.abs(step - last) <= LIMITS.unit * (1 + 1e-9)).all()
        assert (q >= LIMITS.lower - 1e-12).all() and (q <= LIMITS.upper + 1e-12).all()


@given(some.tuples(*[some.floats(-0.05, 0.05)] * 3))
def test_the_way_to_rest_is_as_told(step) -> None:
    path = LIMITS.stop_path(np.zeros(3), np.array(step))
    end = path[-1] if len(path) else np.zeros(3)
    np.testing.assert_allclose(np.abs(end), LIMITS.stopping(np.array(step)), atol=1e-12)


def test_outside_of_its_range_a_joint_goes_no_further() -> None:
    least, most = LIMITS.bounds(np.array([2.2, 0.0, 0.0]), np.zeros(3))
    assert most[0] == 0.0 and least[0] < 0.0

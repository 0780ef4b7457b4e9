"""The filter on invented measurements of a hand-held unit, with bias and noise as cheap ones have."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtm_trt.postprocess.imu import GRAVITY, LONGEST_GAP_S, ImuFilter

RATE_HZ = 100
BIAS = np.array([0.01, -0.008, 0.012])
START_NS = 1_700_000_000_000_000_000


def swaying(seconds: np.ndarray, size: float) -> Rotation:
    """Turned at first, then swaying about all axes by up to `size` rad, 0.1 to 0.5 Hz."""
    first = Rotation.from_euler("xyz", [-1.7, 0.2, 0.4])
    waves = np.stack([np.sin(2 * np.pi * f * seconds + p) for f, p in ((0.3, 0.0), (0.5, 1.0), (0.1, 2.0))], -1)
    return first * Rotation.from_rotvec(size * (waves - waves[0]))


def measured(turns: Rotation, seed: int, pushed: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Rates and accelerations of a unit turned so, RATE_HZ. pushed: m/s^2 of shaking."""
    random = np.random.default_rng(seed)
    rates = (turns[:-1].inv() * turns[1:]).as_rotvec() * RATE_HZ
    count = len(rates)
    accelerations = turns[1:].inv().apply([0, 0, GRAVITY])
    shaking = pushed * np.sin(2 * np.pi * 2.0 * np.arange(count) / RATE_HZ)[:, None] * [1, 0.5, 0]
    return (
        rates + BIAS + random.normal(0, 0.005, rates.shape),
        accelerations + shaking + random.normal(0, 0.05, rates.shape),
    )


def filtered(imu: ImuFilter, rates: np.ndarray, accelerations: np.ndarray) -> Rotation:
    """The estimate after each measurement."""
    found = []
    for index, (rate, acceleration) in enumerate(zip(rates, accelerations, strict=True)):
        stamp = START_NS + round(index * 1e9 / RATE_HZ)
        imu.add(stamp, rate, acceleration)
        if index:
            found.append(imu.rotation(stamp))
    return Rotation.from_matrix(found)


def tilt_error_deg(found: Rotation, true: Rotation) -> np.ndarray:
    up = found.inv().apply([0, 0, 1.0]), true.inv().apply([0, 0, 1.0])
    return np.degrees(np.arccos(np.clip((up[0] * up[1]).sum(-1), -1, 1)))


@pytest.mark.parametrize(("size", "pushed"), [(0.0, 0.0), (0.4, 0.0), (0.4, 0.5)])
def test_tilt_is_right_within_a_degree(size, pushed):
    turns = swaying(np.arange(40 * RATE_HZ + 2) / RATE_HZ, size)
    found = filtered(ImuFilter(), *measured(turns, 1, pushed))
    error = tilt_error_deg(found, turns[2:])[15 * RATE_HZ :]
    assert error.max() < (1.0 if not pushed else 2.0) and np.sqrt((error**2).mean()) < 1.0


def test_a_unit_at_rest_does_not_spin_and_its_bias_is_found():
    turns = swaying(np.arange(40 * RATE_HZ + 2) / RATE_HZ, 0.0)
    imu = ImuFilter()
    found = filtered(imu, *measured(turns, 2))
    headings = found.apply(turns[0].inv().apply([1.0, 0, 0]))
    turned = np.degrees(np.unwrap(np.arctan2(headings[:, 1], headings[:, 0])))[3 * RATE_HZ :]
    assert np.ptp(turned) < 1.0
    np.testing.assert_allclose(imu.bias, BIAS, atol=0.001)


def test_after_a_rest_the_heading_of_a_moving_unit_holds_too():
    still, moving = swaying(np.zeros(3 * RATE_HZ), 0.0), swaying(np.arange(40 * RATE_HZ) / RATE_HZ, 0.4)
    turns = Rotation.concatenate([still, moving])
    found = filtered(ImuFilter(), *measured(turns, 3))
    relative = found[4 * RATE_HZ :] * turns[2 + 4 * RATE_HZ :].inv()
    assert np.degrees(np.ptp(np.unwrap(relative.as_euler("zyx")[:, 0]))) < 5.0


def test_between_and_shortly_after_measurements_it_turns_on():
    imu = ImuFilter()
    for step in range(21):
        imu.add(START_NS + step * 5_000_000, np.array([0, 0, 0.5]), np.array([0, 0, GRAVITY]))
    first = Rotation.from_matrix(imu.rotation(START_NS))
    for after_s in (0.0125, 0.0999, 0.12):
        turned = (first.inv() * Rotation.from_matrix(imu.rotation(START_NS + round(after_s * 1e9)))).as_rotvec()
        np.testing.assert_allclose(turned, [0, 0, 0.5 * after_s], atol=1e-3)
    assert imu.rotation(START_NS - 1) is None
    assert imu.rotation(START_NS + round((0.11 + LONGEST_GAP_S) * 1e9)) is None


def test_a_gap_or_time_running_backwards_starts_anew_and_what_is_no_number_is_passed_over():
    imu = ImuFilter()
    flat, on_its_side = np.array([0, 0, GRAVITY]), np.array([0, GRAVITY, 0])
    imu.add(START_NS, np.zeros(3), flat)
    imu.add(START_NS + 5_000_000, np.full(3, np.nan), flat)
    assert imu.rotation(START_NS) is None
    for start in (START_NS + 10**10, START_NS):
        imu.add(start, np.zeros(3), on_its_side)
        imu.add(start + 5_000_000, np.zeros(3), on_its_side)
        np.testing.assert_allclose(imu.rotation(start)[2], [0, 1, 0], atol=1e-6)

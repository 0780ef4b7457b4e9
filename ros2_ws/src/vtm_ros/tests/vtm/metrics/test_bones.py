import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import bodies
from vtm.body.skeleton import bone_lengths
from vtm.metrics.bones import bone_error, bone_spread


@given(bodies(), st.floats(0.5, 2))
def test_the_size_of_the_person_does_not_count(offsets, scale):
    true = bone_lengths(offsets)
    assert bone_error(scale * true, true) == pytest.approx(np.zeros(21), abs=1e-12)


def test_one_long_bone():
    predicted = np.ones(21)
    predicted[3] = 1.42
    error = bone_error(predicted, np.full(21, 0.4))
    assert error[3] == pytest.approx(1.42 / 1.02 - 1)
    assert error[0] == pytest.approx(1 - 1 / 1.02)


def test_spread_over_a_clip():
    lengths = np.full((100, 21), 0.5)
    lengths[::2, 2] = 0.52
    lengths[1::2, 2] = 0.48
    lengths[17] = np.nan
    spread = bone_spread(lengths)
    assert spread[2] == pytest.approx(0.04, rel=1e-2) and np.delete(spread, 2) == pytest.approx(0)
    assert np.isnan(bone_spread(np.full((3, 21), np.nan))).all()

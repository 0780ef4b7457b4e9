import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vtm.body.poses import seeds
from vtm.body.skeleton import MIRROR, NUM_JOINTS
from vtm.errors import VtmError
from vtm.types import HALF_SURE_M
from vtm_trt.engine.models import model_path, models_folder
from vtm_trt.postprocess.expected_error import FILE, LARGEST_DEG, ErrorMap, expected_error


def some(seed: int, frames: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.02, 1, (frames, NUM_JOINTS))


@given(seeds, st.floats(0.1, 1))
def test_who_is_less_sure_expects_no_smaller_error(seed, factor):
    sure, less = expected_error(some(seed)), expected_error(factor * some(seed))
    for name in ("position_m", "angle_deg", "root_m"):
        assert (getattr(less, name) >= getattr(sure, name) - 1e-12).all(), name


@given(seeds)
def test_left_and_right_mean_the_same(seed):
    expected, other = expected_error(some(seed)), expected_error(some(seed)[:, MIRROR])
    np.testing.assert_allclose(other.angle_deg, expected.angle_deg[:, MIRROR])
    np.testing.assert_allclose(other.root_m, expected.root_m)


def test_shapes_and_bounds():
    for shape in ((), (4,), (2, 3)):
        for confidence in (0.0, 0.5, 1.0):
            expected = expected_error(np.full((*shape, NUM_JOINTS), confidence, np.float32))
            assert expected.position_m.shape == expected.angle_deg.shape == (*shape, NUM_JOINTS)
            assert expected.root_m.shape == (*shape, 2)
            assert (0 <= expected.angle_deg).all() and (expected.angle_deg <= LARGEST_DEG).all()
            assert (expected.root_m >= 0).all() and np.isfinite(expected.root_m).all()
    assert expected_error(np.full(NUM_JOINTS, 0.5)).position_m == pytest.approx(np.full(NUM_JOINTS, HALF_SURE_M))


def test_frames_without_the_person_stay_unknown():
    confidence = some(0)
    confidence[2] = np.nan
    expected = expected_error(confidence)
    for values in (expected.angle_deg, expected.root_m):
        assert np.flatnonzero(np.isnan(values).any(1)).tolist() == [2] and np.isnan(values[2]).all()


def test_it_was_measured_with_the_network_that_ships():
    found = json.loads((models_folder() / FILE).read_text())
    now = hashlib.sha256(model_path("vtm").read_bytes()).hexdigest()
    assert found["network_sha256"] == now, f"the network is another one; measure again: {found['made_by']}"
    assert all(0 <= judged["mean_log_ratio"] < np.log(2) for judged in found["judged"].values())


@pytest.mark.parametrize("damage", ["missing", "no json", "a joint less", "a number less", "falling"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / FILE
    found = json.loads((models_folder() / FILE).read_text())
    if damage == "a joint less":
        del found["angle_deg"]["left_knee"]
    if damage == "a number less":
        found["root_m"]["across"].pop()
    if damage == "falling":
        found["angle_deg"]["left_knee"][1] = -1.0
    if damage != "missing":
        path.write_text("[" if damage == "no json" else json.dumps(found))
    with pytest.raises(VtmError, match="restore it"):
        ErrorMap.load(path)

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from tests.vtm.body.poses import POSTURES, mirrored, posture
from vtm.body.limits import within_limits
from vtm.body.rotations import matrix_from_quat
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, MIRROR


@pytest.mark.parametrize("name", POSTURES)
def test_what_people_do_is_possible(name):
    assert within_limits(matrix_from_quat(POSTURES[name])).all()


@pytest.mark.parametrize(
    ("joint", "turn"),
    [
        ("left_knee", ("Y", -20)), ("right_knee", ("Y", -20)), ("left_knee", ("X", 20)), ("right_knee", ("X", -20)),
        ("left_elbow", ("Z", 20)), ("right_elbow", ("Z", -20)), ("left_elbow", ("X", -20)), ("right_elbow", ("X", 20)),
        ("head", ("Z", 120)), ("left_ankle", ("Y", 150)), ("spine2", ("Y", 70)), ("left_hip", ("Y", 175)),
    ],
)  # fmt: skip
def test_what_nobody_does_is_told_and_where(joint, turn):
    for quats in (posture(**{joint: turn}), mirrored(posture(**{joint: turn}))):
        wrong = np.flatnonzero(~within_limits(matrix_from_quat(quats)))
        assert [JOINT_NAMES[j] for j in wrong] in ([joint], [JOINT_NAMES[MIRROR[JOINT_INDEX[joint]]]])


def test_knees_and_elbows_bend_all_the_way():
    for degrees in range(0, 161, 10):
        bent = posture(
            left_knee=("Y", degrees), right_knee=("Y", degrees), left_elbow=("Z", -degrees), right_elbow=("Z", degrees)
        )
        assert within_limits(matrix_from_quat(bent)).all()


def test_numpy_and_torch_agree():
    local = Rotation.random(40 * 22, random_state=0).as_matrix().reshape(40, 22, 3, 3)
    expected = within_limits(local)
    assert 0 < expected.mean() < 1
    assert (within_limits(torch.from_numpy(local)).numpy() == expected).all()

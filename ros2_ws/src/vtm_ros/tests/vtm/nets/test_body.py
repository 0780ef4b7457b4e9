import numpy as np
import torch
from scipy.spatial.transform import Rotation

from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import VIRTUAL_OFFSETS, scaled_offsets
from vtm.nets.body import kinematics_by_doubling, offsets_from_ratio


def test_doubling_is_forward_kinematics():
    local = torch.from_numpy(Rotation.random(3 * 22, rng=0).as_matrix()).reshape(3, 22, 3, 3)
    offsets = torch.from_numpy(VIRTUAL_OFFSETS).expand(3, 22, 3)
    wanted = forward_kinematics(local, offsets, torch.zeros(3, 3, dtype=torch.float64))
    for got, want in zip(kinematics_by_doubling(local, offsets), wanted, strict=True):
        assert torch.allclose(got, want, atol=1e-12)


def test_offsets_are_those_of_the_skeleton():
    ratio = np.random.default_rng(0).uniform(0.8, 1.2, (2, 5, 21))
    assert np.allclose(offsets_from_ratio(torch.from_numpy(ratio)).numpy(), scaled_offsets(ratio))

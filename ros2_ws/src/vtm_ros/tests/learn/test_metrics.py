import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from vtm.learn import metrics


def test_alignment_undoes_a_similarity():
    points = torch.randn(5, 14, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    turn = torch.from_numpy(Rotation.random(5, random_state=0).as_matrix())
    moved = 1.7 * points @ turn.transpose(-1, -2) + torch.tensor([0.3, -2.0, 5.0])
    assert metrics.pa_mpjpe(points, moved) < 1e-9
    assert metrics.mpjpe(points, moved) > 1


def test_alignment_does_not_mirror():
    points = torch.randn(1, 14, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert metrics.pa_mpjpe(points * torch.tensor([-1.0, 1, 1]), points) > 0.1


def test_angle_in_degrees():
    turn = torch.from_numpy(Rotation.from_rotvec([[0, 0, 0], [0, 30, 0]], degrees=True).as_matrix())
    assert float(metrics.mpjae(torch.eye(3, dtype=torch.float64).expand(2, 3, 3), turn)) == pytest.approx(15)


def test_jitter_of_a_cubic_is_its_third_derivative():
    time = torch.from_numpy(np.arange(40) / 20.0)
    path = (time**3)[:, None, None].expand(-1, 2, 3)
    assert float(metrics.jitter(path, 20.0)) == pytest.approx(6 * 3**0.5, rel=1e-6)

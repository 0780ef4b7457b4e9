import torch

from vtm.nets.forecast import ForecastHead


def test_no_time_ahead_is_no_motion_and_frames_are_independent():
    torch.manual_seed(0)
    head = ForecastHead(12, 8)
    features, horizon = torch.randn(2, 12, 5), torch.full((2, 5), 0.1)
    turn, way = head(features, torch.zeros(2, 5))
    assert turn.abs().max() == 0 and way.abs().max() == 0
    turn, way = head(features, horizon)
    assert turn.shape == (2, 5, 22, 3) and way.shape == (2, 5, 3) and turn.abs().min() > 0
    assert torch.allclose(head(features[:, :, 3:], horizon[:, 3:])[0], turn[:, 3:], atol=1e-6)

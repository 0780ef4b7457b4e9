import torch
from torch import nn

from vtm.train.optimizer import Optimizer


def test_both_parts_lower_a_loss_and_share_the_weights():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(64, 64, 3, padding=1), nn.GELU(), nn.Conv1d(64, 8, 1))
    x, y = torch.randn(8, 64, 10), torch.randn(8, 8, 10)
    optimizer, first = Optimizer(net, 1e-2, 0.0), [p.clone() for p in net.parameters()]
    losses = []
    for _ in range(60):
        loss = (net(x) - y).pow(2).mean()
        losses.append(loss.item())
        optimizer.step(loss, 1e-2)
    assert losses[-1] < 0.5 * losses[0]
    assert all(not torch.equal(a, b) for a, b in zip(first, net.parameters(), strict=True))


def test_state_goes_on_where_it_was():
    def run(stop: int) -> torch.Tensor:
        torch.manual_seed(0)
        net, x = nn.Sequential(nn.Conv1d(64, 64, 1)), torch.randn(4, 64, 6)
        optimizer = Optimizer(net, 1e-2, 1e-4)
        for step in range(6):
            if step == stop:
                saved = optimizer.tensors()
                optimizer = Optimizer(net, 1e-2, 1e-4)
                optimizer.load_tensors(saved)
            optimizer.step(net(x).pow(2).mean(), 1e-2)
        return net[0].weight

    assert torch.allclose(run(3), run(-1), atol=1e-6)

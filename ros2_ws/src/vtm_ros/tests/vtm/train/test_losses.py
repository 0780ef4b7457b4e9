import torch

from vtm.body.rotations import matrix_from_rotvec
from vtm.samples.clips import Clips
from vtm.samples.windows import sample
from vtm.train import losses


def test_future_is_the_motion_between_two_frames(clips_file, variety):
    windows = sample(Clips(clips_file, "train"), 6, 20, torch.Generator().manual_seed(0), variety)
    future = losses.future(windows, torch.ones(6, 20), 3)
    assert future.when[:, :-3].any() and not future.when[:, -3:].any()
    seconds = windows.interval[..., 0].cumsum(1)
    known = future.when.bool()
    late = torch.nn.functional.pad(seconds[:, 3:] - seconds[:, :-3], (0, 3))
    assert torch.allclose(future.horizon[known], late[known]) and future.horizon.max() <= 0.25
    reached = windows.local[:, :-3] @ future.turn[:, :-3]
    assert torch.allclose(reached, windows.local[:, 3:], atol=1e-5)
    assert torch.allclose((windows.root + future.way)[:, :-3], windows.root[:, 3:], atol=1e-5)


def test_exact_foresight_costs_nothing(clips_file, variety):
    windows = sample(Clips(clips_file, "train"), 4, 12, torch.Generator().manual_seed(1), variety)
    turn = torch.randn(4, 12, 22, 3) * 0.2
    future = losses.Future(windows.interval[..., 0], matrix_from_rotvec(turn), windows.root, torch.ones(4, 12))
    assert losses.ahead(turn, windows.root, future, {"ahead": 1.0})["ahead"] < 1e-6
    assert losses.ahead(-turn, windows.root, future, {"ahead": 1.0})["ahead"] > 0.05

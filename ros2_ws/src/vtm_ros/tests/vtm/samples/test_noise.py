"""The measured errors are played back as they were measured."""

import numpy as np
import pytest
import torch

from vtm.body.keypoints import MIRROR_KEYPOINTS
from vtm.samples import noise

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def body(batch: int, frames: int) -> torch.Tensor:
    """Rays of a body 0.5 high at rest, (B, T, 23, 2)."""
    points = torch.rand(23, 2, generator=generator(5)) * 0.5
    points[0], points[1] = torch.tensor([0.0, 0.0]), torch.tensor([0.2, 0.5])
    return points.expand(batch, frames, 23, 2)


def test_replay_is_a_measured_clip_or_its_mirror_image():
    exact, visible = body(6, 20), torch.ones(6, 20, 23, dtype=torch.bool)
    rays, confidence = noise.replay(exact, visible, torch.full((6, 20), 1 / 30), False, generator())
    error, sure = noise._tracks(False, CPU)
    mirror = list(MIRROR_KEYPOINTS)
    for off, seen in zip((rays - exact) / 0.5, confidence, strict=True):
        found = []
        for sign, order in ((1.0, list(range(23))), (-1.0, mirror)):
            wanted = error[:, :, order] * torch.tensor([sign, 1.0])
            same = (wanted - off[0]).abs().amax((-1, -2)) < 1e-4
            found += [(clip, frame, order) for clip, frame in same.nonzero().tolist()]
        clip, frame, order = found[0]
        assert torch.equal(seen[0], sure[clip, frame][order])


def test_twice_the_frame_rate_plays_at_half_the_speed():
    exact, visible = body(4, 21), torch.ones(4, 21, 23, dtype=torch.bool)
    fast, _ = noise.replay(exact, visible, torch.full((4, 21), 1 / 30), False, generator(2))
    slow, _ = noise.replay(exact, visible, torch.full((4, 21), 1 / 60), False, generator(2))
    assert torch.allclose(slow[:, 1::2][:, :10], fast[:, :10], atol=1e-6)


def test_what_the_image_does_not_show_is_missing():
    exact = body(3, 12)
    visible = torch.rand(3, 12, 23, generator=generator()) < 0.5
    for _, confidence in (
        noise.replay(exact, visible, torch.full((3, 12), 0.03), True, generator()),
        noise.detect(exact, visible, 1.0, generator()),
    ):
        assert (confidence[~visible] == 0).all() and confidence[visible].mean() > 0.5


def test_validation_clips_are_not_trained_on():
    kept, trained = noise._tracks(True, CPU)[0], noise._tracks(False, CPU)[0]
    assert len(kept) == pytest.approx(len(trained) / (noise.HELD_OUT - 1), abs=1)
    assert not any((one - trained).abs().amax((1, 2, 3)).min() == 0 for one in kept)
    assert 0.005 < float(np.median(np.abs(trained.numpy()))) < 0.05


def test_exact_keypoints_stay_exact_at_level_zero():
    exact = body(2, 8)
    rays, _ = noise.detect(exact, torch.ones(2, 8, 23, dtype=torch.bool), 0.0, generator())
    moved = (rays - exact).norm(dim=-1) > 1e-6
    assert moved.float().mean() < 0.2


def test_an_exchange_is_of_whole_groups_and_of_bounded_length():
    exact = body(200, 48)
    sure = torch.rand(200, 48, 23, generator=generator())
    rays, confidence = noise.exchange(exact, sure, 1.0, generator())
    mirrored = exact[:, :, list(MIRROR_KEYPOINTS)]
    moved = (rays != exact).any(-1)
    assert torch.equal(rays[moved], mirrored[moved])
    assert 0.9 < moved.any(-1).any(-1).float().mean() <= 1.0
    assert len(moved.flatten(0, 1).unique(dim=0)) == len(noise.EXCHANGED) + 1
    everything = moved.sum(-1) == moved.sum(-1).max()
    assert not everything[:, : noise.BEFORE_TURNED].any()
    kept, unsure = noise.exchange(exact, sure, 0.0, generator())
    assert torch.equal(kept, exact) and torch.equal(unsure, sure)

"""Drawn people vary as Anny's adults do."""

import numpy as np
import pytest
import torch

from vtm.body.skeleton import JOINT_INDEX, MIRROR, person_scale
from vtm.samples.proportions import _anny, adults

SWAP = [joint - 1 for joint in MIRROR[1:]]


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def bone(name: str) -> int:
    return JOINT_INDEX[name] - 1


@pytest.mark.parametrize("spread", [0.0, 0.07])
def test_left_is_like_right_and_the_given_ratio_is_the_centre(generator, spread):
    centre = torch.linspace(0.8, 1.2, 21)[None].expand(4000, 21)
    centre = (centre + centre[:, SWAP]) / 2
    drawn = adults(centre, spread, generator)
    assert torch.allclose(drawn, drawn[:, SWAP])
    about = (drawn / centre).log().mean(0)
    torch.testing.assert_close(about, _anny()[0] / 2, atol=0.01, rtol=0)


def test_the_spread_is_that_of_anny_plus_our_own(generator):
    mean, factors = _anny()
    drawn = adults(torch.ones(20000, 21), 0.05, generator).log()
    own = 0.05**2 * (np.eye(21) + np.eye(21)[SWAP]).clip(0, 1)
    expected = (factors @ factors.T + mean[:, None] * mean / 12).numpy() + own
    np.testing.assert_allclose(np.cov(drawn.numpy().T), expected, atol=3e-4)


def test_people_are_people(generator):
    """Sizes out of it, adults' thighs differ by a few percent; hips and shoulders by more; the spine goes as one."""
    drawn = adults(torch.ones(5000, 21), 0.0, generator).numpy()
    drawn /= person_scale(drawn)[:, None]
    spread = np.log(drawn).std(0)
    assert 0.01 < spread[bone("left_elbow")] < 0.04
    assert 0.04 < spread[bone("left_hip")] < 0.08 and 0.04 < spread[bone("left_shoulder")] < 0.08
    np.testing.assert_allclose(drawn[:, bone("spine1")], drawn[:, bone("spine3")], rtol=0.02)
    assert 0.6 < drawn.min() and drawn.max() < 1.7


def test_anny_says_the_same_today():
    """The stored numbers are those of the installed body model."""
    pytest.importorskip("anny", reason="pip install --no-deps -r requirements/render.txt")
    from vtm.samples.renders.anny_body import random_phenotypes, rest_bodies

    ratio = np.array([rig.ratio for rig in rest_bodies(random_phenotypes(100, 0, children=0.0))[1]])
    log_ratio = np.log(ratio / person_scale(ratio)[:, None])
    mean, factors = (part.numpy() for part in _anny())
    np.testing.assert_allclose(log_ratio.mean(0), mean, atol=0.02)
    np.testing.assert_allclose(log_ratio.std(0), np.sqrt((factors**2).sum(1)), rtol=0.35)

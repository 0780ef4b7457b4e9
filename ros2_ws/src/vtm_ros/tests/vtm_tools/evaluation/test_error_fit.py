"""The fit finds a map that is known; and the map that ships holds for somebody nobody measured it on."""

from dataclasses import replace

import numpy as np
import torch

from tests.vtm_tools.evaluation.walker import walker
from vtm.body.skeleton import MIRROR, NUM_JOINTS
from vtm.metrics.example import Example
from vtm.metrics.score import CALIBRATED
from vtm.samples import noise
from vtm_tools.evaluation.error_fit import fit
from vtm_tools.evaluation.streamed import run
from vtm_trt.postprocess.expected_error import ErrorMap
from vtm_trt.stream.person_stream import MotionStream


def known_map() -> ErrorMap:
    rng = np.random.default_rng(1)
    angle = rng.uniform([1, 20, 20], [10, 200, 200], (NUM_JOINTS, 3))
    return ErrorMap((angle + angle[list(MIRROR)]) / 2, np.array([0.01, 0.4]), np.array([0.02, 1.3]))


def test_the_map_that_made_the_errors_is_found():
    rng, true = np.random.default_rng(0), known_map()
    position = rng.gamma(2, 0.05, (4000, NUM_JOINTS))
    expected = true(position)
    angle, root = rng.exponential(expected.angle_deg), rng.exponential(expected.root_m)
    angle[7] = np.nan
    found = fit(position, angle, root)(position)
    np.testing.assert_allclose(found.angle_deg, expected.angle_deg, rtol=0.3)
    np.testing.assert_allclose(found.root_m, expected.root_m, rtol=0.3)


def test_nothing_falls_where_the_larger_expectation_goes_with_the_smaller_error():
    position = np.random.default_rng(0).gamma(2, 0.05, (500, NUM_JOINTS))
    found = fit(position, 20 - 10 * position, 1 - position[:, :2])
    assert all((part >= 0).all() for part in (found.angle, found.across, found.along))


def disturbed(example: Example, seed: int) -> Example:
    """With 2D errors measured on rendered people."""
    rays = torch.from_numpy(np.stack([seen.rays for seen in example.observations]))[None].float()
    visible, interval = torch.ones(rays.shape[:3], dtype=torch.bool), torch.full(rays.shape[:2], 1 / example.fps)
    rays, sure = noise.replay(rays, visible, interval, True, torch.Generator().manual_seed(seed))
    points = torch.cat([rays, torch.ones_like(rays[..., :1])], -1)[0].double().numpy()
    return replace(
        example,
        observations=[
            replace(seen, keypoints=seen.intrinsics.project(at).astype(np.float32), confidence=confidence)
            for seen, at, confidence in zip(example.observations, points, sure[0].numpy(), strict=True)
        ],
    )


def test_a_walker_errs_as_expected_within_a_factor_of_two():
    errors = run(MotionStream(None, 0), [disturbed(walker(50), seed) for seed in range(6)]).errors
    for what in CALIBRATED:
        expected, actual = np.nanmean(np.concatenate([one.expectations[what] for one in errors], 1), axis=(1, 2))
        assert 0.5 < actual / expected < 2, what

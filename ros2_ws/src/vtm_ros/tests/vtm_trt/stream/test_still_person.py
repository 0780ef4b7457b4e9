"""Somebody who stands still must not wander off: the root's drift over a minute."""

import numpy as np
import pytest

from vtm.camera import Intrinsics
from vtm.types import Observation
from vtm_trt.stream.person_stream import MotionStream

SETTLED_S, MINUTE_S = 10, 60
CAMERA = Intrinsics.from_fov(1280, 720)
STANDING = np.array([
    (640, 150), (648, 142), (632, 142), (660, 148), (620, 148), (690, 215), (590, 215), (705, 300), (575, 300),
    (710, 380), (570, 380), (668, 375), (612, 375), (670, 480), (610, 480), (672, 580), (608, 580), (668, 595),
    (612, 595), (685, 605), (595, 605), (640, 375), (640, 215),
], dtype=np.float32)  # fmt: skip


@pytest.mark.parametrize(("fps", "noise_px"), [(10, 0.0), (15, 2.0)])
def test_root_of_a_still_person_does_not_drift(fps, noise_px):
    """Metres at 3 m: the mean over a second, one minute later, is within 10 mm across and along the line of sight."""
    rng = np.random.default_rng(0)
    stream, roots = MotionStream(), []
    for index in range(fps * (SETTLED_S + MINUTE_S + 1)):
        keypoints = STANDING + rng.normal(0, noise_px, STANDING.shape).astype(np.float32)
        motion = stream.lift(Observation(round(index * 1e9 / fps), CAMERA, keypoints, np.full(23, 0.9, np.float32)))
        roots.append(motion.root_cam)
    second = fps if noise_px else 1
    before = np.mean(roots[fps * SETTLED_S : fps * SETTLED_S + second], axis=0)
    after = np.mean(roots[fps * (SETTLED_S + MINUTE_S) :][:second], axis=0)
    assert 1.5 < before[2] < 6.0
    assert np.linalg.norm(after - before) < 0.010

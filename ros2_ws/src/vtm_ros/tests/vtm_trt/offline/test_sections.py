"""A long recording, refined in sections, is the same motion without a seam."""

import numpy as np
import pytest

from tests.vtm_tools.evaluation.walker import walker
from tests.vtm_trt.offline.test_refine_recording import noisy, recorded
from vtm.types import Motion
from vtm_trt.offline import sections
from vtm_trt.postprocess.plausibility import fit
from vtm_trt.stream.person_stream import MotionStream

FRAMES = 300
"""Then the person is 66 degrees off the camera's axis."""


@pytest.mark.parametrize("frames", [1, 90, 91, 2999, 3000, 3001, 5911, 20_000])
def test_sections_overlap_and_cover_everything(frames):
    parts = sections.sections(range(frames))
    assert parts[0][0] == 0 and parts[-1][-1] == frames - 1
    assert all(1 <= len(part) <= sections.SECTION for part in parts)
    for before, after in zip(parts, parts[1:], strict=False):
        assert after[: sections.OVERLAP] == before[-sections.OVERLAP :] and len(after) > sections.OVERLAP


def joints(motions: list[Motion]) -> np.ndarray:
    return np.stack([fit(motion).joints + motion.root_cam for motion in motions])


def test_sections_tell_what_the_whole_tells_and_have_no_seam(monkeypatch):
    seen = list(noisy(walker(FRAMES).observations))
    stream = MotionStream(lookahead=8, backend="onnxruntime")
    whole = recorded(stream, seen)
    monkeypatch.setattr(sections, "SECTION", 150)
    parts = recorded(stream, seen)
    assert [motion.stamp_ns for motion in parts] == [motion.stamp_ns for motion in whole]
    assert len({motion.bone_ratio.tobytes() for motion in parts}) == 1
    one, other = joints(whole), joints(parts)
    apart = np.linalg.norm((one - one[:, :1]) - (other - other[:, :1]), axis=-1).mean(1)
    assert apart.mean() < 0.02 and np.percentile(apart, 90) < 0.04
    jerks = [np.linalg.norm(np.diff(way, n=2, axis=0), axis=-1).mean(1).max() for way in (one, other)]
    assert jerks[1] < 1.3 * jerks[0]

"""`vtm capture --max-people` on two people."""

import json

import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import write_clip
from tests.vtm_trt.pose2d.conftest import read_clip
from tests.vtm_trt.pose2d.crossing import beside, cut_outs
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main
from vtm_trt import Capture


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The second one comes after 4 frames."""
    both = cut_outs(read_clip("pose2sim/cam03.mp4", 30))
    shown = [beside(one, (20, 520 if index >= 4 else None), index).image for index, one in enumerate(both)]
    return write_clip(tmp_path_factory.mktemp("pair") / "pair.mp4", shown)


def test_each_person_has_files(pair, tmp_path, capsys):
    out, bvh, look = tmp_path / "m.npz", tmp_path / "b.bvh", tmp_path / "o.png"
    options = ["--pose-model", "lite", "--max-people", "2", "--once", "--bvh", str(bvh), "--overview", str(look)]
    assert main(["capture", str(pair), "--out", str(out), *options]) == 0
    names = {f"{s}.person_{n}.{e}" for s, e in (("m", "npz"), ("b", "bvh"), ("o", "png")) for n in (1, 2)}
    assert {path.name for path in tmp_path.iterdir()} == {*names, "m.people.json"}
    assert "1 in 100.0 %" in capsys.readouterr().out
    people = json.loads((tmp_path / "m.people.json").read_text())
    assert people["video"] == "pair.mp4" and people["frames"] == 30
    clips = [MotionClip.load(tmp_path / person["file"]) for person in people["people"]]
    for person, clip in zip(people["people"], clips, strict=True):
        assert clip.person_id.tolist() == [person["number"]] and len(clip.valid) == 30
        assert person["seen_percent"] == pytest.approx(100 * clip.valid.mean(), abs=0.1)
        assert person["first_seen_s"] == pytest.approx(clip.stamps[clip.valid][0] - clip.stamps[0], abs=1e-3)
    assert clips[0].valid.all() and 0.5 < clips[1].valid.mean() < 0.9
    assert np.nanmax(clips[0].root_cam[:, 0]) < 0 < np.nanmin(clips[1].root_cam[:, 0])

    captured = Capture("lite").people(pair, 2)
    assert list(captured) == [1, 2]
    np.testing.assert_allclose(captured[2].clip.keypoints, clips[1].keypoints, atol=1e-3)
    assert captured[2].clip.adjusted.any()

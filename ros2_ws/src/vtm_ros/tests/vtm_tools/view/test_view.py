import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import write_clip
from tests.vtm_tools.render.test_overview import FLAT, standing
from tests.vtm_trt.pose2d.conftest import read_clip
from tests.vtm_trt.pose2d.crossing import beside, cut_outs
from vtm.body.body_shape import PARTS, POINT_INDEX, shape_points
from vtm_tools.cli.app import main
from vtm_tools.view.capsules import capsules

rerun = pytest.importorskip("rerun", reason="the optional viewer is not installed")
VTM = Path(sys.prefix) / "bin" / "vtm"


@pytest.fixture(scope="module")
def motion_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    standing(12).save(path)
    return path


def rows(path: Path) -> Counter:
    """How many rows each entity of a recording has."""
    from rerun.chunk import RrdReader

    count: Counter = Counter()
    for chunk in RrdReader(str(path)).stream().to_chunks():
        count[str(chunk.entity_path)] += chunk.num_rows
    return count


def test_recording(motion_file, tmp_path, capsys):
    video = write_clip(tmp_path / "clip.mp4", [np.full((240, 320, 3), 90, np.uint8)] * 12)
    out = tmp_path / "film.rrd"
    assert main(["view", str(motion_file), "--video", str(video), "--save", str(out)]) == 0
    assert capsys.readouterr().out == f"12 frames -> {out}\n"
    count = rows(out)
    seen = 11  # nobody is seen in the first frame
    assert count["/world/camera/image"] >= 12
    assert count["/world/camera"] == seen + 1, "and once before"
    places = ("world/body/shape", "world/body/joints", "world/body/contacts", "world/body/way", "plots/stature")
    for place in (*places, "world/camera/image/person/skeleton", "world/body/pelvis"):
        assert count[f"/{place}"] == seen, place
    for place in ("angles/left_knee", "bones/to_left_knee", "contacts/left_toe"):
        assert count[f"/plots/{place}"] == seen + 1, "and once the name and the colour"
    assert count["/plots/frames_per_second"] == seen - 1


def test_hands_are_shown(tmp_path):
    standing(6, FLAT).save(tmp_path / "hands.npz")
    out = tmp_path / "film.rrd"
    assert main(["view", str(tmp_path / "hands.npz"), "--save", str(out)]) == 0
    count = rows(out)
    assert count["/world/camera/image/person/fingers"] == 5
    assert count["/plots/angles/left_fingers"] == count["/plots/hands/right"] == 6, "and once the name and the colour"


def test_several_people_are_shown_together(tmp_path, capsys):
    one, two, out = standing(12), standing(12, FLAT), tmp_path / "film.rrd"
    two.valid[6:] = False
    for name, clip in (("one", one), ("two", two)):
        clip.save(tmp_path / f"{name}.npz")
    assert main(["view", str(tmp_path / "one.npz"), str(tmp_path / "two.npz"), "--save", str(out)]) == 0
    count = rows(out)
    assert count["/world/body/shape"] == count["/world/people/1/skeleton"] == 11
    assert count["/world/people/2/skeleton"] == count["/world/camera/image/people/2/skeleton"] == 5
    assert count["/world/people/2/fingers"] == count["/world/camera/image/people/2/fingers"] == 5
    assert count["/world/people/1/fingers"] == 0
    assert count["/world/people/2"] == 1, "left out when not seen any more"
    assert main(["view", str(tmp_path / "one.npz"), "clip.mp4", "--save", str(out)]) == 2
    assert "motion files of one video" in capsys.readouterr().err


def test_several_people_are_shown_as_they_are_captured(tmp_path):
    pair = cut_outs(read_clip("pose2sim/cam03.mp4", 16))
    shown = [beside(both, (20, 520), index).image for index, both in enumerate(pair)]
    video, out = write_clip(tmp_path / "pair.mp4", shown), tmp_path / "film.rrd"
    assert main(["view", str(video), "--max-people", "2", "--pose-model", "lite", "--save", str(out)]) == 0
    count = rows(out)
    assert min(count[f"/world/people/{number}/skeleton"] for number in (1, 2)) >= 8
    assert count["/world/body/shape"] >= 8 and count["/plots/milliseconds/pose2d"] == 16


def test_capsules_follow_the_limbs():
    motion = standing(3).motions()[0]
    points = shape_points(motion)
    lengths, radii, starts, quats, sides = capsules(PARTS, points, 1.0)
    assert len(lengths) == len(radii) == len(starts) == len(quats) == len(sides)
    from scipy.spatial.transform import Rotation

    ends = starts + lengths[:, None] * Rotation.from_quat(quats).apply([0.0, 0.0, 1.0])
    hip, knee = points[POINT_INDEX["left_hip"]], points[POINT_INDEX["left_knee"]]
    thigh = np.flatnonzero((np.linalg.norm(starts - hip, axis=-1) < 1e-6) & (np.array(sides) == "left"))[0]
    np.testing.assert_allclose(ends[thigh], knee, atol=1e-6)
    assert all(np.linalg.norm(points - end, axis=-1).min() < 1e-6 for end in ends), "every end is a point of the body"


def test_browser_page(motion_file):
    """The page and its program are served to this machine alone, under a policy that keeps the browser on it."""
    with subprocess.Popen([VTM, "view", motion_file, "--web"], stdout=subprocess.PIPE, text=True) as process:
        try:
            page = process.stdout.readline().split()[0]
            assert page.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(page, timeout=10) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert b"re_viewer" in answer.read()
            assert policy.startswith("default-src 'self' http://127.0.0.1:") and "https:" not in policy
            origin = page.split("/?")[0]
            with urllib.request.urlopen(f"{origin}/re_viewer_bg.wasm", timeout=60) as answer:
                assert answer.headers["Content-Type"] == "application/wasm" and len(answer.read()) > 1_000_000
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(page, timeout=2)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["missing.npz", "--save", "a.rrd"], "cannot read missing.npz"),
        (["missing.mp4", "--save", "a.rrd"], "there is no video missing.mp4"),
        (["missing.mp4", "--save", "a.txt"], "must end in .rrd"),
        (["missing.mp4", "--save", "a.rrd", "--web"], "save first"),
    ],
)
def test_what_cannot_be_shown(tmp_path, monkeypatch, capsys, options, complaint):
    monkeypatch.chdir(tmp_path)
    assert main(["view", *options]) == 2
    shown = capsys.readouterr().err
    assert complaint in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())

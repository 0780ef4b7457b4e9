import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.chromium import opened
from tests.vtm_tools.export.conftest import FPS, FRAMES, MISSING, clip, clip_with_hands, motion_path  # noqa: F401
from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.skeleton import JOINT_INDEX
from vtm_tools.cli.app import main
from vtm_tools.report.figures import numbers, worst_frames
from vtm_tools.report.page import Page
from vtm_tools.report.remarks import remarks
from vtm_tools.report.series import series


def told(motion) -> dict[str, float | None]:
    return {one.name: one.value for one in numbers(motion, series(motion))}


def changed(motion, **fields):
    return type(motion)(**{**vars(motion), **fields})


def test_what_is_known_of_a_made_motion(clip):  # noqa: F811
    found = told(clip)
    assert found["frames"] == FRAMES and found["seconds"] == pytest.approx((FRAMES - 1) / FPS)
    assert found["tracked"] == pytest.approx(100 * (1 - 15 / FRAMES))
    assert found["longest_gap"] == MISSING.stop - MISSING.start
    assert found["confidence"] == pytest.approx(0.8, abs=1e-5) and found["standing"] == 100
    assert found["flips"] == 0 and found["impossible"] == 0
    speed = 1000 * FPS * np.hypot(1, 0.2) / (FRAMES - 1)
    assert found["path"] == pytest.approx(np.hypot(1, 0.2), rel=0.01)
    assert found["slide_mean"] == pytest.approx(speed, rel=0.5) and found["slide_mean"] > 50


def test_every_fault_shows_in_its_number(clip):  # noqa: F811
    before = told(clip)
    rng = np.random.default_rng(0)
    shaken = changed(clip, root_cam=clip.root_cam + rng.normal(0, 0.02, clip.root_cam.shape).astype(np.float32))
    assert told(shaken)["root_jitter"] > 10 * before["root_jitter"]
    assert told(shaken)["jitter"] == pytest.approx(before["jitter"], rel=0.1)
    assert told(shaken)["slide_mean"] > 3 * before["slide_mean"]
    quats = clip.quat_local.copy()
    quats[30, JOINT_INDEX["left_knee"]] = [0, -np.sin(1.2), 0, np.cos(1.2)]  # bent the wrong way for one frame
    broken = told(changed(clip, quat_local=quats))
    assert broken["impossible"] > 0 and broken["flips"] >= 1
    keypoints = clip.keypoints.copy()
    keypoints[..., 2] = 0.0
    assert told(changed(clip, keypoints=keypoints))["off_px"] is None


def test_it_is_said_which_limbs_are_guessed(clip):  # noqa: F811
    points = clip.keypoints.copy()
    points[..., :2] = 400
    seen = remarks(changed(clip, keypoints=points))
    assert not any("guessed" in said for said in seen)
    points[40:, [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")], 2] = 0
    *others, said = remarks(changed(clip, keypoints=points))
    assert others == seen and re.fullmatch(r"guessed: the legs are not seen in \d\d % of the frames", said)


def test_worst_frames_are_apart_and_the_least_sure(clip):  # noqa: F811
    confidence = clip.confidence.copy()
    confidence[100:110], confidence[150] = 0.2, 0.1
    worst = worst_frames(series(changed(clip, confidence=confidence)))
    assert 150 in worst and 100 <= min(worst, key=lambda frame: abs(frame - 100)) < 110
    assert worst == sorted(worst) and min(np.diff(worst)) >= 0.5 * FPS and clip.valid[worst].all()


@pytest.fixture(scope="module")
def written(clip_with_hands, tmp_path_factory) -> tuple[Path, Path, Path]:  # noqa: F811
    """A motion, its page and its numbers."""
    folder = tmp_path_factory.mktemp("report")
    motion, page, file = folder / "hands.npz", folder / "report.html", folder / "numbers.json"
    clip_with_hands.save(motion)
    assert main(["report", str(motion), "--out", str(page), "--json", str(file)]) == 0
    return motion, page, file


def test_the_page_needs_nothing_else(written, capsys):
    motion, out, file = written
    page = out.read_text()
    links = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", page)
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "<script" not in page and "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 6 and "<h2>Hands</h2>" in page
    assert len(page) < 2_000_000 and "Foot slide" in page and "mm/s" in page
    found = json.loads(file.read_text())
    assert found["frames"] == FRAMES and found["bones_m"]["left_knee"] > 0.3
    assert main(["report", str(motion), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_the_page_fits_the_window(written):
    """In a browser, wide and narrow: nothing is wider than the page, no text of a plot is cut off."""
    with opened(written[1].as_uri()) as browser:
        for width in (1280, 500):
            browser.resize(width, 900)
            assert browser.value("document.documentElement.clientWidth") > width - 30
            assert browser.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert not browser.value(CUT_OFF), "outside of their plots"
            assert browser.screenshot().std() > 10, "there is something to see"
        assert not browser.said


CUT_OFF = """[...document.querySelectorAll("svg")].flatMap(plot => {
    const room = plot.getBoundingClientRect();
    return [...plot.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < room.left - 1 || box.right > room.right + 1 || box.top < room.top - 1
            || box.bottom > room.bottom + 1;
    }).map(text => text.textContent);
})"""
"""The texts of plots that do not lie within them."""


def test_numbers_of_hands(clip_with_hands, clip):  # noqa: F811
    found = told(clip_with_hands)
    assert found["left_hand_confidence"] > found["right_hand_confidence"] > 0.5
    assert 0.5 < found["right_hand_step"] < 5
    assert found.keys() - told(clip).keys() == {f"{side}_hand_{what}" for side in ("left", "right")
                                                for what in ("confidence", "step")}  # fmt: skip


def test_several_people_are_on_one_page(clip_with_hands, clip, tmp_path, capsys):  # noqa: F811
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for path, motion in zip(files, (clip, clip_with_hands), strict=True):
        motion.save(path)
    page, file = tmp_path / "report.html", tmp_path / "numbers.json"
    assert main(["report", *map(str, files), "--out", str(page), "--json", str(file)]) == 0
    said, text = capsys.readouterr().out, page.read_text()
    assert said.count("person in 92.5 %") == 2 and "note: two.npz: " in said
    assert text.count("<svg") == 1 + 5 + 6 and text.index(">Person 1<") < text.index(">Person 2<")
    people = json.loads(file.read_text())["people"]
    assert list(people) == ["1", "2"] and "left_hand_confidence" in people["2"].keys() - people["1"].keys()
    assert people["1"]["path"] == pytest.approx(people["2"]["path"])


def test_names_cannot_break_the_page():
    page = Page("<script>alert(1)</script>", "&").text()
    assert "<script" not in page and "&lt;script" in page


def test_faults(motion_path, tmp_path, capsys):  # noqa: F811
    for arguments, message in (
        ([], "nothing to write"),
        (["--out", str(tmp_path / "a.pdf")], "must end in .html"),
        (["--out", str(tmp_path / "a.html"), "--video", str(tmp_path / "none.mp4")], "there is no video"),
    ):
        assert main(["report", str(motion_path), *arguments]) == 2
        shown = capsys.readouterr()
        assert message in shown.err and shown.err.count("\n") == 1
    assert not list(tmp_path.iterdir())

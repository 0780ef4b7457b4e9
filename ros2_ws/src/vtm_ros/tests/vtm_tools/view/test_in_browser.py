"""What people see: the pages of `vtm view --web` in a real browser, and what the viewer would complain about."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.chromium import opened
from tests.vtm_tools.cli.conftest import brief_clip, images  # noqa: F401
from tests.vtm_tools.view.test_view import rows
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main

pytest.importorskip("rerun", reason="the optional viewer is not installed")
VTM = Path(sys.prefix) / "bin" / "vtm"
BADGE = (79, 0, 236)
"""BGR of the sign that the viewer puts on a view in which something cannot be shown."""
RECORDED, LIVE = ("motion", "motion over its video"), ("video", "keypoints")


@pytest.fixture(scope="module")
def sources(brief_clip, tmp_path_factory) -> dict[str, list[str]]:  # noqa: F811
    """What `vtm view` is given for each kind of source."""
    folder = tmp_path_factory.mktemp("sources")
    motion, keypoints, video = folder / "motion.npz", folder / "keypoints.npz", str(brief_clip)
    assert main(["capture", video, "--out", str(motion), "--pose-model", "lite"]) == 0
    clip = MotionClip.load(motion)
    given = {"keypoints": np.nan_to_num(clip.keypoints), "K": clip.intrinsics.matrix}
    np.savez(keypoints, **given, fps=clip.fps, image_size=clip.image_size)
    return {
        "motion": [str(motion)],
        "motion over its video": [str(motion), "--video", video],
        "video": [video, "--pose-model", "lite"],
        "keypoints": [str(keypoints)],
    }


def lost_in_space(path: Path) -> set[str]:
    """Entities of a recording that are drawn in an image without a pinhole: no view in 3D can show them."""
    from rerun.chunk import RrdReader

    drawn, pinholes = set(), set()
    for chunk in RrdReader(str(path)).stream().to_chunks():
        kinds = {field.name.split(":")[0] for field in chunk.to_record_batch().schema}
        if kinds & {"Points2D", "LineStrips2D", "EncodedImage"}:
            drawn.add(str(chunk.entity_path))
        if "Pinhole" in kinds and chunk.is_static:
            pinholes.add(str(chunk.entity_path))
    assert drawn
    return {place for place in drawn if not any(f"{place}/".startswith(f"{one}/") for one in pinholes)}


@pytest.mark.parametrize("kind", RECORDED + LIVE)
def test_every_view_can_show_what_it_holds(sources, kind, tmp_path):
    from vtm_tools.view.blueprint import blueprint

    out = tmp_path / "film.rrd"
    assert main(["view", *sources[kind], "--save", str(out)]) == 0
    assert not lost_in_space(out)
    count = rows(out)
    for origin in plotted(blueprint(live=False, timed=kind in LIVE).root_container):
        assert sum(number for place, number in count.items() if f"{place}/".startswith(f"/{origin}/")) > 2, origin


def plotted(part) -> list[str]:
    """Whose curves the plots of a layout show."""
    import rerun.blueprint as rrb

    if isinstance(part, rrb.TimeSeriesView):
        given = [part.contents] if isinstance(part.contents, str) else part.contents
        return [one.removeprefix("+ ").replace("$origin", part.origin).removesuffix("/**") for one in given]
    return [one for inner in getattr(part, "contents", []) if not isinstance(inner, str) for one in plotted(inner)]


@contextmanager
def served(arguments: list[str]) -> Iterator[str]:
    """The address at which `vtm view` shows something."""
    with subprocess.Popen([VTM, "view", *arguments, "--web"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[0]
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_the_pages_show_the_person(sources):
    """One browser for both, since it takes long to start."""
    with served(sources["motion"]) as motion, served(sources["video"]) as video, opened() as browser:
        for page in (motion, video):
            browser.go("about:blank")
            browser.go(page)
            image = browser.wait_until_seen(shows_a_person)
            assert not (image == BADGE).all(-1).any(), "the viewer has something to complain about"
            assert not browser.faults()
        assert all(url.startswith(("http://127.0.0.1:", "data:", "blob:")) for url in browser.sent)


def shows_a_person(image: np.ndarray) -> bool:
    """Whether left blue and right orange are in the camera's view, in the body's and in the plots."""
    height, width = image.shape[:2]
    blue, _, red = np.moveaxis(image.astype(int), -1, 0)
    views = np.s_[: height // 2, : width // 3], np.s_[: height // 2, width // 2 :], np.s_[int(0.65 * height) :, :]
    return all(((blue - red)[view] > 120).sum() > 20 < ((red - blue)[view] > 120).sum() for view in views)

"""Several motions over one video."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import write_clip
from tests.vtm_tools.render.test_overview import standing
from vtm_tools.cli.app import main
from vtm_tools.draw.people import PEOPLE, person_colour
from vtm_tools.draw.stick_figure import bgr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    clip = standing(12)
    for number, aside in ((1, -0.5), (2, 0.5)):
        lens = clip.intrinsics
        keypoints = clip.keypoints + np.array([aside * lens.fx / clip.root_cam[-1, 2], 0, 0])
        places = {"root_cam": clip.root_cam + [aside, 0, 0], "joints_cam": clip.joints_cam + [aside, 0, 0]}
        person = replace(clip, keypoints=keypoints, person_id=np.array([number], np.int32), **places)
        person.save(folder / f"m.person_{number}.npz")
    standing(9).save(folder / "other.npz")
    write_clip(folder / "clip.mp4", [np.full((240, 320, 3), 90, np.uint8)] * 12)
    return folder


def test_each_has_a_colour_and_a_side(folder, tmp_path):
    out = tmp_path / "sheet.png"
    files = [str(folder / f"m.person_{number}.npz") for number in (1, 2)]
    assert main(["render", *files, "--video", str(folder / "clip.mp4"), "--out", str(out)]) == 0
    picture = cv2.imread(str(out))[:480, :640].astype(int)
    middles = []
    for number in (1, 2):
        columns = np.nonzero(np.abs(picture - bgr(person_colour(number))).max(-1) < 12)[1]
        assert len(columns) > 50
        middles.append(np.median(columns))
    assert middles[0] < 320 < middles[1]


def test_film(folder, tmp_path):
    out = tmp_path / "film.webm"
    files = [str(folder / f"m.person_{number}.npz") for number in (1, 2)]
    assert main(["render", *files, "--video", str(folder / "clip.mp4"), "--out", str(out), "--width", "320"]) == 0
    film = cv2.VideoCapture(str(out))
    assert (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (320, 240)


def test_what_cannot_be_rendered(folder, tmp_path, capsys):
    first, second, other = (str(folder / name) for name in ("m.person_1.npz", "m.person_2.npz", "other.npz"))
    out = ["--out", str(tmp_path / "film.webm")]
    assert main(["render", first, second, *out]) == 2
    assert "give it with --video" in capsys.readouterr().err
    assert main(["render", first, other, "--video", str(folder / "clip.mp4"), *out]) == 2
    assert "different numbers of frames" in capsys.readouterr().err


def test_colours_come_again_after_the_last():
    assert person_colour(1) == PEOPLE[0] and person_colour(1 + len(PEOPLE)) == PEOPLE[0]
    assert len(set(PEOPLE)) == len(PEOPLE)

from dataclasses import replace
from time import process_time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.vtm_tools.cli.conftest import write_clip
from tests.vtm_tools.render.test_overview import FLAT, standing
from vtm.body.body_shape import CONTACT_POINTS, POINT_INDEX, shape_points
from vtm.errors import VtmError
from vtm_tools.cli.app import main
from vtm_tools.render.film import Film
from vtm_tools.render.layout import layout
from vtm_tools.render.view import CONTACT, DIRECTIONS, SHADES, View
from vtm_trt.offline.world_alignment import above_ground, grounded
from vtm_trt.postprocess.gravity import gravity

LEFT, RIGHT = SHADES["left"][1], SHADES["right"][1]


@pytest.fixture(scope="module")
def motion_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    standing(20).save(path)
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    grey = np.full((240, 320, 3), 90, np.uint8)
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", [grey] * 20)


def places(picture: np.ndarray, colour) -> np.ndarray:
    """Rows and columns (2, N) of the pixels of this colour."""
    return np.stack(np.nonzero(np.abs(picture - np.array(colour)).max(-1) < 2))


@settings(deadline=None)
@given(st.integers(120, 2000), st.one_of(st.none(), st.floats(0.3, 3.0)))
def test_everything_has_its_place(width, aspect):
    plan = layout(width, aspect)
    assert plan.size[0] % 2 == plan.size[1] % 2 == 0 and 0 <= plan.size[0] - width <= 1
    covered = np.zeros(plan.size[::-1], int)
    covered[: plan.image[1], : plan.image[0]] += 1
    for x, y in plan.corners:
        assert covered[y : y + plan.view, x : x + plan.view].shape == (plan.view, plan.view)
        covered[y : y + plan.view, x : x + plan.view] += 1
    assert covered.max() == 1
    if aspect and plan.image[1] > 100:
        assert plan.image[0] / plan.image[1] == pytest.approx(aspect, rel=0.05)


def test_views_look_from_where_they_say():
    camera, right, above = (np.array(direction.axes) for direction in DIRECTIONS)
    for axes in (camera, right, above):
        assert np.linalg.det(axes) == pytest.approx(1), "a view must not be a mirror"
    np.testing.assert_array_equal([camera[2], right[2], above[2]], [[-1, 0, 0], [0, -1, 0], [0, 0, 1]])


def test_the_person_stands_on_the_ground_and_is_not_mirrored():
    motions = standing(5).motions()
    motion = grounded(motions, gravity(motions))[0][-1]
    points = above_ground(motion, shape_points(motion))
    assert np.abs(points[CONTACT_POINTS, 2]).max() < 0.06, "heels and toes are on the ground"
    assert points[POINT_INDEX["head_top"], 2] == pytest.approx(1.55, abs=0.15)
    assert points[POINT_INDEX["nose"], 0] < points[POINT_INDEX["head"], 0], "the nose points to the camera"
    pictures = [View(one, 400, 2.4).draw(points, 1.0, motion.contacts, points[0], points[:1]) for one in DIRECTIONS]
    camera, side, above = pictures
    for view in (camera, above):  # facing the camera, the left arm is on the right of the picture
        assert places(view, LEFT)[1].mean() > places(view, RIGHT)[1].mean() + 50
    near, far = places(side, LEFT), places(side, RIGHT)
    assert near.size > 2 * far.size, "the camera's right is the left of somebody who faces it"
    feet = places(camera, CONTACT)
    assert feet.shape[1] > 20 and feet[0].min() > 340, "standing feet are green, at the bottom"
    lifted = View(DIRECTIONS[0], 400, 2.4).draw(points, 1.0, np.zeros(4), points[0], points[:1])
    assert not places(lifted, CONTACT).size


def test_hands_have_fingers():
    motions = [
        grounded(seen, gravity(seen))[0][-1] for seen in (standing(5, hands).motions() for hands in (None, FLAT))
    ]
    bare, handed = (above_ground(motion, shape_points(motion)) for motion in motions)
    np.testing.assert_allclose(handed[: len(bare)], bare)
    tips = {side: handed[[POINT_INDEX[f"{side}_hand{tip}"] for tip in (8, 12, 16, 20)]] for side in ("left", "right")}
    for side, sign in (("left", 1), ("right", -1)):
        beyond = (tips[side] - handed[POINT_INDEX[f"{side}_wrist"]])[:, 1] * sign
        assert (beyond < -0.1).all(), "who faces the camera has its left on the camera's right, where y is less than 0"
    view = View(DIRECTIONS[2], 800, 2.4)
    drawn, mitten = (
        places(view.draw(points, 1.0, motions[0].contacts, bare[0], bare[:1]), SHADES["left"][0])
        for points in (handed, bare)
    )
    assert drawn.shape[1] > 1.2 * mitten.shape[1], "five fingers have more edges than a mitten"


def test_another_person_elsewhere_gets_a_ground_of_their_own():
    motions = standing(40).motions()
    there = [replace(motion, root_cam=motion.root_cam + np.float32([1, 1, 2])) for motion in motions[20:]]
    seen = motions[:20] + there
    first, second = grounded(seen, gravity(seen))
    assert len(first) == 20 and first[-1].camera and second[-1].camera
    lower = first[-1].camera.floor - second[-1].camera.floor
    assert lower == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_film(motion_file, video, tmp_path, capsys, suffix):
    out = tmp_path / f"film{suffix}"
    assert main(["render", str(motion_file), "--video", str(video), "--out", str(out), "--width", "321"]) == 0
    assert "20 pictures of 322x" in capsys.readouterr().out
    film = cv2.VideoCapture(str(out))
    seen = []
    while (image := film.read()[1]) is not None:
        seen.append(image)
    assert len(seen) == 20 and film.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    assert np.abs(seen[0][:240].astype(int) - 90)[20:220, 20:300].max() < 30, "nobody yet, only the video"
    assert np.abs(seen[5][:240].astype(int) - 90)[20:220, 20:300].max() > 60, "the skeleton is drawn over it"


def test_gif(motion_file, tmp_path):
    out = tmp_path / "film.gif"
    assert main(["render", str(motion_file), "--out", str(out), "--every", "4", "--width", "300"]) == 0
    gif = Image.open(out)
    assert (gif.size, gif.info["loop"]) == ((300, 100), 0)
    assert gif.info["duration"] == 400, "every fourth frame of ten in a second; equal ones after the first are merged"
    gif.seek(gif.n_frames - 1)
    shown = np.asarray(gif.convert("RGB"))[..., ::-1]
    assert places(shown, LEFT).size and places(shown, CONTACT).size, "the colours survive the palette"


def test_sheet(motion_file, tmp_path):
    out = tmp_path / "sheet.png"
    assert main(["render", str(motion_file), "--out", str(out)]) == 0
    assert cv2.imread(str(out)).shape[:2] == (2 * 214, 3 * 640)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--out", "film.avi"], "must end in .mp4"),
        (["--out", "film.mp4", "--video", "other.mp4"], "320x240; give the video of this motion"),
        (["--out", "film.mp4", "--video", "short.mp4"], "has no frame 3; give the video of this motion"),
        (["--out", "film.mp4", "--every", "0"], "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_rendered(motion_file, tmp_path, capsys, monkeypatch, options, complaint):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "other.mp4", [np.zeros((64, 64, 3), np.uint8)] * 20)
    write_clip(tmp_path / "short.mp4", [np.zeros((240, 320, 3), np.uint8)] * 3)
    assert main(["render", str(motion_file), *options]) == 2
    shown = capsys.readouterr()
    assert complaint in shown.err and shown.err.count("\n") == 1 and not (tmp_path / "film.mp4").exists()


def test_nobody(motion_file):
    clip = standing(3)
    with pytest.raises(VtmError, match="nobody"):
        Film(replace(clip, valid=np.zeros(3, bool)), None, 640)


def test_quick_enough(motion_file):
    film = Film(standing(41), None, 1280)
    began = process_time()
    assert len(list(film.pictures(range(40)))) == 40
    assert 40 / (process_time() - began) > 15

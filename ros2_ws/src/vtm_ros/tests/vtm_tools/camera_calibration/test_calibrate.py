import json

import cv2
import numpy as np
import pytest

from tests.vtm_tools.camera_calibration.filmed_board import CAMERA, drawing, film, views
from vtm.files.camera_file import load_intrinsics
from vtm_tools.cli.app import main

EXACT = ("fx", "fy")
SIZE = ["--board", "9x6", "--square", "0.03"]


def write_pictures(folder, charuco=False, count=30, legacy=False, **how):
    folder.mkdir()
    board, rng = drawing(charuco, legacy), np.random.default_rng(1)
    for index, (turn, middle) in enumerate(views(count, **how)):
        cv2.imwrite(str(folder / f"{index:02}.png"), film(board, turn, middle, rng))
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("chess") / "pictures")


def check(camera) -> None:
    """Within 1 % in focal length, and within some pixels all over the image."""
    for name in EXACT:
        assert getattr(camera, name) == pytest.approx(getattr(CAMERA, name), rel=0.01)
    x, y = np.meshgrid(np.linspace(-0.55, 0.5, 9), np.linspace(-0.4, 0.4, 9))
    points = np.stack([x, y, np.ones_like(x)], -1)
    off = camera.project(points) - CAMERA.project(points)
    off = np.linalg.norm(off - off.mean((0, 1)), axis=-1)  # a turn of the camera is none of its intrinsics'
    assert off.max() < 1.5 and off.mean() < 0.5, off.round(2)
    assert abs(camera.cx - CAMERA.cx) < 4 and abs(camera.cy - CAMERA.cy) < 4
    assert camera.distortion[0] == pytest.approx(CAMERA.distortion[0], abs=0.03)


@pytest.mark.parametrize(("charuco", "legacy"), [(False, False), (True, False), (True, True)])
def test_the_camera_is_recovered(pictures, tmp_path, charuco, legacy, capsys):
    folder = write_pictures(tmp_path / "pictures", True, 16, legacy) if charuco else pictures
    out, picture = tmp_path / "camera.yaml", tmp_path / "p.png"
    arguments = ["calibrate", str(folder), *SIZE, "--out", str(out), "--overview", str(picture), "--json", "-"]
    assert main(arguments + ["--charuco"] * charuco) == 0
    numbers = json.loads(capsys.readouterr().out)
    check(load_intrinsics(out))
    assert numbers["rms_px"] < 0.3 and numbers["coverage"] > 0.4 and numbers["views"] >= 8
    assert numbers["fx_deviation_px"] < 5
    assert cv2.imread(str(picture)).shape[1] == 1400


def test_a_video_of_the_board(pictures, tmp_path, capsys):
    writer = cv2.VideoWriter(
        str(tmp_path / "b.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (CAMERA.width, CAMERA.height)
    )
    for file in sorted(pictures.iterdir()):
        image = cv2.imread(str(file))
        writer.write(image)
        writer.write(cv2.blur(image, (1, 25)))  # moved while the shutter was open
    writer.release()
    out = tmp_path / "camera.yaml"
    assert main(["calibrate", str(tmp_path / "b.avi"), *SIZE, "--out", str(out)]) == 0
    check(load_intrinsics(out))
    assert "px RMS" in capsys.readouterr().out


def test_ros_reads_what_it_would_have_written(pictures, tmp_path):
    import yaml

    out = tmp_path / "camera.yaml"
    assert main(["calibrate", *map(str, sorted(pictures.iterdir())), *SIZE, "--out", str(out)]) == 0
    document = yaml.safe_load(out.read_text())
    assert document["distortion_model"] == "plumb_bob" and len(document["distortion_coefficients"]["data"]) == 5
    assert document["projection_matrix"]["cols"] == 4 and document["camera_name"] == "camera"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"count": 5}, "usable views of the board, 8 are needed"),
        ({"reach": 0.1}, "was never near the left"),
    ],
)
def test_views_that_cannot_tell_are_refused(tmp_path, capsys, how, message):
    folder = write_pictures(tmp_path / "pictures", **how)
    assert main(["calibrate", str(folder), *SIZE, "--out", str(tmp_path / "c.yaml")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "c.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--board", "9"], "is not a size"),
        (["--board", "1x6"], "3 to 50 each way"),
        (["--board", "9x6", "--square", "-1"], "is no board"),
        (["--board", "9x6", "--charuco", "--dictionary", "9X9"], "unknown dictionary '9X9'; choose one of: 4X4_100"),
        (["--board", "20x20", "--charuco"], "too few markers"),
    ],
)
def test_faults(pictures, tmp_path, capsys, arguments, message):
    assert main(["calibrate", str(pictures), *arguments, "--out", str(tmp_path / "c.yaml")]) == 2
    shown = capsys.readouterr()
    assert message in shown.err and shown.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_no_board_is_seen(pictures, tmp_path, capsys):
    one = sorted(pictures.iterdir())[0]
    assert main(["calibrate", str(one), "--board", "8x5", "--out", str(tmp_path / "c.yaml")]) == 2
    assert "no board of 8x5 inner corners is seen in any of the 1 pictures" in capsys.readouterr().err


def test_pictures_of_two_sizes(pictures, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "small.png"), np.zeros((100, 100, 3), np.uint8))
    first = sorted(pictures.iterdir())[0]
    out = str(tmp_path / "c.yaml")
    assert main(["calibrate", str(first), str(tmp_path / "small.png"), *SIZE, "--out", out]) == 2
    assert "one camera at one resolution" in capsys.readouterr().err
    assert main(["calibrate", str(tmp_path / "none.png"), *SIZE, "--out", out]) == 2
    assert main(["calibrate", str(tmp_path / "none.png"), str(first), *SIZE, "--out", out]) == 2
    assert "there is no picture" in capsys.readouterr().err

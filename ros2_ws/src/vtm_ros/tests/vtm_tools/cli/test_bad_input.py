"""Every fault of the user's: one sentence that names the remedy, exit code 2, nothing written."""

from pathlib import Path

import numpy as np
import pytest

from tests.vtm_tools.cli.conftest import HEIGHT, WIDTH
from tests.vtm_tools.cli.test_capture import CAMERA
from vtm_tools.cli.app import main


@pytest.fixture
def folder(tmp_path, clip, empty_clip) -> Path:
    """A folder of good and bad inputs, with a free folder `out`."""
    for name, source in {"good.mp4": clip, "nobody.mp4": empty_clip}.items():
        (tmp_path / name).symlink_to(source)
    (tmp_path / "zero.mp4").write_bytes(b"")
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    (tmp_path / "head.mp4").write_bytes(clip.read_bytes()[:3000])
    (tmp_path / "text.txt").write_text("no video")
    (tmp_path / "good.yaml").write_text(CAMERA)
    (tmp_path / "large.yaml").write_text(CAMERA.replace(str(WIDTH), "1920").replace(str(HEIGHT), "1080"))
    (tmp_path / "zero.yaml").write_text(CAMERA.replace("800.0", "0.0"))
    (tmp_path / "broken.yaml").write_text("{[")
    (tmp_path / "out").mkdir()
    (tmp_path / "taken.npz").mkdir()
    return tmp_path


def refused(arguments: list[str], message: str, capsys) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ") and shown.err.count("\n") == 1 and message in shown.err, shown.err


@pytest.mark.parametrize(
    ("video", "message"),
    [
        ("missing.mp4", "there is no video missing.mp4; check the path"),
        ("zero.mp4", "give a video file with at least one frame"),
        ("noise.mp4", "cannot be read as a video"),
        ("head.mp4", "cannot be read as a video"),
        ("text.txt", "cannot be read as a video"),
        ("good.yaml", "cannot be read as a video"),
        ("out", "is a folder; give a video file"),
        ("nobody.mp4", "nobody is seen in any of the 8 frames of nobody.mp4; use a video that shows a person"),
    ],
)
def test_bad_video(folder, monkeypatch, capfd, video, message):
    monkeypatch.chdir(folder)
    refused(["capture", video, "--out", "out/m.npz", "--bvh", "out/m.bvh", "--overview", "out/p.png"], message, capfd)
    assert not list((folder / "out").iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--out out/m.npz --lookahead 9", "look-ahead 9 is outside 0..8"),
        ("--out out/m.npz --lookahead -1", "look-ahead -1 is outside 0..8"),
        ("--out out/m.npz --lookahead two", "'--lookahead'"),
        ("--out out/m.npz --fov 0.5", "outside 1..170"),
        ("--out out/m.npz --fov nan", "outside 1..170"),
        ("--out out/m.npz --fov 60 --intrinsics good.yaml", "leave out --fov"),
        ("--out out/m.npz --subject-height 17", "outside 0.4..2.6 m"),
        ("--out out/m.npz --subject-height nan", "outside 0.4..2.6 m"),
        ("--out out/m.npz --pose-model huge", "'lite', 'full', 'heavy'"),
        ("--out out/m.npz --backend abacus", "choose one of: auto"),
        ("--out out/m.npz --intrinsics missing.yaml", "cannot read the camera file"),
        ("--out out/m.npz --intrinsics broken.yaml", "is not YAML"),
        ("--out out/m.npz --intrinsics text.txt", "is not a camera file"),
        ("--out out/m.npz --intrinsics zero.yaml", "focal lengths"),
        ("--out out/m.npz --intrinsics large.yaml", f"1920x1080 pixels, good.mp4 has {WIDTH}x{HEIGHT}"),
        ("--out out/m.npz --frames 3", "vtm capture --help"),
        ("--bvh out/m.bvh", "'--out'"),
        ("--out out/m.npz --bvh missing/m.bvh", "there is no folder missing; create it first"),
        ("--out missing/m.npz", "there is no folder missing"),
        ("--out good.mp4/m.npz", "there is no folder good.mp4"),
        ("--out /proc/m.npz", "choose a folder you may write to"),
        ("--out out", "it is a folder; give a file name, such as out/motion.npz"),
        ("--out taken.npz", "it is a folder"),
        ("--out out/m.bvh", "must end in .npz; try out/m.npz"),
        ("--out good.mp4", "must end in .npz"),
        ("--out -", "must end in .npz"),
        ("--out out/m.npz --overview out/p.jpg", "must end in .png"),
    ],
)
def test_bad_options(folder, monkeypatch, capfd, options, message):
    monkeypatch.chdir(folder)
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
    refused(["capture", "good.mp4", *options.split()], message, capfd)
    assert {path: path.lstat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize("options", [["--picture", "p.jpg"], ["--picture=p.jpg"]])
def test_the_name_of_the_last_release_is_understood(capsys, options):
    assert main(["capture", "clip.mp4", "--out", "m.npz", *options]) == 2
    note, error = capsys.readouterr().err.splitlines()
    assert note.startswith("note: --picture is called --overview now")
    assert "must end in .png" in error


def test_a_camera_is_no_file(capfd, tmp_path):
    refused(["capture", "/dev/video77", "--out", str(tmp_path / "m.npz")], "/dev/video77", capfd)


def test_unknown_command(capsys):
    refused(["catch"], "vtm --help", capsys)


def test_failing_to_write_one_output_leaves_none(clip, tmp_path, monkeypatch, capfd):
    from vtm_tools.cli import capture

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(capture, "write_even_bvh", no_space)
    arguments = ["capture", str(clip), "--out", str(tmp_path / "m.npz"), "--bvh", str(tmp_path / "m.bvh")]
    refused([*arguments, "--pose-model", "lite"], "No space left on device; free some space", capfd)
    assert not list(tmp_path.iterdir())

"""`vtm fuse`: motion files of several cameras in, one out."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vtm.files.test_rig_file import toml
from tests.vtm_tools.cli.test_bad_input import refused
from tests.vtm_trt.fusion.rig import CAMERAS, LENS, captured, joints, person
from vtm.files.assemble import assemble
from vtm.files.motion_file import MotionClip
from vtm_tools.cli.app import main

FRAMES = 8
TRUE = person(FRAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of three cameras; the second began a little later, the third knows where it was."""
    folder = tmp_path_factory.mktemp("rig")
    (folder / "Calib.toml").write_text(toml())
    for number in range(3):
        motions = captured(TRUE, CAMERAS[number], number)
        assemble(motions, [motion.stamp_ns for motion in motions], 30.0, LENS).save(folder / f"take_cam{number}.npz")
    return folder


def test_files_of_several_cameras_become_one(folder, tmp_path, capsys):
    files = [str(folder / f"take_cam{number}.npz") for number in (1, 0, 2)]
    out, bvh = tmp_path / "m.npz", tmp_path / "m.bvh"
    assert main(["fuse", *files, "--cameras", str(folder / "Calib.toml"), "--out", str(out), "--bvh", str(bvh)]) == 0
    assert f"{FRAMES} by 3 cameras" in capsys.readouterr().out
    clip = MotionClip.load(out)
    assert clip.valid.all() and str(clip.camera_id) == "cam1" and bvh.stat().st_size > 0
    room = clip.joints_cam @ clip.camera_rotation[0].T + clip.camera_position[0]
    assert np.linalg.norm(room - joints(TRUE), axis=-1).mean() < 0.02
    again = tmp_path / "again.npz"
    assert main(["fuse", *files[:2], "--out", str(again)]) == 0  # they know their cameras themselves
    assert np.isfinite(MotionClip.load(again).joints_cam).all()


def test_what_cannot_be_fused_is_refused(folder, tmp_path, capsys):
    files, rig = [str(folder / f"take_cam{number}.npz") for number in range(3)], str(folder / "Calib.toml")
    out = ["--out", str(tmp_path / "m.npz")]
    refused(["fuse", files[0], "--cameras", rig, *out], "two or more", capsys)
    refused(["fuse", *files[:2], "--cameras", rig, "--offset", "0", *out], "--offset was given 1 times", capsys)
    refused(
        ["fuse", *files[:2], "--cameras", rig, "--camera", "cam0", "--camera", "x", *out], "has no camera x", capsys
    )
    refused(["fuse", *files[:2], "--camera", "cam0", "--camera", "cam1", *out], "give that file", capsys)
    twice = ["--camera", "cam0", "--camera", "cam0"]
    refused(["fuse", *files[:2], "--cameras", rig, *twice, *out], "names cam0 more than once", capsys)
    refused(["fuse", files[0], files[0], "--cameras", rig, *out], "it is not clear", capsys)
    apart = ["--camera", "cam0", "--camera", "cam1"]
    refused(["fuse", files[0], files[0], "--cameras", rig, *apart, *out], "the same recording", capsys)
    again = tmp_path / "again.npz"
    clip = MotionClip.load(files[0])
    replace(clip, keypoints=clip.keypoints + 1).save(again)
    refused(["fuse", files[0], str(again), *out], "at the same place", capsys)
    again.unlink()
    late = ["--offset", "0", "--offset", "100"]
    refused(["fuse", *files[:2], "--cameras", rig, *late, *out], "need --offset", capsys)
    assert not list(tmp_path.iterdir())
    tilted = replace(MotionClip.load(files[1]), camera_source=np.array("imu"))  # knows how its camera stood, not where
    tilted.save(tmp_path / "imu.npz")
    refused(["fuse", files[0], str(tmp_path / "imu.npz"), *out], "give the calibration", capsys)


def test_cameras_that_are_exchanged_or_calibrated_for_other_pictures_are_noticed(folder, tmp_path, capsys):
    files, rig = [str(folder / f"take_cam{number}.npz") for number in range(2)], tmp_path / "Calib.toml"
    out = ["--out", str(tmp_path / "m.npz")]
    text = (folder / "Calib.toml").read_text()
    exchanged = ["--camera", "cam1", "--camera", "cam0"]
    assert main(["fuse", *files, "--cameras", str(folder / "Calib.toml"), *exchanged, *out]) == 0
    assert "the cameras contradict each other: rays pass" in capsys.readouterr().out
    rig.write_text(text.replace("1080", "1088"))
    assert main(["fuse", *files, "--cameras", str(rig), *out]) == 0
    assert "without the codec's padding" in capsys.readouterr().out
    rig.write_text(text.replace("1080", "1096"))
    refused(["fuse", *files, "--cameras", str(rig), *out], "calibrated for pictures of 1920x1096", capsys)

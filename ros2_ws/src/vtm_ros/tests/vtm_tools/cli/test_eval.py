import json

import numpy as np
import pytest

from vtm_tools.cli.app import main


@pytest.fixture(scope="module")
def shifted(motion_file, tmp_path_factory):
    """A true motion that is the captured one, nearer to the camera by a tenth."""
    with np.load(motion_file) as archive:
        arrays = dict(archive)
    arrays["root_cam"] = arrays["root_cam"] * np.float32(0.9)
    path = tmp_path_factory.mktemp("truth") / "truth.npz"
    np.savez(path, **arrays)
    return path


def test_keypoints_against_a_truth(motion_file, shifted, tmp_path, capsys):
    out, picture = tmp_path / "e.json", tmp_path / "e.png"
    arguments = ["--keypoints", motion_file, "--truth", shifted, "--lookahead", 8, "--recorded", "--out", out]
    arguments += ["--overview", picture]
    assert main(["eval", *map(str, arguments)]) == 0
    found = json.loads(out.read_text())
    (data,) = found["data"].values()
    assert data["clips"] == 1 and data["frames"] == 40 and list(data["lookahead"]) == ["8"]
    scores = data["lookahead"]["8"]["scores"]
    assert scores["mpjpe_mm"] < 10 and scores["mpjae_deg"] < 0.5, "what was captured is not what is lifted"
    assert scores["depth_percent"] == pytest.approx(100 * np.log(1 / 0.9), abs=1)
    assert data["lookahead"]["8"]["joints"]["left_wrist"]["angle_local_deg"] < 0.5
    assert {"calibration_log_ratio", "angle_calibration_log_ratio", "root_calibration_log_ratio"} < scores.keys()
    assert len(data["lookahead"]["8"]["reliability"]["expected_deg"]) == 10
    assert len(found["network"]["sha256"]) == 64
    shown = capsys.readouterr().out
    assert "MPJPE, mm" in shown and "look-ahead, frames" in shown and "left_wrist" in shown
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_several_people_each_against_a_truth(motion_file, shifted, tmp_path):
    out = tmp_path / "e.json"
    pairs = ["--keypoints", motion_file, "--truth", motion_file, "--keypoints", motion_file, "--truth", shifted]
    assert main(["eval", *map(str, pairs), "--lookahead", "0", "--recorded", "--out", str(out)]) == 0
    data = json.loads(out.read_text())["data"]
    assert list(data) == [motion_file.name, f"{motion_file.name} (2)"]
    near, far = (one["lookahead"]["0"]["scores"]["depth_percent"] for one in data.values())
    assert near < 1 < far


def refused(arguments: list, message: str, capsys) -> None:
    assert main(["eval", *map(str, arguments)]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ") and shown.err.count("\n") == 1 and message in shown.err, shown.err


def test_user_faults(motion_file, tmp_path, capsys):
    refused([], "nothing to evaluate", capsys)
    refused(["--keypoints", motion_file], "belong together", capsys)
    refused(["--renders", 2], "give the motion capture", capsys)
    refused(["--keypoints", motion_file, "--truth", motion_file, "--out", tmp_path / "x.txt"], ".json", capsys)
    refused(["--keypoints", motion_file, "--truth", motion_file, "--out", motion_file], ".json", capsys)
    refused(["--keypoints", motion_file, "--truth", motion_file, "--lookahead", 9], "0..8", capsys)
    refused(["--clips", tmp_path / "none.npz"], "is missing", capsys)
    refused(["--pose2sim", tmp_path / "none.npz"], "check the path", capsys)
    refused(["--keypoints", motion_file, "--truth", motion_file, "--network", motion_file], "network", capsys)


def test_another_network(motion_file, capsys):
    from vtm_trt.engine.models import model_path

    pair = ["--keypoints", motion_file, "--truth", motion_file, "--lookahead", 0]
    refused([*pair, "--network", model_path("pose_landmark_lite")], "not VTM's", capsys)
    assert main(["eval", *map(str, [*pair, "--network", model_path("vtm")])]) == 0


def test_the_world_and_the_prediction_go_with_clips_alone(motion_file, tmp_path, capsys):
    refused(["--world"], "go with --clips alone", capsys)
    refused(["--clips", motion_file, "--world", "--prediction"], "one at a time", capsys)
    refused(["--clips", motion_file, "--prediction", "--renders", 2], "go with --clips alone", capsys)
    refused(["--clips", tmp_path / "none.npz", "--world"], "is missing", capsys)


def test_scenes_of_people_go_alone(motion_file, tmp_path, capsys):
    refused(["--people", tmp_path, "--recorded"], "nothing else", capsys)
    refused(["--people", tmp_path, "--clips", motion_file], "nothing else", capsys)
    refused(["--people", tmp_path], "scripts/render_people.py", capsys)

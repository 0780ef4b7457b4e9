"""`vtm robot` and `vtm retarget`, as people call them."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vtm_robot.conftest import HANGING, ROBOTS, standing
from tests.vtm_robot.small_robot import small_robot
from tests.vtm_tools.export import conftest
from tests.vtm_tools.export.conftest import MISSING, clip, clip_with_hands  # noqa: F401, asked for
from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_robot.formats.policies import FORMATS, limb_order
from vtm_robot.model.urdf import read_urdf
from vtm_robot.profile.model import draft_robot, robot_model
from vtm_robot.profile.profile import Profile
from vtm_robot.retarget.recording import follow
from vtm_tools.cli.app import main
from vtm_tools.cli.datasets import dataset_at
from vtm_tools.robot.poses import hands_of, poses_of

FRAMES = MISSING.stop + 5


def beginning(clip: MotionClip, frames: int) -> MotionClip:  # noqa: F811
    """The first frames of the person who walks on the spot."""
    rows = {name: value[:frames] for name, value in vars(clip).items() if np.shape(value)[:1] == (conftest.FRAMES,)}
    return replace(clip, **rows)


@pytest.fixture(scope="module")
def motion_path(clip, tmp_path_factory):  # noqa: F811
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    beginning(clip, FRAMES).save(path)
    return path


@pytest.fixture(scope="module")
def urdf(tmp_path_factory):
    path = tmp_path_factory.mktemp("robot") / "small.urdf"
    path.write_text(small_robot())
    return path


@pytest.fixture(scope="module")
def profile(urdf):
    assert main(["robot", str(urdf), "--out", str(urdf.with_suffix(".yaml"))]) == 0
    return urdf.with_suffix(".yaml")


def test_a_profile_and_its_picture_are_drafted(profile, capsys) -> None:
    assert Profile.load(profile).urdf == "small.urdf"
    picture = cv2.imread(str(profile.with_suffix(".png")))
    assert picture.shape[0] > 600 and len(np.unique(picture @ [1, 256, 65536])) > 20


def test_commands_are_written_with_what_became_of_them(motion_path, profile, tmp_path, capsys) -> None:  # noqa: F811
    out, numbers, film = tmp_path / "commands.npz", tmp_path / "numbers.json", tmp_path / "look.webm"
    arguments = ["retarget", str(motion_path), "--robot", str(profile), "--out", str(out)]
    assert main([*arguments, "--json", str(numbers), "--video", str(film)]) == 0
    with np.load(out) as file:
        commands = dict(file)
    tree = read_urdf(profile.with_suffix(".urdf"))
    assert tuple(commands["joint_names"]) == tree.names
    assert commands["positions"].shape == (FRAMES, len(tree.names))
    assert not commands["valid"][MISSING].any() and commands["valid"][: MISSING.start].all()
    held = commands["positions"][MISSING]
    assert np.abs(np.diff(held[-5:], axis=0)).max() < 1e-9
    assert (commands["positions"] >= tree.lower).all() and (commands["positions"] <= tree.upper).all()
    found = json.loads(numbers.read_text())
    assert found["self_collisions"] == 0 and 0.7 < found["valid"] < 1
    assert found["direction_error_deg"]["left_forearm"]["mean"] < 10
    video = cv2.VideoCapture(str(film))
    assert video.read()[0]
    assert "off by" in capsys.readouterr().out


def test_the_hands_of_a_motion_at_the_instants_of_commands(clip_with_hands, clip) -> None:  # noqa: F811
    stamps = clip_with_hands.stamps[0] + np.arange(0, 7, 0.02)
    angles, sure = hands_of(clip_with_hands, stamps)
    np.testing.assert_allclose(angles[20], clip_with_hands.hand_angles[10], atol=1e-5)
    between = (clip_with_hands.hand_angles[10] + clip_with_hands.hand_angles[11]) / 2
    np.testing.assert_allclose(angles[21], between, atol=1e-5)
    assert sure[:100].all() and not sure[210:240].any(), "for a second nobody looked"
    assert hands_of(clip, stamps) is None


def test_a_drafted_robot_needs_no_profile(clip_with_hands, urdf, tmp_path, capsys) -> None:  # noqa: F811
    motion, out = tmp_path / "motion.npz", tmp_path / "commands.csv"
    beginning(clip_with_hands, 40).save(motion)
    assert main(["retarget", str(motion), "--robot", str(urdf), "--out", str(out), "--rate", "100"]) == 0
    assert "no fingers of the robot are known by name" in capsys.readouterr().out
    head, first = out.read_text().splitlines()[:2]
    assert head.startswith("stamp,valid,root_x") and head.endswith(read_urdf(urdf).names[-1])
    assert len(first.split(",")) == len(head.split(","))
    stamps = np.loadtxt(out, delimiter=",", skiprows=1, usecols=0)
    np.testing.assert_allclose(np.diff(stamps), 0.01, atol=1e-5)


@pytest.mark.parametrize("layout", FORMATS)
def test_policies_get_their_arrays(layout, motion_path, urdf, tmp_path) -> None:  # noqa: F811
    out = tmp_path / "reference.npz"
    assert main(["retarget", str(motion_path), "--robot", str(urdf), "--out", str(out), "--format", layout]) == 0
    with np.load(out) as file:
        arrays = dict(file)
    count = len(read_urdf(urdf).names)
    wanted = {"twist2": {"mimic_obs": 6 + count}, "sonic": {"joint_pos": count, "joint_vel": count, "body_quat": 4},
              "gmr": {"dof_pos": count, "root_pos": 3, "root_rot": 4}}[layout]  # fmt: skip
    for name, width in wanted.items():
        assert arrays[name].shape == (FRAMES, width) and np.isfinite(arrays[name]).all()


def test_joints_of_g1_are_counted_as_policies_count_them() -> None:
    path = ROBOTS / "g1.urdf"
    if not path.is_file():
        pytest.skip(f"{path} is missing; scripts/fetch_robots.py fetches it with --all")
    tree = read_urdf(path)
    names = [tree.names[joint] for joint in limb_order(tree)]
    assert names[:2] == ["left_hip_pitch_joint", "left_hip_roll_joint"] and names[12] == "waist_yaw_joint"
    # What Isaac Lab has at each place is this joint of MuJoCo's.
    isaac = [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10, 16, 23, 5, 11, 17, 24, 18, 25, 19, 26, 20, 27, 21, 28]
    assert list(tree.names) == [names[joint] for joint in isaac]


def test_who_walks_ahead_walks_along_x_and_stands_on_the_ground(urdf) -> None:
    model, _ = draft_robot(urdf)
    whole = robot_model(model.tree, replace(model.profile, groups=("arms", "trunk", "head", "legs")))
    poses = []
    for step in range(60):
        person = standing(pelvis=(0, 0, 70), **HANGING)
        heading = np.array([np.cos(np.radians(70)), np.sin(np.radians(70)), 0])
        away = person.positions + 0.02 * step * heading - [0, 0, person.positions[7, 2] - 0.075]
        poses.append(replace(person, positions=away))
    followed = follow(whole, np.arange(60) / 30, poses, first=poses[0])
    way = followed.root_position[-1] - followed.root_position[0]
    assert way[0] > 0.8 and abs(way[1]) < 0.02 and abs(way[2]) < 0.02
    reference = FORMATS["twist2"](whole.tree, followed)["mimic_obs"]
    assert 0.3 < reference[30, 0] < 1.0 and abs(reference[30, 1]) < 0.05
    pose = whole.tree.pose(followed.positions[-1])
    ankles = [pose.places[limb.bodies[-1], 2] for limb in whole.limbs if limb.kind == "leg"]
    assert abs(min(ankles) + followed.root_position[-1, 2]) < 0.02


def test_nobody_is_made_up_between_frames(clip) -> None:  # noqa: F811
    _, poses, _ = poses_of(clip, 60.0)
    there = np.array([pose is not None for pose in poses])
    first, last = int(MISSING.start / 25 * 60), int(MISSING.stop / 25 * 60)
    assert not there[first + 1 : last - 1].any() and there[: first - 3].all() and there[last + 3 :].all()


def test_motions_become_the_episodes_of_a_dataset(clip, profile, tmp_path, capsys) -> None:  # noqa: F811
    parquet = pytest.importorskip("pyarrow.parquet", reason="LeRobot datasets need pyarrow: requirements/batch.txt")
    beginning(clip, MISSING.start + 6).save(tmp_path / "motion.npz")
    arguments = ["retarget", str(tmp_path / "motion.npz"), "--robot", str(profile)]
    assert main([*arguments, "--out", str(tmp_path / "commands.npz"), "--rate", "20"]) == 0
    for task in ("walk", "wave"):
        out = tmp_path / "demos"
        assert main([*arguments, "--out", str(out), *(["--rate", "20"] if task == "walk" else []), "--task", task]) == 0
    assert "at 20/s, resampled from 25/s -> episode 1 of" in capsys.readouterr().out
    commands = np.load(tmp_path / "commands.npz")
    for number, table in enumerate(map(parquet.read_table, sorted(out.glob("data/*/*.parquet")))):
        columns = {name: np.array(table[name].to_pylist()) for name in table.column_names}
        np.testing.assert_allclose(columns["observation.state"], commands["positions"][:-1], atol=1e-6)
        np.testing.assert_allclose(columns["action"], commands["positions"][1:], atol=1e-6)
        assert (columns["valid"] == commands["valid"][1:] & commands["valid"][:-1]).all()
        assert (columns["confidence"][columns["valid"]] >= 0.3).all() and columns["confidence"][-1] == 0
        assert (columns["task_index"] == number).all()
    pytest.importorskip("h5py", reason="the HDF5 of robomimic needs h5py: requirements/export.txt")
    assert main([*arguments, "--out", str(tmp_path / "demos.hdf5"), "--rate", "20"]) == 0
    assert f"episode 0 of a new file, {tmp_path / 'demos.hdf5'}" in capsys.readouterr().out.replace("\n", "")
    for folder, rate, words in ((out, "30", "have 20 steps a second; leave out --rate"), ("new", "29.97", "--rate 30")):
        assert main([*arguments, "--out", str(folder), "--rate", rate]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(("out", "package"), [("demos", "pyarrow"), ("demos.hdf5", "h5py")])
def test_what_a_dataset_needs_is_named(out, package, monkeypatch) -> None:
    for module in ("lerobot", "lerobot_files", "robomimic"):
        monkeypatch.delitem(sys.modules, f"vtm_tools.export.{module}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(VtmError, match=f"needs the package {package}; install it: python -m pip install {package}"):
        dataset_at(Path(out))


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--groups", "arms,tail"], "no group tail"),
        (["--format", "sonic", "--out", "c.csv"], "name --out so"),
        (["--robot", "nowhere.urdf"], "cannot read nowhere.urdf"),
        (["--out", "c.nzp"], "must end in .npz, .csv, .hdf5, .h5, or be a LeRobot dataset's folder"),
        (["--out", "c.nzp", "--format", "gmr"], "must end in .npz"),
        (["--out", ".."], "a folder without a LeRobot dataset"),
        (["--out", "demos", "--format", "gmr"], "must end in .npz"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(extra, words, motion_path, urdf, tmp_path, capsys, monkeypatch) -> None:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    assert main(["retarget", str(motion_path), "--robot", str(urdf), "--out", "c.npz", *extra]) == 2
    assert words in capsys.readouterr().err

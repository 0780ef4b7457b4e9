"""BVH, CSV and NPZ read back by other readers than ours."""

import csv
import json
import re
from dataclasses import replace

import bvhio
import numpy as np
import pytest
import yourdfpy
from scipy.spatial.transform import Rotation

from tests.vtm_tools.export.conftest import FPS
from vtm.body.joint_angles import ANGLE_NAMES, JOINT_ORDERS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import geodesic_angle
from vtm.body.skeleton import JOINT_NAMES, NUM_JOINTS, stature
from vtm.files.bvh import read_bvh
from vtm.mocap.bvh_reader import read_bvh as read_recording
from vtm.mocap.retarget import retarget
from vtm_tools.cli.app import main
from vtm_tools.export.bvh_file import write_even_bvh, write_named_bvh
from vtm_tools.export.names import NAMES
from vtm_tools.export.world import in_the_world


@pytest.fixture(scope="module")
def motion(clip):
    return in_the_world(clip)


@pytest.mark.parametrize("names", NAMES)
def test_bvh(motion_path, motion, tmp_path, names):
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.bvh"), "--names", names]) == 0
    root = bvhio.readAsHierarchy(str(tmp_path / "a.bvh"))
    root.loadPose(50)
    seen = {joint.Name: np.array(joint.PositionWorld) for joint, _, _ in root.layout()}
    x, y, z = (100 if names == "lafan1" else 1) * motion.joints()[1][50].T
    np.testing.assert_allclose(
        [seen[name] for name in NAMES[names][:NUM_JOINTS]], np.stack([-y, z, -x], 1), rtol=1e-5, atol=2e-4
    )


def test_lafan1_as_gmr_and_blender_read_it(motion, tmp_path):
    """GMR: words for names, one blank between numbers, three channels last. Blender: offset and channels follow."""
    write_named_bvh(tmp_path / "a.bvh", motion, "lafan1")
    lines = (tmp_path / "a.bvh").read_text().splitlines()
    for number, line in enumerate(lines):
        if line.split()[0] in ("ROOT", "JOINT"):
            assert re.fullmatch(r"\s*(ROOT|JOINT) \w+", line)
            assert [text.split()[0] for text in lines[number + 1 : number + 4]] == ["{", "OFFSET", "CHANNELS"]
    assert [line for line in lines if "CHANNELS" in line][-1].split()[1] == "3"
    assert all(re.fullmatch(r"-?\d+\.\d+( -?\d+\.\d+)*", line) for line in lines[lines.index("MOTION") + 3 :])
    recording = read_recording(tmp_path / "a.bvh")
    turned, bodies = recording.pose()[0][50], motion.joints()[0][50]
    world = np.array([[0.0, -1, 0], [0, 0, 1], [-1, 0, 0]])
    axes = {  # as the tables of GMR for LAFAN1 have them: of a robot that stands, arms hanging
        "Hips": (0, [[0, 1, 0], [0, 0, 1], [1, 0, 0]]), "LeftLeg": (4, [[0, 1, 0], [0, 0, -1], [-1, 0, 0]]),
        "RightToe": (11, [[1, 0, 0], [0, 0, -1], [0, 1, 0]]),
        "LeftForeArm": (18, [[0, -1, 0], [1, 0, 0], [0, 0, 1]]), "RightArm": (17, [[0, -1, 0], [-1, 0, 0], [0, 0, -1]]),
    }  # fmt: skip
    for name, (joint, own) in axes.items():
        np.testing.assert_allclose(turned[recording.names.index(name)], world @ bodies[joint] @ own, atol=1e-4)
    motion_back = retarget(recording)
    wrists = [JOINT_NAMES.index(f"{side}_wrist") for side in ("left", "right")]
    assert geodesic_angle(motion_back.local, motion.local)[:, wrists].max() < np.radians(1)
    assert motion_back.metres == 0.01 and stature(motion_back.offsets) == pytest.approx(
        stature(motion.offsets), rel=0.05
    )


@pytest.mark.parametrize("hands", [False, True])
def test_parquet(clip, clip_with_hands, tmp_path, hands):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    clip = clip_with_hands if hands else clip
    clip.save(tmp_path / "motion.npz")
    assert main(["export", str(tmp_path / "motion.npz"), "--out", str(tmp_path / "a.parquet")]) == 0
    table = pyarrow.read_table(tmp_path / "a.parquet")
    said, motion = json.loads(table.schema.metadata[b"vtm"]), in_the_world(clip)
    count = motion.skeleton.count
    column = {name: np.array(table[name].to_pylist()) for name in table.column_names}
    assert column["valid"].tolist() == motion.valid.tolist() and said["fps"] == FPS and len(said["body_names"]) == count
    assert all(column[name].shape == (len(table), len(names)) for name, names in said["names"].items())
    rotations, places = motion.joints()
    np.testing.assert_allclose(column["observation.body_positions"].reshape(-1, count, 3), places, atol=1e-5)
    local = Rotation.from_quat(column["observation.local_rotations"][80].reshape(count, 4)).as_matrix()
    seen = forward_kinematics(local, np.array(said["offsets_m"]), column["observation.state"][80, :3], motion.skeleton)
    np.testing.assert_allclose(seen[1], places[80], atol=1e-4)
    np.testing.assert_allclose(seen[0], rotations[80], atol=1e-4)
    state, velocity = column["observation.state"], column["observation.state.velocity"]
    np.testing.assert_allclose(np.diff(state[:, 7:], axis=0) * FPS, velocity[:-1, 6:], atol=1e-3)
    assert velocity[100, 5] == pytest.approx(np.radians(90) / (len(table) - 1) * FPS, rel=0.01), (
        "turns left, by a quarter"
    )


def test_a_body_for_simulators(motion_path, motion, tmp_path):
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.urdf")]) == 0
    links = yourdfpy.URDF.load(tmp_path / "a.urdf", load_meshes=False, build_scene_graph=False).robot.links
    assert sum(link.inertial.mass for link in links) == pytest.approx(22.5 * stature(motion.offsets) ** 2, rel=1e-4)


def test_csv(motion_path, motion, tmp_path):
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.csv")]) == 0
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    frames = np.flatnonzero(motion.valid)
    assert len(rows) == len(frames)
    np.testing.assert_allclose([float(row["stamp"]) for row in rows], motion.stamps[frames], atol=1e-6)
    for at in (0, len(rows) - 1):
        row = {name: float(value) for name, value in rows[at].items()}
        local = [Rotation.from_quat([row[f"root_q{axis}"] for axis in "xyzw"])]
        for joint, order in enumerate(JOINT_ORDERS):
            angles = [row[name] for name in ANGLE_NAMES[3 * joint : 3 * joint + 3]]
            local.append(Rotation.from_euler(order.upper(), angles))
        local = np.stack([rotation.as_matrix() for rotation in local])
        root = np.array([row[f"root_{axis}"] for axis in "xyz"])
        seen = forward_kinematics(local, motion.offsets, root)[1]
        np.testing.assert_allclose(seen, motion.joints()[1][frames[at]], atol=1e-4)
    angles = np.array([[float(row[name]) for name in ANGLE_NAMES] for row in rows])
    assert np.abs(np.diff(angles, axis=0)).max() < 0.5, "no angle jumps"


def test_npz_for_retargeting(motion_path, motion, tmp_path):
    assert main(["export", str(motion_path), "--out", str(tmp_path / "a.npz")]) == 0
    file = np.load(tmp_path / "a.npz", allow_pickle=False)
    rotations, joints = motion.joints()
    assert tuple(file["body_names"]) == JOINT_NAMES and file["fps"] == FPS
    assert float(file["actual_human_height"]) == pytest.approx(stature(motion.offsets))
    for joint, name in enumerate(JOINT_NAMES):
        np.testing.assert_allclose(file[f"{name}/position"], joints[:, joint], atol=1e-4)
    head = Rotation.from_quat(file["head/quaternion"][0], scalar_first=True).as_matrix()
    left, up, forward = head.T
    body = rotations[0, JOINT_NAMES.index("head")]
    np.testing.assert_allclose([forward, left, up], body.T, atol=1e-5)
    assert up[2] > 0.95, "SMPL-X's y points up in a world with z up"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.fbx"], "must end in one of .glb, .bvh, .csv, .npz, .parquet, .urdf"),
        (["--out", "a.csv", "--names", "mixamo"], "leave it out"),
        (["--out", "a.bvh", "--names", "maya"], "'smplx', 'blender', 'motionbuilder', 'mixamo', 'lafan1'"),
        (["--out", "no/a.bvh"], "there is no folder no"),
    ],
)
def test_faults(motion_path, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(motion_path), *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ") and message in shown.err and shown.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_input_is_not_overwritten(motion_path, capsys):
    assert main(["export", str(motion_path), "--out", str(motion_path)]) == 2
    assert "that is the input" in capsys.readouterr().err


def test_bvh_of_a_clip_whose_frames_are_unevenly_spaced_takes_as_long_as_the_clip(clip, tmp_path):
    stamps = np.arange(len(clip.stamps)) / FPS
    stamps[100:] += 2.0
    write_even_bvh(tmp_path / "a.bvh", replace(clip, stamps=stamps))
    written = read_bvh(tmp_path / "a.bvh")
    assert written.fps == pytest.approx(FPS)
    assert len(written.root) / written.fps == pytest.approx(stamps[-1] + 1 / FPS, abs=1 / FPS)
    at_the_end = round((stamps[150] - stamps[0]) * FPS)
    np.testing.assert_allclose(written.root[at_the_end], clip.root_cam[150], atol=1e-5)

"""The demo: it passes on a short real clip, and its checks fail on inconsistent messages."""

import copy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")
SCRIPTS = Path(__file__).parents[5] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from demo_checks import CheckFailed, check  # noqa: E402
from demo_listener import Heard  # noqa: E402

from vtm.body.joint_angles import angles_from_quats  # noqa: E402
from vtm.body.skeleton import scaled_offsets  # noqa: E402
from vtm.body.urdf import urdf  # noqa: E402
from vtm.camera import Intrinsics  # noqa: E402
from vtm.files.motion_file import MotionClip  # noqa: E402
from vtm.types import Motion, Observation  # noqa: E402
from vtm_ros.conversions import messages  # noqa: E402
from vtm_ros.conversions.camera_info import camera_info  # noqa: E402
from vtm_ros.conversions.root_pose import root_in_camera  # noqa: E402

CAMERA = Intrinsics.from_fov(640, 480)
FRAMES = 5


def motion(frame: int) -> Motion:
    rng = np.random.default_rng(frame)
    quats = rng.normal(0, 0.3, (22, 4)) + (0, 0, 0, 1)
    stamp_ns = 10**9 + frame * 33_333_333
    return Motion(
        stamp_ns=stamp_ns,
        quat_local=(quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        root_cam=np.float32([0.1 * frame, 0.2, 3]),
        bone_ratio=np.full(21, 1.1, np.float32),
        confidence=np.full(22, 0.9, np.float32),
        contacts=np.float32([0.1, 0.2, 0.3, 0.4]),
        observation=Observation(stamp_ns, CAMERA, np.zeros((23, 2), np.float32), np.ones(23, np.float32)),
    )


@pytest.fixture
def heard() -> Heard:
    heard = Heard()
    offsets = scaled_offsets(motion(0).bone_ratio)
    heard.descriptions, heard.descriptions_at = [urdf(offsets)], [0]
    for frame in range(FRAMES):
        info = camera_info(CAMERA, 640, 480)
        info.header.stamp = messages.time_from_ns(motion(frame).stamp_ns)
        info.header.frame_id = "camera"
        heard.camera_infos.append(info)
        angles = angles_from_quats(motion(frame).quat_local)
        heard.joint_states.append(messages.joint_state(motion(frame).stamp_ns, angles))
        heard.joint_states_at.append(motion(frame).stamp_ns + 20_000_000)
        root = root_in_camera(motion(frame), "camera")
        heard.transforms.append(messages.transforms(motion(frame), root, offsets, "person"))
        heard.root_poses.append(messages.root_pose(motion(frame).stamp_ns, root))
        heard.contacts.append(messages.contacts(motion(frame)))
    return heard


def test_consistent_messages_pass(heard):
    assert len(list(check(heard, FRAMES))) == 4


def test_the_messages_hold_the_motion(heard):
    clip = heard.motion_clip(30.0)
    assert clip.valid.all()
    for frame in range(FRAMES):
        np.testing.assert_allclose(clip.quat_local[frame], motion(frame).quat_local, atol=1e-6)
        np.testing.assert_allclose(clip.root_cam[frame], motion(frame).root_cam, atol=1e-6)
    np.testing.assert_allclose(clip.bone_ratio, 1.1, atol=1e-6)


def turn_elbow(heard: Heard) -> None:
    heard.joint_states[2].position[40] += 0.05


def lengthen_bone(heard: Heard) -> None:
    heard.transforms[2].transforms[7].transform.translation.z += 0.002


def break_quaternion(heard: Heard) -> None:
    heard.transforms[1].transforms[3].transform.rotation.w += 1e-4


def lose_frame(heard: Heard) -> None:
    del heard.transforms[3].transforms[5]


def cut_branch(heard: Heard) -> None:
    heard.transforms[0].transforms[4].header.frame_id = "nowhere"


def rename_joint(heard: Heard) -> None:
    heard.joint_states[0].name[0] = "tail"


def break_angle(heard: Heard) -> None:
    heard.joint_states[0].position[0] = float("nan")


def restamp(heard: Heard) -> None:
    heard.joint_states[4].header.stamp.nanosec += 1


def lose_root(heard: Heard) -> None:
    del heard.root_poses[0]


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (turn_elbow, "mm away from TF"),
        (lengthen_bone, "2.00 mm away from TF"),
        (break_quaternion, "not of unit length"),
        (lose_frame, "lacks or repeats a frame"),
        (cut_branch, "does not lead"),
        (rename_joint, "not the joints of the URDF"),
        (break_angle, "no number"),
        (restamp, "a stamp that no image has"),
        (lose_root, "root_pose"),
        (lambda heard: heard.descriptions.clear(), "no robot description"),
        (lambda heard: heard.joint_states.clear(), "no joint state"),
    ],
)
def test_inconsistent_messages_fail(heard, damage, complaint):
    damaged = copy.deepcopy(heard)
    damage(damaged)
    with pytest.raises(CheckFailed, match=complaint):
        list(check(damaged, FRAMES))


def test_the_demo_runs(tmp_path):
    source = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam03.mp4"
    if not source.is_file():
        pytest.skip(f"{source} is missing; `make setup` fetches it")
    reader = cv2.VideoCapture(str(source))
    writer = cv2.VideoWriter(str(tmp_path / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (544, 960))
    for _ in range(30):
        writer.write(cv2.resize(reader.read()[1], (544, 960)))
    writer.release()
    program = [sys.executable, SCRIPTS / "demo.py", "--clip", tmp_path / "clip.mp4", "--out", tmp_path / "out"]
    done = subprocess.run([*program, "--rate", "10"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "latency p95" in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "motion.npz", "motion.bvh", "picture.png", "nodes.log"
    }  # fmt: skip
    clip = MotionClip.load(tmp_path / "out" / "motion.npz")
    assert len(clip.valid) >= 28 and clip.valid.any()


def test_a_missing_clip_fails(tmp_path):
    program = [sys.executable, SCRIPTS / "demo.py", "--clip", tmp_path / "none.mp4", "--out", tmp_path / "out"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "there is no video" in done.stderr and "Traceback" not in done.stderr

"""The policy for SROS 2 allows what the nodes do, and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementInclude, ElementTree

import pytest
import rclpy
from rclpy.node import Node, NodeNameNonExistentError

from tests.vtm_robot.small_robot import small_robot
from tests.vtm_ros.support import PATIENCE_S, Listener, clip_pictures, program, ros, wait_until, write_clip
from vtm_ros.nodes.spinning import spinning

POLICY = Path(__file__).parents[2] / "config/security/policy.xml"
KINDS = {("topics", "publish"), ("topics", "subscribe"), ("services", "reply")}
SINCE_JAZZY = "/get_type_description"


def enclaves() -> dict[str, list[ElementTree.Element]]:
    """The profiles of every enclave."""
    root = ElementTree.parse(POLICY).getroot()
    ElementInclude.include(root, base_url=str(POLICY))
    assert (root.tag, root.get("version")) == ("policy", "0.2.0")
    return {enclave.get("path"): enclave.findall("profiles/profile") for enclave in root.findall("enclaves/enclave")}


def allowed(profile: ElementTree.Element) -> dict[tuple[str, str], set[str]]:
    """Full names by what may be done with them, as sros2 expands them."""
    own = profile.get("ns").rstrip("/") + "/"
    names: dict[tuple[str, str], set[str]] = {kind: set() for kind in KINDS}
    for rules in profile:
        (verb,) = rules.attrib
        assert rules.attrib[verb] == "ALLOW"
        for rule in rules:
            assert rule.tag + "s" == rules.tag
            name = rule.text.replace("~", own + profile.get("node"))
            names[rules.tag, verb].add(name if name.startswith("/") else own + name)
    return names


def used(observer: Node, name: str) -> dict[tuple[str, str], set[str]]:
    """What the graph says that the node `name` publishes, subscribes and serves."""
    try:
        assert not observer.get_client_names_and_types_by_node(name, "/")
        found = {
            ("topics", "publish"): observer.get_publisher_names_and_types_by_node(name, "/"),
            ("topics", "subscribe"): observer.get_subscriber_names_and_types_by_node(name, "/"),
            ("services", "reply"): observer.get_service_names_and_types_by_node(name, "/"),
        }
    except NodeNameNonExistentError:
        return {}
    return {kind: {name for name, _ in names} for kind, names in found.items()}


def without_newcomers(names: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    return {kind: {name for name in those if not name.endswith(SINCE_JAZZY)} for kind, those in names.items()}


@pytest.mark.parametrize(
    ("variant", "unused"),
    [
        ("world_frame:=map", {"/image/compressed", "/imu", "/clock"}),
        ("imu:=true", {"/image/compressed", "/clock"}),
        ("image_transport:=compressed", {"/image", "/imu", "/tf", "/tf_static", "/clock"}),
        ("use_sim_time:=true", {"/image/compressed", "/imu", "/tf", "/tf_static"}),
    ],
)
def test_capture_does_what_its_policy_allows_and_nothing_else(variant, unused):
    (profile,) = enclaves()["/vtm/capture"]
    expected = allowed(profile)
    expected["topics", "subscribe"] -= {*unused, "/keypoints"}  # which are in the place of images
    agrees_with("capture", expected, "capture_node", "pose_model:=lite", "hands:=lite", "max_people:=2", variant)


def test_retarget_does_what_its_policy_allows_and_nothing_else(tmp_path):
    robot = tmp_path / "small.urdf"
    robot.write_text(small_robot())
    (profile,) = enclaves()["/vtm/retarget"]
    expected = allowed(profile)
    expected["topics", "subscribe"] -= {"/robot/robot_description"}
    agrees_with("retarget", expected, "retarget_node", f"robot_profile:={robot}", "joy_button:=0", "use_sim_time:=true")


def test_fuse_does_what_its_policy_allows_and_nothing_else():
    (profile,) = enclaves()["/vtm/fuse"]
    agrees_with("fuse", allowed(profile), "fuse_node", "use_sim_time:=true")


def test_video_camera_does_what_its_policy_allows_and_nothing_else(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", clip_pictures(2))
    (profile,) = enclaves()["/vtm/video_camera"]
    agrees_with("video_camera", allowed(profile), "video_camera", f"video:={clip}", "use_sim_time:=true")


def agrees_with(name: str, expected: dict[tuple[str, str], set[str]], executable: str, *parameters: str) -> None:
    wanted, found = without_newcomers(expected), {}
    arguments = [word for parameter in parameters for word in ("-p", parameter)]
    with program(executable, "--ros-args", *arguments), ros():
        observer = Listener()
        with spinning(observer):
            deadline = time.monotonic() + PATIENCE_S
            while time.monotonic() < deadline and found != wanted:
                found = without_newcomers(used(observer, name))
                time.sleep(0.05)
    assert found == wanted


def test_the_one_process_may_do_what_both_nodes_may():
    known = {path: list(map(allowed, profiles)) for path, profiles in enclaves().items()}
    assert known["/vtm/vtm_capture"] == known["/vtm/video_camera"] + known["/vtm/capture"]


@pytest.fixture
def keystore(tmp_path, monkeypatch) -> None:
    """Keys and signed permissions of our enclaves and of one for the test, and the environment to enforce them."""
    if not (shutil.which("ros2") and find_spec("sros2")):
        pytest.skip("`ros2 security` makes the keys; it comes with an installed ROS 2")
    keys = str(tmp_path / "keystore")
    steps = [("create_keystore", keys), ("create_enclave", keys, "/test")]
    for enclave in enclaves():
        steps += [("create_enclave", keys, enclave), ("create_permission", keys, enclave, str(POLICY))]
    for step in steps:
        subprocess.run(["ros2", "security", *step], check=True)
    for name, value in (("KEYSTORE", keys), ("ENABLE", "true"), ("STRATEGY", "Enforce")):
        monkeypatch.setenv(f"ROS_SECURITY_{name}", value)
    start = "import rclpy; rclpy.init(args=['', '--ros-args', '--enclave', '/test']); rclpy.create_node('probe')"
    probe = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True)
    if "security libraries" in probe.stderr:
        pytest.skip("the Fast DDS of this ROS 2 is built without security")
    assert probe.returncode == 0, probe.stderr


def test_the_nodes_run_with_strategy_enforce(keystore, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", clip_pictures(30))
    playing = ["-p", f"video:={clip}", "-p", "loop:=true", "--enclave", "/vtm/video_camera"]
    with (
        ros(["--enclave", "/test"]),
        program("capture_node", "--ros-args", "--enclave", "/vtm/capture") as capture,
        program("video_camera", "--ros-args", *playing) as camera,
    ):
        listener = Listener()
        with spinning(listener):
            wait_until(lambda: len(listener.stamps()) > 10 and len(listener.received["/tf"]) > 10, "motion")
            listener.wait_status(lifecycle="active")
        for process in (camera, capture):
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
    assert not rclpy.ok()


def test_a_keystore_without_our_keys_is_one_sentence(tmp_path):
    (tmp_path / "enclaves").mkdir()
    secured = {
        "ROS_SECURITY_KEYSTORE": str(tmp_path),
        "ROS_SECURITY_ENABLE": "true",
        "ROS_SECURITY_STRATEGY": "Enforce",
    }
    run = subprocess.run(
        [sys.executable, "-m", "vtm_ros.nodes.capture_node", "--ros-args", "--enclave", "/vtm/capture"],
        capture_output=True, text=True, timeout=60, env=os.environ | secured,
    )  # fmt: skip
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert "ROS 2 cannot start: SECURITY ERROR" in run.stderr

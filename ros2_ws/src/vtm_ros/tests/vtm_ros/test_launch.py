"""The launch file, where `ros2 launch` is installed; everywhere the same nodes with the same arguments."""

import ast
import runpy
import shutil
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import rclpy
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter

from tests.vtm_ros.support import PATIENCE_S, Listener, clip_pictures, program, ros, wait_until, write_clip
from vtm_ros.nodes.fuse_node import FuseNode
from vtm_ros.nodes.spinning import spinning
from vtm_ros.parameters import CaptureParameters

PACKAGE = Path(__file__).parents[2]
LAUNCH_FILE = PACKAGE / "launch" / "capture.launch.py"
ARGUMENTS = {
    "namespace", "params_file", "image", "camera_info", "image_transport", "video", "composition", "keypoints",
    "backend", "speed", "subject_height", "lookahead", "hands", "hands_every", "max_people", "operator", "smoothing",
    "prediction_ms", "imu", "world_frame", "record_directory", "autostart", "rviz", "viewer", "use_sim_time",
    "log_level",
}  # fmt: skip
TELEOP_FILE = PACKAGE / "launch" / "teleop.launch.py"
TELEOP_ARGUMENTS = {
    "namespace", "params_file", "capture_params_file", "image", "camera_info", "video", "world_frame", "prediction_ms",
    "subject_height", "hands", "max_people", "operator", "robot_profile", "groups", "output", "controller",
    "finger_controller", "joints", "robot_joint_states", "robot_description", "joy", "joy_button", "base_frame",
    "autostart", "rviz", "use_sim_time", "log_level",
}  # fmt: skip
FUSE_FILE = PACKAGE / "launch" / "fuse.launch.py"
FUSE_ARGUMENTS = {
    "namespace", "cameras", "camera_frames", "world_frame", "fingers", "autostart", "use_sim_time", "log_level",
}  # fmt: skip

OF_EVERY_NODE = {"use_sim_time", "start_type_description_service"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", clip_pictures(60))


@pytest.mark.parametrize(
    ("file", "arguments"), [(LAUNCH_FILE, ARGUMENTS), (TELEOP_FILE, TELEOP_ARGUMENTS), (FUSE_FILE, FUSE_ARGUMENTS)]
)
def test_every_argument_is_declared_with_a_description(file, arguments):
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    declared = [call for call in calls if getattr(call.func, "id", "") == "DeclareLaunchArgument"]
    assert {call.args[0].value for call in declared} == arguments
    assert all(any(keyword.arg == "description" for keyword in call.keywords) for call in declared)


@pytest.mark.parametrize("place", ["", "/robot/head"])
def test_one_file_for_a_camera_elsewhere_gives_each_node_its_part(place):
    context = rclpy.Context()
    rclpy.init(args=["--ros-args", "--params-file", str(PACKAGE / "config/remote_camera.yaml")], context=context)
    try:
        found = {}
        for name in ("capture", "usb_cam", "viewer"):
            how = {"namespace": place, "context": context, "automatically_declare_parameters_from_overrides": True}
            node = Node(name, **how)
            told = node.get_parameters_by_prefix("")
            found[name] = {key: one.value for key, one in told.items() if key not in OF_EVERY_NODE}
            node.destroy_node()
    finally:
        context.try_shutdown()
    assert set(found["capture"]) <= {item.name for item in fields(CaptureParameters)} and found["viewer"] == {}
    assert found["capture"]["image_transport"] == "compressed" and found["usb_cam"]["video_device"] == "/dev/video0"


@pytest.mark.parametrize("composition", ["false", "true"])
def test_ros2_launch(clip, composition):
    if not shutil.which("ros2"):
        pytest.skip("`ros2 launch` is not in this environment (it is not on PyPI); the next test starts the same nodes")
    command = ["ros2", "launch", "vtm_ros", "capture.launch.py", f"video:={clip}", "namespace:=anna", "lookahead:=2"]
    command += [f"composition:={composition}"]
    with ros():
        listener = Listener("/anna")
        with spinning(listener):
            launch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                wait_until(lambda: listener.received["joint_states"] and listener.received["/tf"], "motion")
                listener.wait_status(**{"look-ahead [frames]": "2"})
            finally:
                launch.send_signal(signal.SIGINT)
                output, _ = launch.communicate(timeout=PATIENCE_S)
    assert launch.returncode == 0, output
    assert "Traceback" not in output


def test_the_same_nodes_with_the_same_arguments(clip):
    common = ["-r", "__ns:=/anna", "-r", "image:=eye/image", "-r", "camera_info:=eye/info", "-p", "use_sim_time:=false"]
    capture_arguments = [
        "--ros-args", "--log-level", "info", "--params-file", str(PACKAGE / "config" / "capture.yaml"),
        "-r", "__node:=capture", *common,
        "-p", "autostart:=true", "-p", "backend:=auto", "-p", "subject_height:=1.8", "-p", "lookahead:=2",
    ]  # fmt: skip
    camera_arguments = ["--ros-args", "-r", "__node:=video_camera", *common, "-p", f"video:={clip}"]
    with ros():
        listener = Listener("/anna")
        with spinning(listener), program("capture_node", *capture_arguments) as capture:
            listener.wait_status(lifecycle="active")
            with program("video_camera", *camera_arguments) as camera:
                topics = ("joint_states", "/tf", "robot_description")
                wait_until(lambda: all(listener.received[topic] for topic in topics), "motion and its description")
                listener.wait_status(**{"look-ahead [frames]": "2"})
                assert camera.wait(timeout=PATIENCE_S) == 0
            capture.send_signal(signal.SIGINT)
            assert capture.wait(timeout=PATIENCE_S) == 0


def launched(file: Path, monkeypatch: pytest.MonkeyPatch, **arguments: str) -> list[dict]:
    """What the nodes of a launch file are given, without `launch`, which is not on PyPI."""
    declared = {}

    def declare(name, default_value, **_):
        declared[name] = arguments.get(name, default_value)
        return SimpleNamespace(name=name)

    stands_in = {
        "launch": {"LaunchDescription": list},
        "launch.actions": {"DeclareLaunchArgument": declare, "OpaqueFunction": lambda function: function},
        "launch.substitutions": {"LaunchConfiguration": lambda name: SimpleNamespace(perform=lambda _: declared[name])},
        "launch_ros": {},
        "launch_ros.actions": {"Node": dict},
    }
    for name, parts in stands_in.items():
        module = ModuleType(name)
        vars(module).update(parts)
        monkeypatch.setitem(sys.modules, name, module)
    return runpy.run_path(str(file))["generate_launch_description"]()[-1](None)


def test_the_launch_file_starts_fuse_as_it_is_told(monkeypatch):
    (told,) = launched(FUSE_FILE, monkeypatch, cameras="left right up", world_frame="room", fingers="true")
    assert (told["executable"], told["namespace"]) == ("fuse", "person")
    overrides = [Parameter(name, value=value) for name, value in told["parameters"][0].items()]
    with ros():
        node = FuseNode(parameter_overrides=overrides)
        values = node._settings.values
        assert list(values.cameras) == ["left", "right", "up"] and values.world_frame == "room" and values.fingers
        assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        node.destroy_node()

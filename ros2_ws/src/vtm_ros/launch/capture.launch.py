"""Capture one person's motion: the node `capture`, and if wanted a video as the camera, and RViz."""

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, RegisterEventHandler, SetEnvironmentVariable, Shutdown
from launch.event_handlers import OnProcessExit
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

SHARE = Path(get_package_share_directory("vtm_ros"))
PROFILES = str(SHARE / "config" / "fastdds_shm.xml")
FAST_DDS = "FASTRTPS" if os.environ.get("ROS_DISTRO") in ("humble", "iron", "jazzy") else "FASTDDS"
PROFILES_VARIABLE = f"{FAST_DDS}_DEFAULT_PROFILES_FILE"
PROFILES_CHOSEN = any(f"{name}_DEFAULT_PROFILES_FILE" in os.environ for name in ("FASTDDS", "FASTRTPS"))
BOOLEAN = ["true", "false"]
NUMBERS = {int: "a whole number", float: "a number"}
PARAMETERS = {
    "image_transport": str,
    "keypoints": str,
    "backend": str,
    "speed": str,
    "subject_height": float,
    "lookahead": int,
    "hands": str,
    "hands_every": int,
    "max_people": int,
    "operator": str,
    "smoothing": str,
    "prediction_ms": int,
    "world_frame": str,
    "record_directory": str,
}
"""Arguments that are parameters of the node `capture`."""
LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"]

ARGUMENTS = (
    DeclareLaunchArgument("namespace", default_value="", description="namespace of the nodes and their topics"),
    DeclareLaunchArgument(
        "params_file", default_value=str(SHARE / "config" / "capture.yaml"), description="YAML with the parameters"
    ),
    DeclareLaunchArgument("image", default_value="image", description="topic of the camera's images"),
    DeclareLaunchArgument("camera_info", default_value="camera_info", description="topic of the camera's calibration"),
    DeclareLaunchArgument(
        "imu", default_value="", description="topic of an IMU that sits on the camera; empty: params_file's"
    ),
    DeclareLaunchArgument(
        "image_transport",
        default_value="",
        choices=["", "raw", "compressed"],
        description="how the images come: raw, or compressed for <image>/compressed; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "video", default_value="", description="video file, device or stream that acts as the camera; empty: none"
    ),
    DeclareLaunchArgument(
        "composition",
        default_value="false",
        choices=BOOLEAN,
        description="camera and capture in one process, which ends with the video; needs video",
    ),
    DeclareLaunchArgument(
        "keypoints",
        default_value="",
        choices=["", "network", "pose_array", "skeleton2d"],
        description="where 2D keypoints come from: the node's network, or the topic keypoints; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "backend", default_value="", description="engine that runs the networks; empty: params_file's"
    ),
    DeclareLaunchArgument(
        "speed",
        default_value="",
        choices=["", "fast", "balanced", "accurate"],
        description="how much time the 2D pose takes; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "subject_height", default_value="", description="the person's standing height in metres; empty: params_file's"
    ),
    DeclareLaunchArgument("lookahead", default_value="", description="frames to wait for; empty: params_file's"),
    DeclareLaunchArgument(
        "hands",
        default_value="",
        choices=["", "off", "lite", "full"],
        description="hand network, for fingers; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "hands_every", default_value="", description="look at each hand once in so many frames; empty: params_file's"
    ),
    DeclareLaunchArgument(
        "max_people",
        default_value="",
        description="how many people are followed, each with topics of their own above 1; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "operator",
        default_value="",
        description="who is on the topics of the node itself: largest, centre, first or a number; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "smoothing",
        default_value="",
        choices=["", "off", "teleop", "balanced", "recording"],
        description="how smooth the motion is, at the price of lag; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "prediction_ms", default_value="", description="milliseconds to look ahead; empty: params_file's"
    ),
    DeclareLaunchArgument(
        "world_frame",
        default_value="",
        description="frame of TF to place the person in, where the camera's pose is in TF; empty: params_file's",
    ),
    DeclareLaunchArgument(
        "record_directory", default_value="", description="folder for recordings; empty: params_file's"
    ),
    DeclareLaunchArgument(
        "autostart", default_value="true", choices=BOOLEAN, description="configure and activate the node by itself"
    ),
    DeclareLaunchArgument("rviz", default_value="false", choices=BOOLEAN, description="show the person in RViz"),
    DeclareLaunchArgument(
        "viewer",
        default_value="none",
        choices=["none", "rerun", "web"],
        description="show image, body and plots in the Rerun viewer: in a window, or web for the browser",
    ),
    DeclareLaunchArgument(
        "use_sim_time", default_value="false", choices=BOOLEAN, description="take the time from /clock"
    ),
    DeclareLaunchArgument(
        "log_level", default_value="info", choices=LOG_LEVELS, description="least severe messages of the nodes to print"
    ),
)


def nodes(context) -> list:
    """The nodes for the arguments' values; an empty argument leaves its parameter to params_file."""
    given = {argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS}
    shared = {"use_sim_time": given["use_sim_time"] == "true"}
    overrides = {"autostart": given["autostart"] == "true", **shared}
    for name, kind in PARAMETERS.items():
        if given[name]:
            overrides[name] = converted(name, given[name], kind)
    remappings = [("image", given["image"]), ("camera_info", given["camera_info"])]
    if given["rviz"] == "true":
        overrides["publish_link_frames"] = True
    if given["imu"]:
        overrides["imu"] = True
        remappings.append(("imu", given["imu"]))
    parameters = [given["params_file"], overrides]
    common = dict(
        package="vtm_ros",
        namespace=given["namespace"],
        output="screen",
        remappings=remappings,
        ros_arguments=["--log-level", given["log_level"]],
    )
    if given["composition"] == "true":
        if not given["video"]:
            raise ValueError("launch argument composition:=true needs video:=, the file or device that acts as camera")
        both = Node(executable="vtm_capture", arguments=["--video", given["video"]], parameters=parameters, **common)
        started = [both]
    else:
        started = [Node(executable="capture", name="capture", parameters=parameters, **common)]
        if given["video"]:
            camera = Node(
                executable="video_camera",
                name="video_camera",
                parameters=[given["params_file"], {"video": given["video"], **shared}],
                **common,
            )
            started += [camera, RegisterEventHandler(OnProcessExit(target_action=camera, on_exit=stop_without_camera))]
    if given["rviz"] == "true":
        started.append(rviz(given, shared))
    if given["viewer"] != "none":
        web = {"web": given["viewer"] == "web"}
        started.append(
            Node(executable="viewer", name="viewer", parameters=[given["params_file"], web, shared], **common)
        )
    return started


def rviz(given: dict, shared: dict) -> Node:
    """RViz with the person, in the namespace of the topics."""
    several = given["max_people"] not in ("", "1")
    shown = ["-d", str(SHARE / "rviz" / ("people.rviz" if several else "capture.rviz"))]
    if given["world_frame"]:
        shown += ["-f", given["world_frame"]]
    return Node(package="rviz2", executable="rviz2", namespace=given["namespace"], arguments=shown, parameters=[shared])


def converted(name: str, text: str, kind: type) -> str | float | int:
    """The value of the launch argument `name`, or an error that says what it must be."""
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"launch argument {name}:={text} must be {NUMBERS[kind]}") from None


def stop_without_camera(event, _context) -> list:
    """A video that could not be played ends the launch; one that came to its end does not."""
    return [Shutdown(reason="the video cannot be played")] if event.returncode else []


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([
        *ARGUMENTS,
        *([] if PROFILES_CHOSEN else [SetEnvironmentVariable(PROFILES_VARIABLE, PROFILES)]),
        OpaqueFunction(function=nodes),
    ])  # fmt: skip

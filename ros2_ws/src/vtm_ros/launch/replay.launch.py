"""Replay a person's motion: a recording, or a bag of camera images through the node `capture`; RViz if wanted."""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

SHARE = Path(get_package_share_directory("vtm_ros"))
BOOLEAN = ["true", "false"]
LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"]

ARGUMENTS = (
    DeclareLaunchArgument("namespace", default_value="", description="namespace of the nodes and their topics"),
    DeclareLaunchArgument("recording", default_value="", description="motion.npz or .mcap of ~/record to replay"),
    DeclareLaunchArgument(
        "bag", default_value="", description="bag with the images of a camera, to capture the motion from again"
    ),
    DeclareLaunchArgument("image", default_value="image", description="topic of the images in the bag"),
    DeclareLaunchArgument("camera_info", default_value="camera_info", description="topic of their calibration"),
    DeclareLaunchArgument("rate", default_value="1.0", description="speed; 1 is real time"),
    DeclareLaunchArgument("loop", default_value="false", choices=BOOLEAN, description="start again at the end"),
    DeclareLaunchArgument("rviz", default_value="false", choices=BOOLEAN, description="show the person in RViz"),
    DeclareLaunchArgument(
        "log_level", default_value="info", choices=LOG_LEVELS, description="least severe messages of the nodes to print"
    ),
)


def started(context) -> list:
    """The recording's node, or the bag with the capture node that hears it, by the clock of the bag."""
    given = {argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS}
    if bool(given["recording"]) == bool(given["bag"]):
        raise ValueError("give either recording:= or bag:=")
    if given["bag"]:
        return [player(given), capture(given)]
    return [replay(given), *([rviz(given)] if given["rviz"] == "true" else [])]


def replay(given: dict[str, str]) -> Node:
    """The node `replay`."""
    return Node(
        package="vtm_ros", executable="replay", name="replay", namespace=given["namespace"], output="screen",
        parameters=[{
            "recording": given["recording"], "rate": float(given["rate"]), "loop": given["loop"] == "true",
            "publish_link_frames": given["rviz"] == "true",
        }],
        ros_arguments=["--log-level", given["log_level"]],
    )  # fmt: skip


def rviz(given: dict[str, str]) -> Node:
    """RViz with the display of the capture node."""
    shown = ["-d", str(SHARE / "rviz" / "capture.rviz")]
    return Node(package="rviz2", executable="rviz2", namespace=given["namespace"], arguments=shown)


def player(given: dict[str, str]) -> ExecuteProcess:
    """`ros2 bag play`, which also gives the time."""
    loop = ["--loop"] if given["loop"] == "true" else []
    command = ["ros2", "bag", "play", given["bag"], "--clock", "100", "--rate", given["rate"], *loop]
    return ExecuteProcess(cmd=command, output="screen")


def capture(given: dict[str, str]) -> IncludeLaunchDescription:
    """The node `capture` on the bag's time, and RViz."""
    passed = ("namespace", "image", "camera_info", "rviz", "log_level")
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(SHARE / "launch" / "capture.launch.py")),
        launch_arguments=[*((name, given[name]) for name in passed), ("use_sim_time", "true")],
    )


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=started)])

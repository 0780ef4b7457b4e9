"""Several capture nodes, one motion: the node `fuse`."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

BOOLEAN = ["true", "false"]
LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"]

ARGUMENTS = (
    DeclareLaunchArgument(
        "namespace", default_value="person", description="namespace of the node and of all that is the person's"
    ),
    DeclareLaunchArgument(
        "cameras", default_value="left right", description="namespaces of the capture nodes, with blanks between"
    ),
    DeclareLaunchArgument(
        "camera_frames",
        default_value="",
        description="frames of the cameras' optical axes, with blanks between; empty: those of their root_pose",
    ),
    DeclareLaunchArgument(
        "world_frame",
        default_value="map",
        description="frame of TF in which the cameras' poses are known, and that the person is placed in",
    ),
    DeclareLaunchArgument(
        "fingers",
        default_value="false",
        choices=BOOLEAN,
        description="pass on fingers, where the capture nodes have hands",
    ),
    DeclareLaunchArgument(
        "autostart", default_value="true", choices=BOOLEAN, description="configure and activate the node by itself"
    ),
    DeclareLaunchArgument(
        "use_sim_time", default_value="false", choices=BOOLEAN, description="take the time from /clock"
    ),
    DeclareLaunchArgument(
        "log_level", default_value="info", choices=LOG_LEVELS, description="least severe messages of the node to print"
    ),
)


def started(context) -> list:
    """The node."""
    given = {argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS}
    return [
        Node(
            package="vtm_ros", executable="fuse", name="fuse", namespace=given["namespace"], output="screen",
            parameters=[{
                "cameras": given["cameras"].split(), "camera_frames": given["camera_frames"].split() or [""],
                "world_frame": given["world_frame"], "fingers": given["fingers"] == "true",
                "autostart": given["autostart"] == "true",
                "use_sim_time": given["use_sim_time"] == "true",
            }],
            ros_arguments=["--log-level", given["log_level"]],
        )
    ]  # fmt: skip


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=started)])

"""A robot follows a person in front of a camera: the nodes `capture` and `retarget`, if wanted a video, and RViz."""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

SHARE = Path(get_package_share_directory("vtm_ros"))
BOOLEAN = ["true", "false"]
NUMBERS = {int: "a whole number", float: "a number"}
PARAMETERS = {"robot_profile": str, "groups": str, "output": str, "joints": str, "joy_button": int, "base_frame": str}
"""Arguments that are parameters of the node `retarget`."""
CAPTURE = (
    "namespace", "image", "camera_info", "video", "world_frame", "prediction_ms", "subject_height", "hands",
    "max_people", "operator", "autostart", "use_sim_time", "log_level",
)  # fmt: skip
"""Arguments that go to capture.launch.py."""

ARGUMENTS = (
    DeclareLaunchArgument(
        "namespace", default_value="person", description="namespace of the nodes and of all that is the person's"
    ),
    DeclareLaunchArgument(
        "params_file",
        default_value=str(SHARE / "config" / "teleop.yaml"),
        description="YAML with the parameters of retarget",
    ),
    DeclareLaunchArgument(
        "capture_params_file",
        default_value=str(SHARE / "config" / "capture.yaml"),
        description="YAML with the parameters of capture",
    ),
    DeclareLaunchArgument("image", default_value="image", description="topic of the camera's images"),
    DeclareLaunchArgument("camera_info", default_value="camera_info", description="topic of the camera's calibration"),
    DeclareLaunchArgument(
        "video", default_value="", description="video file, device or stream that acts as the camera; empty: none"
    ),
    DeclareLaunchArgument(
        "world_frame",
        default_value="",
        description="frame of TF to place the person in, where the camera's pose is in TF",
    ),
    DeclareLaunchArgument("prediction_ms", default_value="", description="milliseconds to look ahead"),
    DeclareLaunchArgument("subject_height", default_value="", description="the person's standing height in metres"),
    DeclareLaunchArgument(
        "hands",
        default_value="",
        choices=["", "off", "lite", "full"],
        description="hand network, for fingers that follow; empty: capture_params_file's",
    ),
    DeclareLaunchArgument(
        "max_people", default_value="", description="how many people are followed; empty: capture_params_file's"
    ),
    DeclareLaunchArgument(
        "operator",
        default_value="",
        description="whom of them the robot follows: largest, centre, first or a number; empty: capture_params_file's",
    ),
    DeclareLaunchArgument(
        "robot_profile",
        default_value="",
        description="profile or URDF of the robot; empty: drafted from its robot_description",
    ),
    DeclareLaunchArgument("groups", default_value="", description="what follows, some of: arms trunk head legs"),
    DeclareLaunchArgument(
        "output",
        default_value="",
        choices=["", "preview", "trajectory", "commands", "servo"],
        description="what the robot is told by; empty: params_file's, where it is preview: nothing moves",
    ),
    DeclareLaunchArgument(
        "controller",
        default_value="/joint_trajectory_controller",
        description="name of the controller: its ~/joint_trajectory, or ~/commands, is what is published",
    ),
    DeclareLaunchArgument(
        "finger_controller",
        default_value="/hand_controller",
        description="name of the controller of the fingers, where it is another: its ~/joint_trajectory is published",
    ),
    DeclareLaunchArgument("joints", default_value="", description="the controller's joints; empty: those that follow"),
    DeclareLaunchArgument(
        "robot_joint_states", default_value="/joint_states", description="topic of the robot's joints"
    ),
    DeclareLaunchArgument(
        "robot_description", default_value="/robot_description", description="topic of the robot's URDF"
    ),
    DeclareLaunchArgument("joy", default_value="/joy", description="topic of a joystick"),
    DeclareLaunchArgument("joy_button", default_value="", description="its button that is the dead-man's switch"),
    DeclareLaunchArgument(
        "base_frame", default_value="", description="frame of TF that the robot's base is; empty: the root of its URDF"
    ),
    DeclareLaunchArgument(
        "autostart", default_value="true", choices=BOOLEAN, description="configure and activate the nodes by themselves"
    ),
    DeclareLaunchArgument(
        "rviz", default_value="false", choices=BOOLEAN, description="show the robot and its ghost in RViz"
    ),
    DeclareLaunchArgument(
        "use_sim_time", default_value="false", choices=BOOLEAN, description="take the time from /clock"
    ),
    DeclareLaunchArgument(
        "log_level",
        default_value="info",
        choices=["debug", "info", "warn", "error", "fatal"],
        description="least severe messages of the nodes to print",
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
    controller, fingers = given["controller"].rstrip("/"), given["finger_controller"].rstrip("/")
    retarget = Node(
        package="vtm_ros",
        executable="retarget",
        name="retarget",
        namespace=given["namespace"],
        output="screen",
        parameters=[given["params_file"], overrides],
        remappings=[
            ("robot/joint_states", given["robot_joint_states"]),
            ("robot/robot_description", given["robot_description"]),
            ("joy", given["joy"]),
            ("~/joint_trajectory", f"{controller}/joint_trajectory"),
            ("~/finger_trajectory", f"{fingers}/joint_trajectory"),
            ("~/commands", f"{controller}/commands"),
        ],
        ros_arguments=["--log-level", given["log_level"]],
    )
    started = [capture(given), retarget]
    if given["rviz"] == "true":
        shown = ["-d", str(SHARE / "rviz" / "teleop.rviz")]
        if given["base_frame"]:
            shown += ["-f", given["base_frame"]]
        started.append(
            Node(
                package="rviz2",
                executable="rviz2",
                namespace=given["namespace"],
                arguments=shown,
                parameters=[shared],
                remappings=[("robot/robot_description", given["robot_description"])],
            )
        )
    return started


def capture(given: dict[str, str]) -> IncludeLaunchDescription:
    """The node `capture`, and a video as the camera."""
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(SHARE / "launch" / "capture.launch.py")),
        launch_arguments=[
            *((name, given[name]) for name in CAPTURE),
            ("params_file", given["capture_params_file"]),
            ("rviz", "false"),
        ],
    )


def converted(name: str, text: str, kind: type) -> str | float | int:
    """The value of the launch argument `name`, or an error that says what it must be."""
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"launch argument {name}:={text} must be {NUMBERS[kind]}") from None


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=nodes)])

"""The nodes' parameters: each node's in one frozen dataclass, declared with description, unit, range and choices."""

import math
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node

from vtm.body.conventions import CONVENTIONS
from vtm.errors import VtmError
from vtm_robot.teleop.settings import TeleopSettings
from vtm_ros.parameter_field import descriptor, fault, parameter, taken, valid_values
from vtm_trt.engine.backends import BACKENDS
from vtm_trt.postprocess.postprocess import PostprocessConfig
from vtm_trt.postprocess.smoothing import PRESETS
from vtm_trt.speed import SPEEDS, USUAL, Speed, speed_of
from vtm_trt.stream.lifter import LONGEST_PREDICTION_S, MAX_LOOKAHEAD, STATURE_RANGE_M
from vtm_trt.stream.operator import CHOICES


@dataclass(frozen=True)
class BodyParameters:
    """Parameters of every node that publishes a person."""

    timeout: float = parameter(
        0.5, "without a frame for so long the motion starts anew and the markers vanish [s]", 0.05, 60.0
    )
    world_frame: str = parameter(
        "", "frame of TF, in which the camera's pose is known, that the person is placed in; empty for the camera's"
    )
    tf_timeout: float = parameter(0.1, "longest wait for the camera's pose in world_frame [s]", 0.0, 10.0)
    tf_prefix: str = parameter("person", "prefix of the body's TF frames, <prefix>/pelvis ...; empty for none")
    max_joint_velocity: float = parameter(
        0.0, "fastest that a joint angle may change, 0 for no limit [rad/s]", 0.01, 1000.0, dynamic=True, or_zero=True
    )
    max_joint_acceleration: float = parameter(
        0.0, "most that the speed of a joint angle may change [rad/s^2], 0 for no limit",
        0.01, 100000.0, dynamic=True, or_zero=True,
    )  # fmt: skip
    publish_tf: bool = parameter(True, "publish the body on /tf", dynamic=True)
    publish_link_frames: bool = parameter(
        False, "publish the links between the three axes of each joint on /tf, as RViz's RobotModel wants", dynamic=True
    )
    publish_markers: bool = parameter(True, "publish the markers on skeleton", dynamic=True)


@dataclass(frozen=True)
class CaptureParameters(BodyParameters):
    """Parameters of the node `capture`."""

    autostart: bool = parameter(True, "configure and activate by itself at the start")
    backend: str = parameter("auto", "engine that runs the networks", choices=("auto", *BACKENDS))
    keypoints: str = parameter(
        "network", "where keypoints come from: the 2D network that looks at images, or the topic `keypoints` of "
        "another one, geometry_msgs/PoseArray or hri_msgs/Skeleton2D", choices=("network", "pose_array", "skeleton2d"),
    )  # fmt: skip
    keypoint_convention: str = parameter(
        "auto", "order of the points of a pose_array; auto goes by their number", choices=("auto", *CONVENTIONS)
    )
    speed: str = parameter(
        USUAL, "time that the 2D pose takes: fast is the network lite, balanced full, accurate full that looks twice",
        choices=tuple(SPEEDS),
    )  # fmt: skip
    pose_model: str = parameter(
        "auto", "2D pose network; auto takes that of `speed`", choices=("auto", "lite", "full", "heavy")
    )
    hands: str = parameter(
        "off", "hand network: joint_states and TF have fingers, left_hand/points and right_hand/points what it sees",
        choices=("off", "lite", "full"),
    )  # fmt: skip
    hands_every: int = parameter(1, "look at each hand once in so many frames, left and right in turn [frames]", 1, 8)
    hands_of: str = parameter(
        "operator", "with max_people above 1, whose hands are looked at", choices=("operator", "all")
    )
    max_people: int = parameter(
        1, "how many people are followed: with more than one each has topics of their own, person_1/joint_states ...",
        1, 8,
    )  # fmt: skip
    operator: str = parameter(
        "largest", "with max_people above 1, who is on joint_states and the other topics of the node itself, and leads"
        " a robot; a number is a person's", choices=CHOICES, or_number=True, dynamic=True,
    )  # fmt: skip
    operator_timeout: float = parameter(2.0, "nobody else becomes the operator so soon after the last [s]", 0.0, 60.0)
    threads: int = parameter(2, "threads per network", 1, 64)
    lookahead: int = parameter(0, "frames to wait for before a pose is given [frames]", 0, MAX_LOOKAHEAD, dynamic=True)
    subject_height: float = parameter(
        0.0, "the person's standing height [m], 0 when unknown", *STATURE_RANGE_M, dynamic=True, or_zero=True
    )
    trajectory: bool = parameter(True, "let the person's path agree with the feet that stand", dynamic=True)
    feet: bool = parameter(True, "keep the feet that stand where they were set down", dynamic=True)
    smoothing: str = parameter(
        "teleop", "how smooth the motion is, at the price of lag", choices=("off", *PRESETS), dynamic=True
    )
    prediction_ms: int = parameter(
        0, "give the pose so long after the image [ms]", 0, round(1000 * LONGEST_PREDICTION_S), dynamic=True
    )
    imu: bool = parameter(False, "`imu` tells the camera's rotation, where world_frame does not tell its pose")
    fov: float = parameter(
        60.0, "field of view along the longer image side, used when the camera is not calibrated [degrees]", 10.0, 160.0
    )
    image_transport: str = parameter(
        "raw", "raw takes sensor_msgs/Image from `image`, compressed takes JPEG or PNG from `image`/compressed",
        choices=("raw", "compressed"),
    )  # fmt: skip
    rectified: bool = parameter(False, "the images are rectified: use P of camera_info instead of K and D")
    camera_frame: str = parameter("", "frame of the camera's optical axes; empty takes the frame_id of the images")
    hri: bool = parameter(False, "publish the person on /humans/bodies too, as REP-155 has it; needs hri_msgs")
    record_directory: str = parameter(
        "", "folder that ~/record writes into; empty for vtm in ROS_HOME, which is ~/.ros unless set"
    )

    @property
    def looks(self) -> Speed:
        """How a person is looked at."""
        return speed_of(self.speed, None if self.pose_model == "auto" else self.pose_model)

    @property
    def postprocess(self) -> PostprocessConfig:
        """What is made of the network's motion."""
        return PostprocessConfig(self.trajectory, self.smoothing, self.feet, self.prediction_ms / 1000)


@dataclass(frozen=True)
class FuseParameters(BodyParameters):
    """Parameters of the node `fuse`."""

    world_frame: str = parameter(
        "map", "frame of TF in which the poses of all cameras are known, and that the person is placed in"
    )
    tf_timeout: float = parameter(
        0.1,
        "longest wait for what the other cameras tell of an instant, and for their poses in world_frame [s]",
        0.0,
        10.0,
    )
    autostart: bool = parameter(True, "configure and activate by itself at the start")
    cameras: tuple[str, ...] = parameter(
        ("left", "right"), "namespaces of the capture nodes; the first that tells gives the pace"
    )
    camera_frames: tuple[str, ...] = parameter(
        ("",), "frames of the cameras' optical axes, one for each; needed where capture nodes have world_frame, else "
        "that of root_pose",
    )  # fmt: skip
    stale_after: float = parameter(0.3, "a camera that tells nothing for so long is left out [s]", 0.02, 60.0)
    fingers: bool = parameter(
        False, "joint_states and TF have fingers: each hand's of the camera whose node capture is surest of it"
    )


@dataclass(frozen=True)
class VideoCameraParameters:
    """Parameters of the node `video_camera`."""

    video: str = parameter("", "video file, device path, device number, or URL of a stream")
    rate: float = parameter(0.0, "frames per second, 0 takes the video's own [Hz]", 0.1, 1000.0, or_zero=True)
    loop: bool = parameter(False, "start again at the end of the file")
    camera_info_file: str = parameter("", "camera_calibration YAML; without it camera_info says uncalibrated")
    frame_id: str = parameter("camera_optical_frame", "frame of the images")
    wait_for_subscriber: bool = parameter(True, "send the first frame of a file only when somebody subscribes")


@dataclass(frozen=True)
class ReplayParameters(BodyParameters):
    """Parameters of the node `replay`."""

    autostart: bool = parameter(True, "configure and activate by itself at the start")
    recording: str = parameter("", "motion.npz or .mcap to replay")
    rate: float = parameter(1.0, "speed, 1 is real time", 0.01, 100.0)
    loop: bool = parameter(False, "start again at the end of the recording")
    camera_frame: str = parameter("camera_optical_frame", "frame of the camera's optical axes")
    wait_for_subscriber: bool = parameter(True, "start only when somebody subscribes to joint_states or /tf")


@dataclass(frozen=True)
class ViewerParameters:
    """Parameters of the node `viewer`."""

    save: str = parameter("", "Rerun recording (.rrd) to write instead of opening a window")
    web: bool = parameter(False, "serve the viewer to browsers on this machine instead of opening a window")
    tf_prefix: str = parameter("person", "prefix of the body's TF frames, as of the node capture")
    timeout: float = parameter(0.5, "the person vanishes after so long without a pose [s]", 0.05, 60.0)
    fov: float = parameter(60.0, "field of view of the longer image side without a calibration [deg]", 1.0, 170.0)


@dataclass(frozen=True)
class RetargetParameters:
    """Parameters of the node `retarget`."""

    autostart: bool = parameter(True, "configure and activate by itself at the start")
    robot_profile: str = parameter(
        "", "profile (.yaml) or URDF of the robot; without a URDF, that of `robot/robot_description` is taken"
    )
    groups: str = parameter("", "what follows, some of: arms trunk head legs; empty: as the profile has it")
    output: str = parameter(
        "preview", "what the robot is told by: nothing, a trajectory's point, numbers alone, or poses of the hands",
        choices=("preview", "trajectory", "commands", "servo"),
    )  # fmt: skip
    joints: str = parameter("", "the controller's joints in its order, with blanks between; empty: those that follow")
    rate: float = parameter(30.0, "commands per second, best as many as images [Hz]", 10.0, 500.0)
    blend_time: float = parameter(2.0, "for so long it comes up to speed [s]", 0.2, 30.0)
    stale_after: float = parameter(0.15, "oldest image of the person that is followed [s]", 0.02, 60.0)
    robot_stale_after: float = parameter(0.25, "oldest joint states of the robot that are relied on [s]", 0.02, 60.0)
    require_deadman: bool = parameter(True, "move only while a dead-man's switch is held")
    deadman_timeout: float = parameter(
        0.25, "the switch is released when nothing is heard of it for so long [s]", 0.02, 60.0
    )
    joy_button: int = parameter(-1, "button of `joy` that is a dead-man's switch, -1 for none", -1, 31)
    min_quality: str = parameter(
        "good", "what `quality` must be to begin; who is lost is never followed", choices=("good", "degraded", "any")
    )
    min_confidence: float = parameter(0.4, "limbs of which the capture is less sure stand still", 0.0, 1.0)
    start_within: float = parameter(
        90.0, "largest angle between a bone of the person and the robot's at the start [degrees]", 1.0, 180.0
    )
    lost: str = parameter(
        "hold", "what the robot does when the person is lost and the switch still held: it stands, or goes to its rest",
        choices=("hold", "rest"),
    )  # fmt: skip
    max_lag: float = parameter(
        0.5, "a joint that is so far from where it was told to be ends the following [rad or m]", 0.01, 10.0
    )
    base_frame: str = parameter("", "frame of TF that the robot's base is; empty: the root of its URDF")
    ghost_prefix: str = parameter("ghost", "prefix of the frames of TF that show the command; empty for none")

    @property
    def teleop(self) -> TeleopSettings:
        """What is asked for before the robot moves, and while it does."""
        return TeleopSettings(
            moves=self.output != "preview", rate=self.rate, blend_s=self.blend_time, person_stale_s=self.stale_after,
            robot_stale_s=self.robot_stale_after, needs_deadman=self.require_deadman, deadman_s=self.deadman_timeout,
            needs_good=self.min_quality == "good", needs_quality=self.min_quality != "any",
            min_confidence=self.min_confidence, start_within=math.radians(self.start_within),
            lost_rests=self.lost == "rest", max_lag=self.max_lag,
        )  # fmt: skip


Values = TypeVar(
    "Values",
    CaptureParameters,
    FuseParameters,
    ReplayParameters,
    RetargetParameters,
    VideoCameraParameters,
    ViewerParameters,
)


class Parameters(Generic[Values]):
    """Declares the fields of a parameter dataclass on a node.

    Args:
        node: The node.
        kind: The dataclass.

    Attributes:
        values: The validated snapshot, renewed on a change.

    Raises:
        VtmError: A start value is not valid; it names the valid ones.
    """

    def __init__(self, node: Node, kind: type[Values]):
        self._fields = {item.name: item for item in fields(kind)}
        for item in self._fields.values():
            self._declare(node, item)
        given = {name: node.get_parameter(name).value for name in self._fields}
        self.values: Values = kind(**{name: taken(item, given[name]) for name, item in self._fields.items()})
        node.add_on_set_parameters_callback(self._change)

    def _declare(self, node: Node, item) -> None:
        try:
            node.declare_parameter(item.name, item.default, descriptor(item))
            wrong = fault(item, node.get_parameter(item.name).value)
        except InvalidParameterTypeException as wrong_type:
            raise VtmError(f"parameter '{item.name}' must be {valid_values(item)}") from wrong_type
        except InvalidParameterValueException as outside:
            raise VtmError(f"parameter '{item.name}' is out of range; it must be {valid_values(item)}") from outside
        if wrong:
            raise VtmError(wrong)

    def _change(self, changed) -> SetParametersResult:
        ours = {item.name: item.value for item in changed if item.name in self._fields}
        for name, value in ours.items():
            if wrong := fault(self._fields[name], value):
                return SetParametersResult(successful=False, reason=wrong)
        self.values = replace(self.values, **{name: taken(self._fields[name], value) for name, value in ours.items()})
        return SetParametersResult(successful=True)

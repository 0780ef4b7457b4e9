"""Pure builders: one instant of motion to ROS messages. No node, no clock, no I/O."""

import math

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import (
    Point,
    PoseWithCovarianceStamped,
    Quaternion,
    TransformStamped,
    Vector3,
    Vector3Stamped,
)
from sensor_msgs.msg import JointState
from std_msgs.msg import ColorRGBA, Float32MultiArray, Header, MultiArrayDimension, MultiArrayLayout
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from vtm.body.joint_angles import ANGLE_NAMES, JOINT_ORDERS
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, quat_normalize
from vtm.body.skeleton import BODY, JOINT_NAMES, PARENTS
from vtm.body.urdf import between
from vtm.types import Motion
from vtm_ros.conversions.root_pose import RootPose
from vtm_trt.postprocess.floor import LEVEL

HANDS = ("left_hand", "right_hand")
CONTACT_NAMES = ("left_heel", "left_toe", "right_heel", "right_toe")

_COLOURS = {"left": (0.25, 0.45, 0.85), "right": (0.90, 0.50, 0.20)}
_SIDES = tuple(ColorRGBA(**dict(zip("rgb", _COLOURS.get(name.split("_")[0], (0.75, 0.75, 0.75)), strict=True)), a=1.0)
               for name in JOINT_NAMES)  # fmt: skip


def _shade(colour: str) -> ColorRGBA:
    red, green, blue = (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    return ColorRGBA(r=red, g=green, b=blue, a=1.0)


def time_from_ns(stamp_ns: int) -> Time:
    """The exact ROS time of `stamp_ns` nanoseconds."""
    seconds, nanoseconds = divmod(int(stamp_ns), 1_000_000_000)
    return Time(sec=seconds, nanosec=nanoseconds)


def ns_from_time(time: Time) -> int:
    """Nanoseconds of a ROS time."""
    return time.sec * 1_000_000_000 + time.nanosec


def joint_state(stamp_ns: int, angles: np.ndarray) -> JointState:
    """The 63 `angles` (63,) in the order of ANGLE_NAMES, radians."""
    return JointState(header=_header(stamp_ns, ""), name=list(ANGLE_NAMES), position=angles.tolist())


def transforms(motion: Motion, root: RootPose, offsets: np.ndarray, prefix: str) -> TFMessage:
    """22 transforms: the pelvis in the root's frame, every other joint in its parent.

    Args:
        motion: The pose.
        root: Where the pelvis is.
        offsets: (22, 3) m, those of the published description.
        prefix: Of the frames, empty for none.
    """
    frames = [framed(name, prefix) for name in JOINT_NAMES]
    places = np.vstack([root.place, offsets[1:]])
    built = []
    for joint, (place, quat) in enumerate(zip(places, _unit(motion, root), strict=True)):
        parent = root.frame if joint == 0 else frames[PARENTS[joint]]
        transform = TransformStamped(header=_header(motion.stamp_ns, parent), child_frame_id=frames[joint])
        transform.transform.translation = _xyz(Vector3, place)
        transform.transform.rotation = _xyzw(quat)
        built.append(transform)
    return TFMessage(transforms=built)


def links_between(stamp_ns: int, angles: np.ndarray, offsets: np.ndarray, prefix: str) -> TFMessage:
    """42 transforms: the massless links of the description between the three axes of each joint.

    Args:
        stamp_ns: Nanoseconds.
        angles: (63,) rad, those of the joint states.
        offsets: (22, 3) m, those of the published description.
        prefix: Of the frames, empty for none.
    """
    built = []
    for joint, (order, turned) in enumerate(zip(JOINT_ORDERS, angles.reshape(-1, 3).tolist(), strict=True), start=1):
        above, place = JOINT_NAMES[PARENTS[joint]], offsets[joint]
        for link, axis, angle in zip(between(JOINT_NAMES[joint], order), order, turned, strict=False):
            header = _header(stamp_ns, framed(above, prefix))
            transform = TransformStamped(header=header, child_frame_id=framed(link, prefix))
            transform.transform.translation = _xyz(Vector3, place)
            transform.transform.rotation = Quaternion(**{axis: math.sin(angle / 2)}, w=math.cos(angle / 2))
            built.append(transform)
            above, place = link, np.zeros(3)
    return TFMessage(transforms=built)


def root_pose(stamp_ns: int, root: RootPose) -> PoseWithCovarianceStamped:
    """The pelvis in the root's frame, at a stamp in nanoseconds."""
    message = PoseWithCovarianceStamped(header=_header(stamp_ns, root.frame))
    message.pose.pose.position = _xyz(Point, root.place)
    message.pose.pose.orientation = _xyzw(root.quat)
    message.pose.covariance = root.covariance.ravel().tolist()
    return message


def up(motion: Motion, root: RootPose, leveled: bool) -> Vector3Stamped:
    """Which way is up in the root's frame: its z where that is `leveled`, else as is known of the camera."""
    direction = np.array([0.0, 0.0, 1.0]) if leveled else motion.camera.rotation[2] if motion.camera else LEVEL
    return Vector3Stamped(header=_header(motion.stamp_ns, root.frame), vector=_xyz(Vector3, direction))


def skeleton_markers(
    motion: Motion, root: RootPose, offsets: np.ndarray, namespace: str, lifetime_s: float, colour: str = ""
) -> MarkerArray:
    """Bones as lines, joints as spheres, in the root's frame.

    Args:
        motion: The pose.
        root: Where the pelvis is.
        offsets: (22, 3) m, those of the published description.
        namespace: Of the markers.
        lifetime_s: Seconds after which they vanish.
        colour: Of them all, #rrggbb; without, left is blue and right orange.
    """
    shades = [_shade(colour)] * len(_SIDES) if colour else _SIDES
    local = matrix_from_quat(_unit(motion, root))
    _, positions = forward_kinematics(local, np.asarray(offsets, float), root.place)
    points = [_xyz(Point, position) for position in positions]
    bones, joints = (
        Marker(header=_header(motion.stamp_ns, root.frame), ns=namespace, id=number, type=kind, action=Marker.ADD)
        for number, kind in enumerate((Marker.LINE_LIST, Marker.SPHERE_LIST))
    )
    for marker in (bones, joints):
        marker.pose.orientation.w = 1.0
        marker.lifetime = Duration(sec=int(lifetime_s), nanosec=int(lifetime_s % 1 * 1e9))
    bones.scale.x = 0.03
    joints.scale = Vector3(x=0.05, y=0.05, z=0.05)
    for parent, child in BODY.bones:
        bones.points += [points[parent], points[child]]
        bones.colors += [shades[child], shades[child]]
    joints.points, joints.colors = points, list(shades)
    return MarkerArray(markers=[bones, joints])


def contacts(motion: Motion) -> Float32MultiArray:
    """Probabilities that the left heel, left toe, right heel and right toe stand still; the label names the order."""
    return _labelled(CONTACT_NAMES, motion.contacts)


def confidence(motion: Motion) -> Float32MultiArray:
    """How sure each of the 22 joints is, 0..1, and the fingers of each hand; the label names their order."""
    if motion.hands is None:
        return _labelled(JOINT_NAMES, motion.confidence)
    return _labelled((*JOINT_NAMES, *HANDS), np.concatenate([motion.confidence, motion.hands.confidence]))


def _labelled(names: tuple[str, ...], values: np.ndarray) -> Float32MultiArray:
    dimension = MultiArrayDimension(label=",".join(names), size=len(names), stride=len(names))
    return Float32MultiArray(layout=MultiArrayLayout(dim=[dimension]), data=values.astype(float).tolist())


def _header(stamp_ns: int, frame: str) -> Header:
    return Header(stamp=time_from_ns(stamp_ns), frame_id=frame)


def framed(name: str, prefix: str) -> str:
    """The frame of TF of a body part: its name after the prefix, if there is one."""
    return f"{prefix}/{name}" if prefix else name


def _unit(motion: Motion, root: RootPose) -> np.ndarray:
    """Local rotations (22, 4), unit to double precision; the pelvis' is the root's."""
    return np.vstack([root.quat, quat_normalize(motion.quat_local[1:].astype(float))])


def _xyz(kind, vector: np.ndarray):
    x, y, z = vector.tolist()
    return kind(x=x, y=y, z=z)


def _xyzw(quat: np.ndarray) -> Quaternion:
    x, y, z, w = quat.tolist()
    return Quaternion(x=x, y=y, z=z, w=w)

"""From what a capture node publishes to the pose that a robot follows."""

import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped, Vector3Stamped
from sensor_msgs.msg import JointState

from vtm.body.hand_urdf import HAND_ANGLE_NAMES
from vtm.body.joint_angles import ANGLE_NAMES, JOINT_ORDERS
from vtm.body.rotations import matrix_from_quat, quat_normalize
from vtm.body.skeleton import JOINT_NAMES, VIRTUAL_OFFSETS
from vtm.errors import VtmError
from vtm.types import HandPoses
from vtm_robot.retarget.person import PersonPose, upright_pose


class About(NamedTuple):
    """What is known of the person besides the pose.

    Attributes:
        offsets: (22, 3) m, of the bones.
        confidence: (22,) in 0..1.
        person: A number of whom it is.
        hands: (2,) in 0..1, the confidence of their fingers.
    """

    offsets: np.ndarray = VIRTUAL_OFFSETS
    confidence: np.ndarray = np.ones(len(JOINT_NAMES))
    person: int = 0
    hands: np.ndarray = np.zeros(2)


_EYE = np.eye(3)
_CROSS = np.array([np.cross(_EYE["xyz".index(axis)], -_EYE) for order in JOINT_ORDERS for axis in order])
_CROSS_TWICE = _CROSS @ _CROSS
"""By Rodrigues' formula a hinge turns by 1 + sin(a) cross + (1 - cos(a)) cross², in a third of the time that
`matrix_from_joint_angles` takes for one pose."""
_NAMES, _WITH_HANDS = list(ANGLE_NAMES), [*ANGLE_NAMES, *HAND_ANGLE_NAMES]


def person_of(angles: JointState, root: PoseWithCovarianceStamped, up: Vector3Stamped, about: About) -> PersonPose:
    """Read the pose that three messages of one instant tell.

    Args:
        angles: The person's joint states.
        root: The pelvis.
        up: What is up in the frame of the pelvis.
        about: What is known besides.

    Returns:
        The pose, upright.

    Raises:
        VtmError: They tell no pose.
    """
    if up.header.frame_id != root.header.frame_id:
        raise VtmError(f"`up` is told in {up.header.frame_id!r}, `root_pose` in {root.header.frame_id!r}")
    local, at, hands = body_of(angles, root, about)
    upwards = np.array([up.vector.x, up.vector.y, up.vector.z])
    return upright_pose(local, at, upwards, about.offsets, about.confidence, about.person, hands)


def body_of(
    angles: JointState, root: PoseWithCovarianceStamped, about: About
) -> tuple[np.ndarray, np.ndarray, HandPoses | None]:
    """Read the body that two messages of one instant tell.

    Args:
        angles: The person's joint states.
        root: The pelvis.
        about: What is known besides.

    Returns:
        Rotations (22, 3, 3) relative to the parent, the pelvis' in the frame of `root`; its place (3,) m there; the
        fingers, None where there are none.

    Raises:
        VtmError: They tell no body.
    """
    turned, fingers = _angles(angles)
    turned = turned[:, None, None]
    place, quat = root.pose.pose.position, root.pose.pose.orientation
    local = np.empty((len(JOINT_NAMES), 3, 3))
    local[0] = matrix_from_quat(quat_normalize(np.array([quat.x, quat.y, quat.z, quat.w])))
    hinges = (_EYE + np.sin(turned) * _CROSS + (1 - np.cos(turned)) * _CROSS_TWICE).reshape(-1, 3, 3, 3)
    np.matmul(hinges[:, 0] @ hinges[:, 1], hinges[:, 2], out=local[1:])
    hands = None if fingers is None else HandPoses(np.nan_to_num(fingers), about.hands * np.isfinite(fingers).all(1))
    return local, np.array([place.x, place.y, place.z]), hands


def _angles(state: JointState) -> tuple[np.ndarray, np.ndarray | None]:
    """The angles of the body (63,) and of both hands (2, 21) rad, None where there are none."""
    names = state.name if isinstance(state.name, list) else list(state.name)
    wanted = _NAMES if len(names) == len(_NAMES) else _WITH_HANDS
    if names != wanted:
        known = dict(zip(names, state.position, strict=False))
        if any(name not in known for name in _NAMES):
            raise VtmError("`joint_states` are not those of a person; remap it to the capture node's")
        wanted = _WITH_HANDS if all(name in known for name in HAND_ANGLE_NAMES) else _NAMES
        angles = np.array([known[name] for name in wanted])
    else:
        angles = np.array(state.position)
    if angles.shape != (len(wanted),):
        raise VtmError("`joint_states` has names without positions")
    return angles[: len(_NAMES)], angles[len(_NAMES) :].reshape(2, -1) if len(wanted) > len(_NAMES) else None


def offsets_of(description: str) -> np.ndarray:
    """Read the bones of a person's URDF as the capture node writes it.

    Args:
        description: URDF text.

    Returns:
        (22, 3) m, offsets in the parent's frame.

    Raises:
        VtmError: It is not a person's.
    """
    try:
        joints = {joint.get("name"): joint for joint in ElementTree.fromstring(description).findall("joint")}
        offsets = np.zeros((len(JOINT_NAMES), 3))
        for index, order in enumerate(JOINT_ORDERS, start=1):
            origin = joints[f"{JOINT_NAMES[index]}_{order[0]}"].find("origin")
            offsets[index] = [float(number) for number in origin.get("xyz").split()]  # type: ignore[union-attr]
    except (ElementTree.ParseError, KeyError, AttributeError, ValueError) as error:
        raise VtmError("`robot_description` is not that of a person; remap it to the capture node's") from error
    return offsets

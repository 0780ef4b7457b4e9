"""Pure builders: the hands of one instant of motion to ROS messages."""

import numpy as np
from geometry_msgs.msg import Point, Pose, PoseArray, Quaternion, TransformStamped, Vector3
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from vtm.body.hand import HAND_PARENTS, JOINTS, OFFSETS, finger_rotations, hinge_axes
from vtm.body.hand_urdf import HAND_ANGLE_NAMES, SIDES, hinges_of
from vtm.body.rotations import matrix_from_rotvec, quat_from_matrix
from vtm.body.skeleton import VIRTUAL_OFFSETS, bone_lengths, person_scale
from vtm.types import HandLandmarks, HandPoses
from vtm_ros.conversions.messages import framed, time_from_ns


def hand_points(stamp_ns: int, hand: HandLandmarks, camera_frame: str) -> PoseArray:
    """The 21 points of a hand in MediaPipe's order, metres from its wrist along the camera's optical axes."""
    relative = (hand.world - hand.world[0]).astype(float).tolist()
    poses = [Pose(position=Point(x=x, y=y, z=z)) for x, y, z in relative]
    return PoseArray(header=Header(stamp=time_from_ns(stamp_ns), frame_id=camera_frame), poses=poses)


def add_fingers(state: JointState, hands: HandPoses) -> None:
    """Append the 42 finger joints, radians."""
    state.name += HAND_ANGLE_NAMES
    state.position.extend(hands.angles.astype(float).ravel().tolist())


def finger_transforms(stamp_ns: int, hands: HandPoses, offsets: np.ndarray, prefix: str) -> list[TransformStamped]:
    """30 transforms: each finger joint in its parent.

    Args:
        stamp_ns: Nanoseconds.
        hands: The pose.
        offsets: (22, 3) m of the body, those of the published description.
        prefix: Of the frames, empty for none.
    """
    size, stamp, built = hand_size(offsets), time_from_ns(stamp_ns), []
    for angles, side, mirror in zip(hands.angles, SIDES, (1.0, -1.0), strict=True):
        quats = quat_from_matrix(finger_rotations(angles.astype(np.float64), side))
        places = OFFSETS * (size, mirror * size, size)
        for joint, (quat, place) in enumerate(zip(quats.tolist(), places.tolist(), strict=True)):
            parent = HAND_PARENTS[joint]
            above = f"{side}_{JOINTS[parent]}" if parent >= 0 else f"{side}_wrist"
            transform = TransformStamped(
                header=Header(stamp=stamp, frame_id=framed(above, prefix)),
                child_frame_id=framed(f"{side}_{JOINTS[joint]}", prefix),
            )
            transform.transform.translation = Vector3(**dict(zip("xyz", place, strict=True)))
            transform.transform.rotation = Quaternion(**dict(zip("xyzw", quat, strict=True)))
            built.append(transform)
    return built


def finger_links_between(stamp_ns: int, hands: HandPoses, offsets: np.ndarray, prefix: str) -> list[TransformStamped]:
    """12 transforms: the massless links of the description between the hinges of joints that have several.

    The arguments are those of `finger_transforms`.
    """
    size, stamp, built = hand_size(offsets), time_from_ns(stamp_ns), []
    for angles, side, mirror in zip(hands.angles, SIDES, (1.0, -1.0), strict=True):
        axes = hinge_axes(side)
        for joint, parent in enumerate(HAND_PARENTS):
            above = f"{side}_{JOINTS[parent]}" if parent >= 0 else f"{side}_wrist"
            place = OFFSETS[joint] * (size, mirror * size, size)
            for angle, link in hinges_of(joint)[:-1]:
                transform = TransformStamped(header=Header(stamp=stamp, frame_id=framed(above, prefix)))
                above, turn = f"{side}_{link}", quat_from_matrix(matrix_from_rotvec(float(angles[angle]) * axes[angle]))
                transform.child_frame_id = framed(above, prefix)
                transform.transform.translation = Vector3(**dict(zip("xyz", place.tolist(), strict=True)))
                transform.transform.rotation = Quaternion(**dict(zip("xyzw", turn.tolist(), strict=True)))
                built.append(transform)
                place = np.zeros(3)
    return built


def hand_size(offsets: np.ndarray) -> float:
    """Size of the hands over the virtual skeleton's, of a person with these `offsets` (22, 3) m."""
    return float(person_scale(bone_lengths(offsets) / bone_lengths(VIRTUAL_OFFSETS)))

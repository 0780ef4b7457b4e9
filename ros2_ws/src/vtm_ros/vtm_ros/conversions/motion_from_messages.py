"""From the messages of a capture node back to the motion that they tell."""

import numpy as np
from tf2_msgs.msg import TFMessage

from vtm.body.hand import HAND_JOINT_NAMES, SIDES, finger_angles
from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.rotations import matrix_from_quat, quat_from_matrix, quat_normalize
from vtm.body.skeleton import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, VIRTUAL_OFFSETS, bone_lengths
from vtm.camera import Intrinsics
from vtm.types import CameraPose, HandPoses, Motion, Observation
from vtm_ros.conversions.messages import framed, ns_from_time
from vtm_ros.conversions.tf_tree import Pose


def root_frame(message: TFMessage, prefix: str) -> str | None:
    """The frame that the pelvis is given in, None where the message does not carry a whole person.

    Args:
        message: Transforms.
        prefix: Of the person's frames.
    """
    children = {item.child_frame_id: item.header.frame_id for item in message.transforms}
    wanted = [framed(name, prefix) for name in JOINT_NAMES]
    return children[wanted[0]] if all(name in children for name in wanted) else None


def motion_of(
    message: TFMessage,
    prefix: str,
    lens: Intrinsics,
    camera: Pose | None,
    confidence: np.ndarray,
    contacts: np.ndarray,
) -> Motion:
    """The motion of the 22 transforms, and of 30 of fingers where they are there, without 2D keypoints.

    Args:
        message: The transforms.
        prefix: Of the person's frames.
        lens: The camera's.
        camera: Its pose in the frame of the pelvis, None where that is the camera's own.
        confidence: (22,) of the joints, those of both hands may follow.
        contacts: (4,) of left heel, left toe, right heel, right toe.
    """
    quats, places = np.zeros((len(JOINT_NAMES), 4)), np.zeros((len(JOINT_NAMES), 3))
    joints = {framed(name, prefix): index for name, index in JOINT_INDEX.items()}
    for item in message.transforms:
        joint = joints.get(item.child_frame_id)
        if joint is not None:
            turn, place = item.transform.rotation, item.transform.translation
            quats[joint], places[joint] = (turn.x, turn.y, turn.z, turn.w), (place.x, place.y, place.z)
    root = Pose(matrix_from_quat(quat_normalize(quats[0])), places[0])
    if camera is not None:
        root = camera.inverse() @ root
        quats[0] = quat_from_matrix(root.rotation)
    stamp_ns = ns_from_time(message.transforms[0].header.stamp)
    nothing = np.full((NUM_KEYPOINTS, 2), np.nan, np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    return Motion(
        stamp_ns=stamp_ns,
        quat_local=quats.astype(np.float32),
        root_cam=root.translation.astype(np.float32),
        bone_ratio=(bone_lengths(places) / bone_lengths(VIRTUAL_OFFSETS)).astype(np.float32),
        confidence=confidence[:NUM_JOINTS],
        contacts=contacts,
        observation=Observation(stamp_ns, lens, *nothing),
        camera=None if camera is None else CameraPose(camera.rotation, camera.translation),
        hands=_hands(message, prefix, confidence[NUM_JOINTS:]),
    )


def _hands(message: TFMessage, prefix: str, confidence: np.ndarray) -> HandPoses | None:
    turns = {item.child_frame_id: item.transform.rotation for item in message.transforms}
    found = [turns.get(framed(name, prefix)) for name in HAND_JOINT_NAMES]
    quats = np.array([(turn.x, turn.y, turn.z, turn.w) for turn in found if turn])
    if len(quats) < len(found) or len(confidence) != len(SIDES):
        return None
    local = matrix_from_quat(quats).reshape(2, 15, 3, 3)
    angles = [finger_angles(local[hand], side) for hand, side in enumerate(SIDES)]
    return HandPoses(np.array(angles, np.float32), confidence)

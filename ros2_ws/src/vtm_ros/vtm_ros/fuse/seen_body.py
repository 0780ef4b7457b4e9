"""From the body that a capture node publishes to what its camera sees of it."""

from dataclasses import dataclass, replace

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from sensor_msgs.msg import JointState

from vtm.body.keypoint_offsets import BASE, OFFSET, SITED
from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import NUM_JOINTS, VIRTUAL_OFFSETS, bone_lengths
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import CameraPose, Motion, Observation
from vtm_ros.conversions.messages import ns_from_time
from vtm_ros.conversions.person_from_messages import About, body_of
from vtm_ros.conversions.tf_tree import Pose
from vtm_ros.outputs.motion_publisher import is_sound
from vtm_trt.bundle_adjustment.body import place_points

LENS = Intrinsics(2000, 2000, 1000.0, 1000.0, 1000.0, 1000.0)
"""Of no camera: the keypoints are put into its picture and taken out again."""
CONVENTION = 1.0
"""The keypoints are put where our own network finds them, since the body was made of such."""
NEAREST_M, FURTHEST_M = 0.1, 1000.0
"""In front of the camera; what is not between them is not seen."""


@dataclass(frozen=True, eq=False)
class Body:
    """A body in a frame of TF.

    Attributes:
        motion: The body, with `root_cam` and the rotation of the pelvis in that frame; nothing is observed yet.
        frame: Its name.
    """

    motion: Motion
    frame: str


def heard_body(angles: JointState, root: PoseWithCovarianceStamped, about: About, contacts: np.ndarray) -> Body:
    """The body that two messages of one stamp tell.

    Args:
        angles: The person's joint states.
        root: The pelvis.
        about: What is known besides.
        contacts: (4,) in 0..1.

    Raises:
        VtmError: They tell no body.
    """
    local, at, hands = body_of(angles, root, about)
    if not (np.isfinite(local).all() and np.isfinite(at).all() and np.abs(at).max() < FURTHEST_M):
        raise VtmError("`joint_states` and `root_pose` tell no place; check what publishes them")
    stamp_ns = ns_from_time(angles.header.stamp)
    unseen = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    motion = Motion(
        stamp_ns=stamp_ns,
        quat_local=quat_from_matrix(local).astype(np.float32),
        root_cam=at.astype(np.float32),
        bone_ratio=(bone_lengths(about.offsets) / bone_lengths(VIRTUAL_OFFSETS)).astype(np.float32),
        confidence=np.clip(about.confidence[:NUM_JOINTS], 0, 1).astype(np.float32),
        contacts=np.clip(np.nan_to_num(contacts), 0, 1).astype(np.float32),
        observation=Observation(stamp_ns, LENS, *unseen, keypoint_convention=CONVENTION),
        hands=hands,
    )
    if not is_sound(motion):
        raise VtmError("`robot_description` has bones without length; check what publishes it")
    return Body(motion, root.header.frame_id)


def seen_from(body: Body, camera: Pose, place: Pose) -> Motion:
    """The body as its camera has it, with the keypoints that it shows there.

    Args:
        body: As it was heard.
        camera: The camera's optical axes in the frame of the body.
        place: The same in the world.
    """
    motion, inverse = body.motion, camera.inverse()
    quat = motion.quat_local.astype(np.float64)
    quat[0] = quat_from_matrix(inverse.rotation @ matrix_from_quat(quat[0]))
    root = inverse.rotation @ motion.root_cam + inverse.translation
    _, points = place_points(matrix_from_quat(quat)[None], motion.bone_ratio.astype(np.float64), OFFSET[None])
    sites = points[0, -SITED:] + root
    shown = sites[:, 2] > NEAREST_M
    keypoints, confidence = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    if shown.any():
        keypoints[:SITED][shown] = LENS.project(sites[shown])
    confidence[:SITED] = np.where(shown, motion.confidence[BASE], 0)
    pose = CameraPose(place.rotation, place.translation, source="tf")
    seen = replace(motion.observation, keypoints=keypoints, confidence=confidence, camera=pose)
    return replace(
        motion, quat_local=quat.astype(np.float32), root_cam=root.astype(np.float32), observation=seen, camera=pose
    )

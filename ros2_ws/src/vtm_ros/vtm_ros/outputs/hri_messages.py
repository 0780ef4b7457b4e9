"""Pure builders of REP-155 messages. hri_msgs is optional: its module, `kinds`, is handed over."""

import os
from types import ModuleType
from typing import Any

import numpy as np
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.rotations import matrix_from_quat
from vtm.errors import VtmError
from vtm.types import Observation
from vtm_ros.conversions.root_pose import RootPose
from vtm_ros.outputs.hri_body import ANGLE_NAMES, JOINTS, body_origin, origins

SKELETON_2D = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "left_eye", "right_eye",
    "left_ear", "right_ear",
)  # fmt: skip
"""Our keypoints in the order of hri_msgs/Skeleton2D."""


def kinds() -> ModuleType:
    """The module hri_msgs.msg.

    Raises:
        VtmError: It is not installed.
    """
    try:
        from hri_msgs import msg
    except ImportError as missing:
        distro = os.environ.get("ROS_DISTRO", "<distro>")
        raise VtmError(f"hri needs hri_msgs; install ros-{distro}-hri-msgs, or set hri:=false") from missing
    return msg


def skeleton2d(kinds: ModuleType, header: Header, observation: Observation) -> Any:
    """The 2D skeleton. Keypoints outside the image lie on its border, with confidence 0.

    Args:
        kinds: hri_msgs.msg.
        header: Of the message.
        observation: The keypoints.

    Returns:
        hri_msgs/Skeleton2D.
    """
    points = _shares(observation)[[KEYPOINT_INDEX[name] for name in SKELETON_2D]].tolist()
    kind = kinds.NormalizedPointOfInterest2D
    return kinds.Skeleton2D(header=header, skeleton=[kind(x=x, y=y, c=c) for x, y, c in points])


def roi(kinds: ModuleType, header: Header, observation: Observation) -> Any:
    """The box round the keypoints in the image; c is their mean confidence.

    Args:
        kinds: hri_msgs.msg.
        header: Of the message.
        observation: The keypoints.

    Returns:
        hri_msgs/NormalizedRegionOfInterest2D.
    """
    points = _shares(observation)
    seen = points[points[:, 2] > 0, :2]
    (left, top), (right, bottom) = (seen.min(0).tolist(), seen.max(0).tolist()) if len(seen) else ((0, 0), (1, 1))
    return kinds.NormalizedRegionOfInterest2D(
        header=header, xmin=float(left), ymin=float(top), xmax=float(right), ymax=float(bottom),
        c=float(points[:, 2].mean()),
    )  # fmt: skip


def _shares(observation: Observation) -> np.ndarray:
    """Keypoints (23, 3) as shares of width and height within 0..1, and confidence, which is 0 outside the image."""
    places = observation.keypoints.astype(float) / (observation.intrinsics.width, observation.intrinsics.height)
    inside = ((places >= 0) & (places <= 1)).all(-1)
    return np.column_stack([np.clip(places, 0, 1), np.where(inside, observation.confidence, 0)])


def transforms(header: Header, root: RootPose, offsets: np.ndarray, angles: np.ndarray, body_id: str) -> TFMessage:
    """The body in the root's frame and every other link in its parent.

    Args:
        header: Of every transform, but for the frame.
        root: Where the pelvis is.
        offsets: (22, 3) m of the person.
        angles: (20,) rad of the REP-155 body.
        body_id: The suffix of its links.
    """
    hips = root.place + matrix_from_quat(root.quat) @ body_origin(offsets)
    built = [_transform(header, root.frame, f"body_{body_id}", hips, root.quat)]
    turned, places = dict(zip(ANGLE_NAMES, angles.tolist(), strict=True)), origins(offsets)
    for joint in JOINTS:
        below = Header(stamp=header.stamp, frame_id=f"{joint.parent}_{body_id}")
        half = turned.get(joint.name, 0.0) / 2
        quat = np.array([*(np.sin(half) * np.array(joint.axis or (0, 0, 0))), np.cos(half)])
        built.append(_transform(below, below.frame_id, f"{joint.child}_{body_id}", places[joint.name], quat))
    return TFMessage(transforms=built)


def _transform(header: Header, parent: str, child: str, place: np.ndarray, quat: np.ndarray) -> TransformStamped:
    transform = TransformStamped(header=Header(stamp=header.stamp, frame_id=parent), child_frame_id=child)
    transform.transform.translation = Vector3(**dict(zip("xyz", place.tolist(), strict=True)))
    transform.transform.rotation = Quaternion(**dict(zip("xyzw", quat.tolist(), strict=True)))
    return transform

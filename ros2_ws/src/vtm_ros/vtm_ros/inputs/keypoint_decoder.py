"""The one place that turns a message of 2D keypoints, of whatever network, into an `Observation`."""

import os
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseArray

from vtm.body.conventions import CONVENTIONS, canonical_points
from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Observation
from vtm_ros.conversions.messages import ns_from_time
from vtm_trt.keypoint_files.point_order import convention_of
from vtm_trt.keypoint_files.points import missing
from vtm_trt.keypoint_files.reading import in_pixels

MOST_SURE = 10.0
"""The largest score that is taken for one: above it the numbers are something else."""


def message_type(source: str) -> Any:
    """The type of the topic `keypoints`.

    Args:
        source: The parameter `keypoints`, but not "network".

    Raises:
        VtmError: hri_msgs is needed and not installed.
    """
    if source == "pose_array":
        return PoseArray
    try:
        from hri_msgs.msg import Skeleton2D
    except ImportError as absent:
        distro = os.environ.get("ROS_DISTRO", "<distro>")
        raise VtmError(
            f"keypoints:=skeleton2d needs hri_msgs; install ros-{distro}-hri-msgs, or set keypoints:=pose_array"
        ) from absent
    return Skeleton2D


def decode_keypoints(message: Any, intrinsics: Intrinsics, convention: str) -> Observation:
    """What a message shows; without points, or without any confidence, nobody.

    Args:
        message: geometry_msgs/PoseArray with a pose for each point, x and y in pixels and the confidence in z; or
            hri_msgs/Skeleton2D, with shares of the picture.
        intrinsics: Of the picture.
        convention: The order of the points, a name of `CONVENTIONS`; "auto" goes by their number.

    Raises:
        VtmError: The message cannot be understood.
    """
    shares = hasattr(message, "skeleton")
    if shares:
        points = np.array([(point.x, point.y, point.c) for point in message.skeleton], np.float64).reshape(-1, 3)
    else:
        places = [pose.position for pose in message.poses]
        points = np.array([(place.x, place.y, place.z) for place in places], np.float64).reshape(-1, 3)
    size = intrinsics.width, intrinsics.height
    points[missing(points) | (points[:, 2] <= 0)] = (np.nan, np.nan, 0.0)
    stamp_ns = ns_from_time(message.header.stamp)
    if not points[:, 2].any():
        return Observation(stamp_ns, intrinsics, *_unseen(intrinsics))
    if points[:, 2].max() > MOST_SURE:
        raise VtmError(
            f"the confidence of a keypoint is {points[:, 2].max():g}; it must be between 0 and 1, in z of its position"
        )
    points[:, 2] = np.minimum(points[:, 2], 1.0)
    asked = "skeleton2d" if shares else None if convention == "auto" else convention
    kind, _ = convention_of(len(points), asked, None)
    found = canonical_points(in_pixels(points[None], size, kind, shares)[0][0], kind)
    nowhere = ~np.isfinite(found).all(-1)
    found[nowhere] = (intrinsics.cx, intrinsics.cy, 0.0)
    return Observation(
        stamp_ns,
        intrinsics,
        found[:, :2].astype(np.float32),
        np.ascontiguousarray(found[:, 2], np.float32),
        keypoint_convention=kind.keypoint_convention,
    )


def _unseen(intrinsics: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    count = CONVENTIONS["vtm23"].count
    return np.full((count, 2), (intrinsics.cx, intrinsics.cy), np.float32), np.zeros(count, np.float32)

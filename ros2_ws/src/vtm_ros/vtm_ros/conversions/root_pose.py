"""Where the person's pelvis is, in the camera's frame or in another one, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from vtm.body.rotations import matrix_from_quat, quat_from_matrix, quat_normalize
from vtm.types import Motion
from vtm_ros.conversions.tf_tree import Pose
from vtm_trt.postprocess.root_error import root_covariance


@dataclass(frozen=True)
class RootPose:
    """The pelvis in a frame.

    Attributes:
        frame: Its name.
        place: (3,) m.
        quat: (4,) unit, xyzw.
        covariance: (6, 6) of x, y, z (m) and of the rotations about them (rad).
    """

    frame: str
    place: np.ndarray
    quat: np.ndarray
    covariance: np.ndarray


def root_in_camera(motion: Motion, camera_frame: str, covariance: np.ndarray | None = None) -> RootPose:
    """The pelvis in the camera's optical axes.

    Args:
        motion: The motion.
        camera_frame: The name of these axes.
        covariance: (6, 6) in them; without, as one camera guesses (`vtm_trt.postprocess.root_error`).
    """
    return RootPose(
        camera_frame,
        motion.root_cam.astype(float),
        quat_normalize(motion.quat_local[0].astype(float)),
        root_covariance(motion) if covariance is None else covariance,
    )


def root_in_world(root: RootPose, camera: Pose, world_frame: str) -> RootPose:
    """The same pelvis in another frame.

    Args:
        root: In the camera's frame.
        camera: The camera's pose in the other frame, which counts as exact.
        world_frame: The name of the other frame.
    """
    turn = np.kron(np.eye(2), camera.rotation)
    return RootPose(
        world_frame,
        camera.rotation @ root.place + camera.translation,
        quat_from_matrix(camera.rotation @ matrix_from_quat(root.quat)),
        turn @ root.covariance @ turn.T,
    )

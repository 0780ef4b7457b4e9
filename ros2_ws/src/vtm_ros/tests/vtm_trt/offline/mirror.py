"""A person behind a mirror: what the camera sees of them, and how they move."""

from dataclasses import replace

import numpy as np

from vtm.body.keypoints import MIRROR_KEYPOINTS
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import MIRROR
from vtm.types import Motion, Observation
from vtm_trt.offline.ways import mirrored_rotations

_JOINTS, _KEYPOINTS = list(MIRROR), list(MIRROR_KEYPOINTS)
_BONES = [joint - 1 for joint in MIRROR[1:]]
_CAMERA = np.diag([-1.0, 1.0, 1.0])


def mirrored_observation(observation: Observation) -> Observation:
    """What a camera without distortion sees of the person through a mirror on its y-z plane. Without image features."""
    lens, camera = replace(observation.intrinsics, distortion=(), fisheye=False), observation.camera
    scale, centre = np.array([lens.fx, lens.fy]), np.array([lens.cx, lens.cy])
    keypoints = observation.rays[_KEYPOINTS] * (-1, 1) * scale + centre
    box = observation.box
    if box is not None:
        corners = observation.intrinsics.rays(np.stack([box[:2], box[:2] + box[2:]])) * (-1, 1) * scale + centre
        box = np.concatenate([corners.min(0), np.ptp(corners, axis=0)])
    if camera is not None:
        camera = replace(camera, rotation=_CAMERA @ camera.rotation @ _CAMERA, position=_CAMERA @ camera.position)
    return replace(
        observation,
        intrinsics=lens,
        keypoints=keypoints.astype(np.float32),
        confidence=observation.confidence[_KEYPOINTS],
        box=box,
        image=None,
        camera=camera,
    )


def mirrored_motion(motion: Motion) -> Motion:
    """The motion of the person behind the mirror of `mirrored_observation`; its observation stays as it is."""
    local = mirrored_rotations(matrix_from_quat(motion.quat_local.astype(np.float64)))
    return replace(
        motion,
        quat_local=quat_from_matrix(local).astype(np.float32),
        root_cam=motion.root_cam * np.array([-1, 1, 1], np.float32),
        bone_ratio=motion.bone_ratio[_BONES],
        confidence=motion.confidence[_JOINTS],
        contacts=motion.contacts[[2, 3, 0, 1]],
    )

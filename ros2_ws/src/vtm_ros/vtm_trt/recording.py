"""What only a recording allows: to see it four ways, and to adjust it as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vtm.adjustment import Recording, adjust
from vtm.body.kinematics import forward_kinematics
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import person_scale, scaled_offsets, stature
from vtm.camera import Intrinsics
from vtm.records import Motion
from vtm.translation import solve_root
from vtm_trt.four_ways import four_ways
from vtm_trt.stream import MotionStream


def recording(
    stream: MotionStream, motions: Sequence[Motion], stamps_ns: Sequence[int], intrinsics: Intrinsics
) -> list[Motion]:
    """Better motions than `motions`, of one pass over the frames with these stamps."""
    size = _height if stream.subject_height else person_scale
    return adjusted(four_ways(stream, motions, stamps_ns, intrinsics), size)


def adjusted(motions: Sequence[Motion], size: Callable[[np.ndarray], float] = person_scale) -> list[Motion]:
    """`motions` of one person with one skeleton, in order of time, brought closer to their keypoints where these are
    consistent. The person's `size`, told from the bone ratio (21,), stays."""
    if not motions:
        return []
    seen = [motion.observation for motion in motions]
    ratio = motions[0].bone_ratio.astype(np.float64)
    found = adjust(
        Recording(
            local=matrix_from_quat(np.stack([motion.quat_local for motion in motions]).astype(np.float64)),
            depth=np.array([motion.root_cam[2] for motion in motions], np.float64),
            bone_ratio=ratio,
            rays=np.stack([observation.rays for observation in seen]),
            confidence=np.stack([observation.confidence for observation in seen]),
            definition=np.array([observation.definition for observation in seen]),
            seconds=np.array([motion.stamp_ns - motions[0].stamp_ns for motion in motions]) * 1e-9,
        )
    )
    if found is None:
        return list(motions)
    local, depth, bones = found
    scale = size(ratio) / size(bones)
    bones, depth = bones * scale, depth * scale
    _, joints = forward_kinematics(
        local, np.broadcast_to(scaled_offsets(bones), (*local.shape[:2], 3)), np.zeros((len(local), 3))
    )
    quats = quat_from_matrix(local).astype(np.float32)
    roots = [
        solve_root(float(z), pose, observation.rays, observation.confidence)
        for z, pose, observation in zip(depth, joints, seen, strict=True)
    ]
    return [
        replace(motion, quat_local=quat, root_cam=root, bone_ratio=bones.astype(np.float32))
        for motion, quat, root in zip(motions, quats, roots, strict=True)
        if root is not None
    ]


def _height(ratio: np.ndarray) -> float:
    return stature(scaled_offsets(ratio))

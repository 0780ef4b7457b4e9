"""What only a recording allows: to see it four ways, and to adjust it as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vtm.adjustment import Recording, adjust
from vtm.body.rotations import matrix_from_quat, quat_from_matrix
from vtm.body.skeleton import person_scale, scaled_offsets, stature
from vtm.camera import Intrinsics
from vtm.records import Motion
from vtm_trt.four_ways import four_ways
from vtm_trt.relabelled import as_labelled, relabelled
from vtm_trt.stream import MotionStream
from vtm_trt.stretches import stretches


def recording(
    stream: MotionStream, motions: Sequence[Motion], stamps_ns: Sequence[int], intrinsics: Intrinsics
) -> list[Motion]:
    """Better motions than `motions`, of one pass over the frames with these stamps."""
    size = _height if stream.subject_height else person_scale
    with as_labelled(stream):
        seen = four_ways(stream, relabelled(stream, motions), stamps_ns, intrinsics)
    return [motion for piece in stretches(seen) for motion in adjusted(piece, size)]


def adjusted(motions: Sequence[Motion], size: Callable[[np.ndarray], float] = person_scale) -> list[Motion]:
    """`motions` of one person with one skeleton, in order of time, brought closer to their keypoints where these can
    be followed: `Motion.adjusted` says where. The person's `size`, told from the bone ratio (21,), stays."""
    if not motions:
        return []
    seen = [motion.observation for motion in motions]
    ratio = motions[-1].bone_ratio.astype(np.float64)
    scales = [size(ratio) / size(motion.bone_ratio.astype(np.float64)) for motion in motions]
    found = adjust(
        Recording(
            local=matrix_from_quat(np.stack([motion.quat_local for motion in motions]).astype(np.float64)),
            root=np.array([motion.root_cam * scale for motion, scale in zip(motions, scales, strict=True)], np.float64),
            bone_ratio=ratio,
            rays=np.stack([observation.rays for observation in seen]),
            confidence=np.stack([observation.confidence for observation in seen]),
            definition=np.array([observation.definition for observation in seen]),
            contacts=np.stack([motion.contacts for motion in motions]).astype(np.float64),
            seconds=np.array([motion.stamp_ns - motions[0].stamp_ns for motion in motions]) * 1e-9,
        )
    )
    scale = size(ratio) / size(found.bone_ratio)
    bones = (found.bone_ratio * scale).astype(np.float32)
    quats, roots = quat_from_matrix(found.local).astype(np.float32), (found.root * scale).astype(np.float32)
    return [
        replace(motion, quat_local=quat, root_cam=root, bone_ratio=bones, adjusted=bool(followed))
        for motion, quat, root, followed in zip(motions, quats, roots, found.followed, strict=True)
    ]


def _height(ratio: np.ndarray) -> float:
    return stature(scaled_offsets(ratio))

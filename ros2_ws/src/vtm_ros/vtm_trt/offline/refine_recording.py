"""What only a recording allows: to see it four ways, and to adjust it as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vtm.body.rotations import quat_from_matrix
from vtm.body.skeleton import person_scale, scaled_offsets, stature
from vtm.camera import Intrinsics
from vtm.types import Motion
from vtm_trt.bundle_adjustment import adjust
from vtm_trt.bundle_adjustment.evidence import evidence
from vtm_trt.bundle_adjustment.following import Following
from vtm_trt.offline.relabelled import as_labelled, relabelled
from vtm_trt.offline.screening import of_each
from vtm_trt.offline.sections import joined, sections
from vtm_trt.offline.test_time_augmentation import test_time_augmentation
from vtm_trt.stream.person_stream import MotionStream


def recording(
    stream: MotionStream,
    motions: Sequence[Motion],
    stamps_ns: Sequence[int],
    intrinsics: Intrinsics,
    feet: bool = True,
) -> list[Motion]:
    """Better motions than those of one pass over a recording; everybody has one skeleton.

    Args:
        stream: What the pass ran through.
        motions: Of the pass.
        stamps_ns: Of all its frames, nanoseconds.
        intrinsics: The camera's.
        feet: Whether feet that stand are held where they stand.
    """
    size = _height if stream.subject_height else person_scale
    found: list[Motion] = []
    for theirs in of_each(motions):
        parts, bones = sections(relabelled(stream, theirs)), None
        for part in sorted(parts, key=_seen, reverse=True):  # what is seen best tells the bones for all
            stamps = [stamp for stamp in stamps_ns if part[0].stamp_ns <= stamp <= part[-1].stamp_ns]
            with as_labelled(stream):
                seen = test_time_augmentation(stream, part, stamps, intrinsics, bones)
            part[:] = adjusted(seen, size, feet, grow=bones is None)
            bones = part[0].bone_ratio
        found += joined(parts)
    return sorted(found, key=lambda motion: motion.stamp_ns)


def _seen(motions: Sequence[Motion]) -> float:
    return sum(float(motion.observation.confidence.sum()) for motion in motions)


def adjusted(
    motions: Sequence[Motion],
    size: Callable[[np.ndarray], float] = person_scale,
    feet: bool = True,
    grow: bool = True,
) -> list[Motion]:
    """Bring the motions of one person closer to their keypoints where these can be followed.

    Args:
        motions: With one skeleton, in order of time.
        size: What stays, of the person; told from the bone ratio (21,).
        feet: Whether feet that stand are held where they stand.
        grow: Whether the bones may grow and shrink.

    Returns:
        As many motions; `Motion.adjusted` says which keypoints could be followed.
    """
    if not motions:
        return []
    given, ratio = evidence(motions), motions[-1].bone_ratio.astype(np.float64)
    scales = [size(ratio) / size(bones) for bones in given.bone_ratio]
    found = adjust(replace(given, root=given.root * np.array(scales)[:, None], bone_ratio=ratio), feet, grow)
    scale = size(ratio) / size(found.bone_ratio)
    bones = (found.bone_ratio * scale).astype(np.float32)
    roots, quats = (found.root * scale).astype(np.float32), quat_from_matrix(found.local).astype(np.float32)
    contacts: np.ndarray = found.contacts.astype(np.float32)
    following = Following()  # the adjustment smooths, and may leave quick limbs behind their keypoints
    return [
        following(replace(motion, quat_local=quats[row], root_cam=roots[row], bone_ratio=bones, contacts=contacts[row],
                          adjusted=bool(found.followed[row])))
        for row, motion in enumerate(motions)
    ]  # fmt: skip


def _height(ratio: np.ndarray) -> float:
    return stature(scaled_offsets(ratio))

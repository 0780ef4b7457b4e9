"""A recording can be seen four ways: forwards and backwards, and both in the mirror.

Training shows the network motion mirrored and played backwards, so each way is as good as the others and errs in its
own way: their mean is better than any. Where they contradict each other, a way that fits the keypoints worse, or turns
the person otherwise than the best, counts for less: the mean of a front and a back view is neither.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter1d

from vtm.body.keypoints import MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.body.rotations import matrix_from_quat, quat_from_matrix, quat_normalize
from vtm.body.skeleton import MIRROR, person_scale
from vtm.camera import Intrinsics
from vtm.types import Motion, Observation
from vtm_trt.bundle_adjustment.evidence import evidence
from vtm_trt.bundle_adjustment.fit import misfit
from vtm_trt.offline.run_sequence import run_sequence
from vtm_trt.stream.person_stream import MotionStream

_JOINTS, _KEYPOINTS = list(MIRROR), list(MIRROR_KEYPOINTS)
_BONES = [joint - 1 for joint in MIRROR[1:]]
_FEET = [2, 3, 0, 1]
MISFIT_M, TURNED = 0.03, 0.8
"""By how much worse a way fits its keypoints, and by how many radians its pelvis is turned from that of the best, to
count for e^-1 as much."""
SMOOTH_FRAMES = 9
"""Frames over which the misfits of the ways are averaged."""
_CAMERA, _BODY = np.diag([-1.0, 1.0, 1.0]), np.diag([1.0, -1.0, 1.0])


def test_time_augmentation(
    stream: MotionStream, motions: Sequence[Motion], stamps_ns: Sequence[int], intrinsics: Intrinsics
) -> list[Motion]:
    """The mean of the motions of one pass and of what the three other ways give.

    Everybody has one skeleton: the mean of what the ways know at their ends.

    Args:
        stream: What the pass ran through.
        motions: Of the pass.
        stamps_ns: Of all its frames, nanoseconds.
        intrinsics: The camera's.
    """
    if not motions:
        return []
    by_stamp = {motion.stamp_ns: motion.observation for motion in motions}
    nobody = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
    forwards = [by_stamp.get(stamp) or Observation(stamp, intrinsics, *nobody) for stamp in stamps_ns]
    turn = stamps_ns[0] + stamps_ns[-1]
    backwards = [replace(observation, stamp_ns=turn - observation.stamp_ns) for observation in reversed(forwards)]

    def seen_again(observations: list[Observation], mirrored: bool) -> dict[int, Motion]:
        items = [mirrored_observation(observation) if mirrored else observation for observation in observations]
        again = replace(stream, tracker=None)
        found = run_sequence(again, again.lifts, items)[0]
        found = [mirrored_motion(motion) for motion in found] if mirrored else found
        return {motion.stamp_ns if observations is forwards else turn - motion.stamp_ns: motion for motion in found}

    with ThreadPoolExecutor(2) as threads:
        side_by_side = threads.map if stream.lifter.runner.concurrent else map
        others = side_by_side(seen_again, (forwards, backwards, backwards), (True, False, True))
        ways = [{motion.stamp_ns: motion for motion in motions}, *others]
    bones = [list(way.values())[-1].bone_ratio for way in ways if way]
    ratio = np.stack(bones).mean(0, dtype=np.float64).astype(np.float32)
    return _mean(motions, ways, ratio)


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
    local = _BODY @ matrix_from_quat(motion.quat_local.astype(np.float64))[_JOINTS] @ _BODY
    local[0] = _CAMERA @ matrix_from_quat(motion.quat_local[0].astype(np.float64)) @ _BODY
    return replace(
        motion,
        quat_local=quat_from_matrix(local).astype(np.float32),
        root_cam=motion.root_cam * np.array([-1, 1, 1], np.float32),
        bone_ratio=motion.bone_ratio[_BONES],
        confidence=motion.confidence[_JOINTS],
        contacts=motion.contacts[_FEET],
    )


def _mean(motions: Sequence[Motion], ways: Sequence[dict[int, Motion]], ratio: np.ndarray) -> list[Motion]:
    """`motions` with the mean of what the ways say at their stamps, on a skeleton with bones `ratio` (21,).

    The depth scales with the person.
    """
    there = [[replace(way.get(one.stamp_ns, one), observation=one.observation) for one in motions] for way in ways]
    said = np.array([[one.stamp_ns in way for one in motions] for way in ways])
    quats = np.stack([[one.quat_local for one in way] for way in there]).astype(np.float64)
    roots = np.stack([[one.root_cam / person_scale(one.bone_ratio) for one in way] for way in there])
    share = said * _shares(quats[:, :, 0], np.stack([misfit(evidence(way)) for way in there]))
    share /= share.sum(0)
    side = np.where((quats * quats[0]).sum(-1, keepdims=True) < 0, -1, 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.einsum("wt,wt...->t...", share, values)

    quat = quat_normalize(mean(quats * side)).astype(np.float32)
    root = (mean(roots) * person_scale(ratio)).astype(np.float32)
    sure, stands = (
        mean(np.stack([[getattr(one, name) for one in way] for way in there])).astype(np.float32)
        for name in ("confidence", "contacts")
    )
    return [
        replace(one, quat_local=quat[row], root_cam=root[row], bone_ratio=ratio, confidence=sure[row],
                contacts=stands[row])
        for row, one in enumerate(motions)
    ]  # fmt: skip


def _shares(pelvis: np.ndarray, misfits: np.ndarray) -> np.ndarray:
    """How much each way counts, (W, T).

    All count the same where they agree; one that is turned otherwise or fits its keypoints worse than the best counts
    less.

    Args:
        pelvis: (W, T, 4) quaternions.
        misfits: (W, T) m.
    """
    cosine = np.abs(np.einsum("wtq,vtq->wvt", pelvis, pelvis))
    turned = 2 * np.arccos(np.minimum(cosine, 1.0))
    fits = uniform_filter1d(misfits, SMOOTH_FRAMES, axis=1, mode="nearest")
    alone = uniform_filter1d(turned.mean(1), SMOOTH_FRAMES, axis=1, mode="nearest")
    best = np.argmin(fits / MISFIT_M + alone / TURNED, axis=0)
    every = np.arange(len(best))
    worse = np.maximum(fits - fits[best, every], 0) / MISFIT_M
    return np.exp(-(worse**2) - (turned[:, best, every] / TURNED) ** 2)

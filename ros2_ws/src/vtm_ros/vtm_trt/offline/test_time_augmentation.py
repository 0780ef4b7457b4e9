"""A recording can be seen four ways: forwards and backwards, and both in the mirror.

Training shows the network motion mirrored and played backwards, so each way is as good as the others and errs in its
own way: their mean is better than any. Where they contradict each other, a way that fits the keypoints worse, or turns
the person otherwise than the best, counts for less: the mean of a front and a back view is neither.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

import numpy as np
from scipy.ndimage import uniform_filter1d

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.body.rotations import quat_normalize
from vtm.body.skeleton import person_scale
from vtm.camera import Intrinsics
from vtm.types import Motion, Observation
from vtm_trt.bundle_adjustment.evidence import evidence
from vtm_trt.bundle_adjustment.fit import misfit
from vtm_trt.offline.run_sequence import to_and_fro
from vtm_trt.offline.ways import Way, seen_again
from vtm_trt.stream.person_stream import MotionStream
from vtm_trt.stream.track_gate import Step, TrackGate

WAYS = Way(True, False), Way(False, True), Way(True, True)
"""Beside that of the pass."""
MISFIT_M, TURNED = 0.03, 0.8
"""By how much worse a way fits its keypoints, and by how many radians its pelvis is turned from that of the best, to
count for e^-1 as much."""
SMOOTH_FRAMES = 9
"""Frames over which the misfits of the ways are averaged."""


def test_time_augmentation(
    stream: MotionStream,
    motions: Sequence[Motion],
    stamps_ns: Sequence[int],
    intrinsics: Intrinsics,
    bones: np.ndarray | None = None,
) -> list[Motion]:
    """The mean of the motions of one pass and of what the three other ways give.

    Everybody has one skeleton.

    Args:
        stream: What the pass ran through.
        motions: Of the pass.
        stamps_ns: Of all its frames, nanoseconds.
        intrinsics: The camera's.
        bones: Ratios (21,) of the skeleton; None for the mean of what the ways know at their ends.
    """
    if not motions:
        return []
    given = {motion.stamp_ns: motion.observation for motion in motions}
    if len(motions) <= stream.lookahead:
        seen, shown = to_and_fro(list(given.values()), stream.lookahead)
        windows, stamps = [slice(None)], [one.stamp_ns for one in seen[shown]]
    else:
        nobody = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.float32)
        seen = [given.get(stamp) or Observation(stamp, intrinsics, *nobody) for stamp in stamps_ns]
        windows, stamps = _windows(stream.timeout_ns, seen), list(given)
    own = dict(zip(stamps, given, strict=True))

    def again(way: Way) -> dict[int, Motion]:
        order = windows[::-1] if way.backwards else windows
        found = chain.from_iterable(seen_again(stream.lifter, seen[window], way) for window in order)
        return {own[motion.stamp_ns]: motion for motion in found if motion.stamp_ns in own}

    with ThreadPoolExecutor(2) as threads:
        others = (threads.map if stream.lifter.runner.concurrent else map)(again, WAYS)
        ways = [{motion.stamp_ns: motion for motion in motions}, *others]
    if bones is None:
        known = [list(way.values())[-1].bone_ratio for way in ways if way]
        bones = np.stack(known).mean(0, dtype=np.float64).astype(np.float32)
    return _mean(motions, ways, bones)


def _windows(timeout_ns: int, observations: Sequence[Observation]) -> list[slice]:
    """Stretches in which the motion goes on, from the first to the last frame of each that shows somebody."""
    gate, windows, first, last = TrackGate(timeout_ns), [], None, 0
    for row, seen in enumerate(observations):
        there = seen if seen.confidence.any() else None
        steps = [gate.arrives(seen.stamp_ns, seen.intrinsics).step]
        if Step.NEW_WINDOW in steps:
            gate.forget()
        steps.append(gate.sees(seen.stamp_ns, there).step)
        if first is not None and not {Step.NEW_WINDOW, Step.NEW_PERSON}.isdisjoint(steps):
            windows.append(slice(first, last + 1))
            first = None
            gate.forget()
        if there is not None:
            first, last = row if first is None else first, row
    return windows if first is None else [*windows, slice(first, last + 1)]


def _mean(motions: Sequence[Motion], ways: Sequence[dict[int, Motion]], ratio: np.ndarray) -> list[Motion]:
    """`motions` with the mean of what the ways say at their stamps, on a skeleton with bones `ratio` (21,).

    The depth scales with the person.
    """
    there = [[way.get(one.stamp_ns, one) for one in motions] for way in ways]
    said = np.array([[one.stamp_ns in way for one in motions] for way in ways])
    pelvis = np.array([[one.quat_local[0] for one in way] for way in there], np.float64)
    share = said * _shares(pelvis, np.stack([misfit(evidence(way)) for way in there]))
    share /= share.sum(0)

    def told(name: str) -> np.ndarray:
        return np.array([[getattr(one, name) for one in way] for way in there], np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.einsum("wt,wt...->t...", share, values)

    quats, size = told("quat_local"), person_scale(told("bone_ratio"))[..., None]
    side = np.where((quats * quats[0]).sum(-1, keepdims=True) < 0, -1, 1)
    quat = quat_normalize(mean(quats * side)).astype(np.float32)
    root = (mean(told("root_cam") / size) * person_scale(ratio)).astype(np.float32)
    sure, stands = (mean(told(name)).astype(np.float32) for name in ("confidence", "contacts"))
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

"""Recordings of several cameras to one: what each shows at the same instants, and the person's bones in all of it."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from vtm.body.rotations import quat_normalize
from vtm.errors import VtmError
from vtm.types import Motion
from vtm_trt.fusion.calm import calmed
from vtm_trt.fusion.fusion import Fused, Fusion, Seat
from vtm_trt.fusion.hands import Hands

LONGEST_GAP = 2.5
"""Frames; between two motions further apart nothing is interpolated."""
LEAST_TOGETHER = 0.1
"""Of the instants that anybody is seen, the least share in which two cameras must see the person together."""
MOST_STRANGE = 0.5
"""Where in a larger share of these no more than half the cameras agree, something is wrong with poses or times."""


def motion_at(motions: Sequence[Motion], stamp_ns: int, frame_ns: float) -> Motion | None:
    """What a camera shows at an instant: between two motions interpolated, else that of the frame nearest to it.

    Args:
        motions: In order of time.
        stamp_ns: The instant.
        frame_ns: From frame to frame, nanoseconds.

    Returns:
        None where the nearest is half a frame away.
    """
    after = bisect_left(motions, stamp_ns, key=lambda motion: motion.stamp_ns)
    around = motions[max(after - 1, 0) : after + 1]
    if not around:
        return None
    if len(around) == 2 and around[1].stamp_ns - around[0].stamp_ns <= LONGEST_GAP * frame_ns:
        one, two = around
        share = (stamp_ns - one.stamp_ns) / (two.stamp_ns - one.stamp_ns)
        return between(one, two, share)
    nearest = min(around, key=lambda motion: abs(motion.stamp_ns - stamp_ns))
    return nearest if abs(nearest.stamp_ns - stamp_ns) <= frame_ns / 2 else None


def between(one: Motion, two: Motion, share: float) -> Motion:
    """A motion between two of the same camera: keypoints, place and rotations, and the lesser of the confidences."""
    nearer = one if share < 0.5 else two
    if not 0 < share < 1 or one.person_id != two.person_id:
        return nearer
    first, last = one.observation, two.observation
    quats = np.where((one.quat_local * two.quat_local).sum(-1, keepdims=True) < 0, -two.quat_local, two.quat_local)
    seen = replace(
        nearer.observation,
        keypoints=first.keypoints + np.float32(share) * (last.keypoints - first.keypoints),
        confidence=np.minimum(first.confidence, last.confidence),
    )
    return replace(
        nearer,
        quat_local=quat_normalize(one.quat_local + share * (quats - one.quat_local)).astype(np.float32),
        root_cam=one.root_cam + np.float32(share) * (two.root_cam - one.root_cam),
        confidence=np.minimum(one.confidence, two.confidence),
        observation=seen,
    )


def fuse_recordings(
    cameras: Sequence[Sequence[Motion]],
    stamps_ns: Sequence[int],
    frame_ns: Sequence[float],
    seat: Seat,
    counted: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[Fused]:
    """The common motion at given instants; where nobody is seen there is none.

    It is gone through twice: the second time the bones are known; then it is calmed. The cameras of each `Fused` are
    numbered as here.

    Args:
        cameras: Each camera's motions with its pose, in order of time, all by the same clock.
        stamps_ns: The instants.
        frame_ns: From frame to frame of each camera.
        seat: Where the motion is told from.
        counted: Wraps the instants of both times, to count them.

    Raises:
        VtmError: The cameras are seldom at work together, or do not agree about where the person is.
    """
    together: list[dict[int, Motion]] = []
    for stamp in stamps_ns:
        found = [motion_at(motions, stamp, step) for motions, step in zip(cameras, frame_ns, strict=True)]
        together.append({camera: motion for camera, motion in enumerate(found) if motion is not None})
    seen, shared = sum(map(bool, together)), sum(len(motions) > 1 for motions in together)
    if shared < max(1, LEAST_TOGETHER * seen):
        raise VtmError(
            f"in only {shared} of {seen} frames do two cameras see the person at the same time; recordings that began "
            "at different times need --offset"
        )
    fusion = Fusion(seat)
    fused: list[Fused] = []
    twice = counted([*range(len(stamps_ns)), *range(len(stamps_ns))])
    with threadpool_limits(1, "blas"):  # several threads wait for each other longer than they compute
        for number, row in enumerate(twice):
            if number == len(stamps_ns):
                fusion.measured()
                fused = []
            if together[row]:
                fused.append(_numbered(fusion([*together[row].values()], stamps_ns[row]), [*together[row]]))
    strange = sum(len(one.strangers) >= len(one.heard) for one in fused)
    if strange > MOST_STRANGE * shared:
        raise VtmError(
            f"in {strange} of {shared} frames the cameras do not agree about where the person is; check that each file "
            "has the pose of its own camera, that all show the same person, and that they began at the same time "
            "(--offset)"
        )
    motions, hands = calmed([one.motion for one in fused]), Hands()
    told = dict(zip(stamps_ns, together, strict=True))
    return [
        replace(one, motion=replace(motion, hands=hands({row: told[motion.stamp_ns][row] for row in one.heard})))
        for one, motion in zip(fused, motions, strict=True)
    ]


def _numbered(fused: Fused, cameras: Sequence[int]) -> Fused:
    heard, exchanged, strangers = (
        tuple(cameras[row] for row in rows) for rows in (fused.heard, fused.exchanged, fused.strangers)
    )
    return replace(fused, heard=heard, exchanged=exchanged, strangers=strangers)

"""The common motion live: calm, and without a jump where a camera comes or goes.

Cameras do not agree exactly: with one more or one less the same instant is told otherwise. How far that is off is known
at the change, where both can be told, and fades away afterwards, so that the motion goes on from where it was.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_from_matrix, rotvec_from_matrix
from vtm.types import Motion
from vtm_trt.fusion.fusion import LONGEST_S, Fused, Fusion, Seat
from vtm_trt.fusion.hands import Hands
from vtm_trt.fusion.steady import Change, Pose, Steady, change

FADE_S = 0.3
"""For so long the difference fades after a camera came or went."""
FARTHEST_M = 1.0
"""Where the pelvis is further away at once, it is somebody else's."""


@dataclass(frozen=True, eq=False)
class _Instant:
    """What was told at an instant, by whom, and what was known just before."""

    known: Fusion
    motions: dict[str, Motion]
    stamp_ns: int
    heard: frozenset[str]
    pose: Pose


class LiveFusion:
    """`Fusion`, one instant after the other as they come.

    Args:
        seat: Where the motion is told from; it stands still.
    """

    def __init__(self, seat: Seat):
        self._fusion = Fusion(seat)
        self.reset()

    def reset(self) -> None:
        """Another person comes next."""
        self._fusion.reset()
        self._begin()

    def _begin(self) -> None:
        self._hands = Hands()
        self._steady = Steady()
        self._last: _Instant | None = None
        self._off: Change | None = None
        self._since_ns = 0

    def __call__(self, motions: Sequence[Motion], stamp_ns: int, cameras: Sequence[str]) -> Fused:
        """The common motion.

        Args:
            motions: Of the cameras that see the person, about the same instant, each with its camera's pose.
            stamp_ns: The instant, nanoseconds.
            cameras: The name of each.

        Raises:
            VtmError: There is no motion, or one has no camera's pose.
        """
        known, told = copy(self._fusion), dict(zip(cameras, motions, strict=True))
        fused = self._fusion(motions, stamp_ns)
        now = _Instant(known, told, stamp_ns, frozenset(cameras[row] for row in fused.heard), pose_of(fused.motion))
        if self._last and not 0 < stamp_ns - self._last.stamp_ns < LONGEST_S * 1e9:
            self._begin()
        if self._last and self._last.heard != now.heard:
            self._change(self._last, now)
        off = self._left(stamp_ns)
        self._last = now
        pose = self._steady(now.pose.moved(off) if off else now.pose, stamp_ns)
        motion = replace(
            _posed(fused.motion, pose), hands=self._hands({name: told[name] for name in told if name in now.heard})
        )
        return replace(fused, motion=motion, covariance=_widened(fused.covariance, now.pose, off))

    def _change(self, last: _Instant, now: _Instant) -> None:
        """Other cameras tell: by how much that is another pose at the same instant, and what is left of such before."""
        if last.heard <= now.motions.keys():
            apart = change(now.pose, _told(now, last.heard))
        elif now.heard <= last.motions.keys():
            apart = change(_told(last, now.heard), last.pose)
        else:
            apart = change(now.pose, last.pose)
        before = self._left(last.stamp_ns)
        if before:
            turned = matrix_from_rotvec(apart.turn) @ matrix_from_rotvec(before.turn)
            apart = Change(rotvec_from_matrix(turned), apart.way + before.way)
        if np.linalg.norm(apart.way) > FARTHEST_M:
            self._steady, self._off = Steady(), None
            return
        self._off, self._since_ns = apart, last.stamp_ns

    def _left(self, stamp_ns: int) -> Change | None:
        """What is left of the difference."""
        share = 1 - (stamp_ns - self._since_ns) * 1e-9 / FADE_S
        return self._off * share if self._off and share > 0 else None


def _told(instant: _Instant, cameras: frozenset[str]) -> Pose:
    """What some of the cameras alone would have told."""
    motions = [motion for camera, motion in instant.motions.items() if camera in cameras]
    return pose_of(instant.known.would_tell(motions, instant.stamp_ns).motion)


def pose_of(motion: Motion) -> Pose:
    """The pose of a motion, in the axes it is told from."""
    return Pose(matrix_from_quat(motion.quat_local.astype(np.float64)), motion.root_cam.astype(np.float64))


def _posed(motion: Motion, pose: Pose) -> Motion:
    quats = quat_from_matrix(pose.local).astype(np.float32)
    return replace(motion, quat_local=quats, root_cam=pose.root.astype(np.float32))


def _widened(covariance: np.ndarray, pose: Pose, off: Change | None) -> np.ndarray:
    """A pose that is drawn aside is less sure by as much."""
    if off is None:
        return covariance
    aside = np.concatenate([off.way, pose.local[0] @ off.turn[0]])
    return covariance + np.outer(aside, aside)

"""The frames of /tf and /tf_static as a tree over time; no node, no clock, no thread."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from vtm.body.rotations import matrix_from_quat, matrix_from_rotvec, quat_normalize, rotvec_from_matrix
from vtm.errors import VtmError

KEEP_NS = 10_000_000_000
"""How far back every frame is known."""
BACKWARD_NS = 1_000_000_000
"""A frame that steps back by more means that time began anew: a bag loops, or a simulation was reset."""


class NoTransform(VtmError):
    """Two frames cannot be related at an instant; says why and what to do."""


class Pose(NamedTuple):
    """A frame in another one.

    Attributes:
        rotation: (3, 3).
        translation: (3,) m.
    """

    rotation: np.ndarray
    translation: np.ndarray

    def __matmul__(self, inner: "Pose") -> "Pose":
        """The frame `inner`, which is given in this one, where this one is given."""
        return Pose(self.rotation @ inner.rotation, self.rotation @ inner.translation + self.translation)

    def inverse(self) -> "Pose":
        """The other frame in this one."""
        return Pose(self.rotation.T, -self.rotation.T @ self.translation)


IDENTITY = Pose(np.eye(3), np.zeros(3))


class _Sample(NamedTuple):
    stamp_ns: int
    parent: str
    translation: tuple[float, ...]
    quat: tuple[float, ...]

    def pose(self) -> Pose:
        return Pose(matrix_from_quat(quat_normalize(np.array(self.quat))), np.array(self.translation))


class TfTree:
    """Transforms as they come in, and any two frames' relation at an instant of the last ten seconds.

    Moving frames are interpolated, never extrapolated: lengths linearly, rotations at constant angular velocity. Static
    ones hold for all time. A frame may change its parent, and from moving to static and back. Not for several threads.
    """

    def __init__(self) -> None:
        self._static: dict[str, _Sample] = {}
        self._moving: dict[str, list[_Sample]] = {}

    def add(
        self,
        parent: str,
        child: str,
        stamp_ns: int,
        translation: Sequence[float],
        quat: Sequence[float],
        static: bool = False,
    ) -> None:
        """Take the pose of a frame in another one.

        Args:
            parent: The other frame.
            child: The frame.
            stamp_ns: Nanoseconds.
            translation: (3,) m.
            quat: (4,) xyzw.
            static: It holds for all time.

        Raises:
            VtmError: It is no pose.
        """
        parent, child = parent.lstrip("/"), child.lstrip("/")
        if not parent or not child or parent == child:
            raise VtmError(f"a transform from '{parent}' to '{child}' is ignored; correct the node that publishes it")
        if not all(map(math.isfinite, (*translation, *quat))) or abs(sum(q * q for q in quat) - 1) > 0.1:
            raise VtmError(f"the transform of '{child}' is ignored: no pose; correct the node that publishes it")
        sample = _Sample(stamp_ns, parent, tuple(translation), tuple(quat))
        if static:
            self._moving.pop(child, None)
            self._static[child] = sample
        else:
            self._static.pop(child, None)
            self._insert(child, sample)

    def lookup(self, target: str, source: str, stamp_ns: int) -> Pose:
        """The pose of a frame in another one.

        Args:
            target: The other frame.
            source: The frame.
            stamp_ns: Nanoseconds.

        Raises:
            NoTransform: They are not connected at that instant.
        """
        target, source = target.lstrip("/"), source.lstrip("/")
        below: dict[str, Pose] = {}
        broken: NoTransform | None = None
        try:
            for frame, pose in self._upwards(source, stamp_ns):
                below[frame] = pose
                if frame == target:
                    return pose
        except NoTransform as fault:  # harmless when it lies above the frame that both have in common
            broken = fault
        try:
            for frame, pose in self._upwards(target, stamp_ns):
                if frame in below:
                    return pose.inverse() @ below[frame]
        except NoTransform as fault:
            broken = broken or fault
        if broken:
            raise broken
        for frame in (target, source):
            self._require(frame)
        raise NoTransform(f"TF does not connect '{target}' and '{source}'; publish the transform between their trees")

    def _insert(self, child: str, sample: _Sample) -> None:
        samples = self._moving.get(child, [])
        if samples and sample.stamp_ns < samples[-1].stamp_ns - BACKWARD_NS:
            self._moving.clear()
            samples = []
        at = bisect_left(samples, sample.stamp_ns, key=_stamp)
        repeated = at < len(samples) and samples[at].stamp_ns == sample.stamp_ns
        samples[at : at + repeated] = [sample]
        del samples[: bisect_left(samples, samples[-1].stamp_ns - KEEP_NS, key=_stamp)]
        self._moving[child] = samples

    def _upwards(self, frame: str, stamp_ns: int) -> Iterator[tuple[str, Pose]]:
        """`frame` and every frame above it, each with the pose of `frame` in it."""
        pose, passed = IDENTITY, {frame}
        yield frame, pose
        while frame in self._static or frame in self._moving:
            frame, step = self._step(frame, stamp_ns)
            if frame in passed:
                raise NoTransform(f"TF runs in a circle through '{frame}'; two nodes publish contradictory parents")
            passed.add(frame)
            pose = step @ pose
            yield frame, pose

    def _step(self, frame: str, stamp_ns: int) -> tuple[str, Pose]:
        """The parent of `frame`, and the pose of `frame` in it."""
        if frame in self._static:
            return self._static[frame].parent, self._static[frame].pose()
        samples = self._moving[frame]
        after = bisect_left(samples, stamp_ns, key=_stamp)
        if after == len(samples):
            late = (stamp_ns - samples[-1].stamp_ns) / 1e9
            raise NoTransform(
                f"the newest transform of '{frame}' is {late:.3f} s older than the image; raise tf_timeout, or check "
                "that the camera and the publisher of TF use the same clock (use_sim_time)"
            )
        newer = samples[after]
        if newer.stamp_ns == stamp_ns:
            return newer.parent, newer.pose()
        if after == 0:
            early = (newer.stamp_ns - stamp_ns) / 1e9
            raise NoTransform(
                f"the oldest known transform of '{frame}' is {early:.3f} s newer than the image; check that the camera "
                "and the publisher of TF use the same clock (use_sim_time)"
            )
        older = samples[after - 1]
        if older.parent != newer.parent:
            return older.parent, older.pose()
        share = (stamp_ns - older.stamp_ns) / (newer.stamp_ns - older.stamp_ns)
        return older.parent, _between(older.pose(), newer.pose(), share)

    def _require(self, frame: str) -> None:
        everywhere = (*self._static.items(), *((child, samples[-1]) for child, samples in self._moving.items()))
        if not any(frame in (child, sample.parent) for child, sample in everywhere):
            raise NoTransform(
                f"TF has no frame '{frame}'; publish the camera's pose, or correct world_frame or camera_frame"
            )


def _stamp(sample: _Sample) -> int:
    return sample.stamp_ns


def _between(first: Pose, second: Pose, share: float) -> Pose:
    turn = rotvec_from_matrix(first.rotation.T @ second.rotation)
    return Pose(
        first.rotation @ matrix_from_rotvec(share * turn),
        first.translation + share * (second.translation - first.translation),
    )

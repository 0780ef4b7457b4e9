"""How far a motion can be relied on, in one word and with reasons, for a program that acts on it.

What to do about it is that program's choice: a robot that loses its person may hold its pose, or return to rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX
from vtm.body.skeleton import JOINT_INDEX
from vtm.types import Motion
from vtm_trt.pose2d.exchange import GROUPS
from vtm_trt.postprocess.plausibility import Fault, Kind

UNSURE, SURE = 0.4, 0.45
"""A limb whose mean confidence falls below the first is unsure, until it is above the second."""
FOLLOWS_S = 0.2
"""Time constant, seconds, of the mean of the confidences."""
MARGIN = 0.01
"""Of the image's larger side: keypoints so near to a border, or beyond it, are guessed rather than seen."""
LATE_S = 0.2
HOLDS_S = 0.3
"""Seconds for which a fault is reported, so that a program that asks ten times a second sees it."""
UNSEEN = 0.3
"""Mean confidence of the keypoints of the legs, below which they are not seen."""
_PARTS = {
    "arm": ("shoulder", "elbow", "wrist"),
    "leg": ("hip", "knee", "ankle"),
}
LIMBS = {
    f"{side} {limb}": [JOINT_INDEX[f"{side}_{part}"] for part in parts]
    for limb, parts in _PARTS.items()
    for side in ("left", "right")
}
_LEGS = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
_BORDERS = ("left", "upper", "right", "lower")


class Level(IntEnum):
    """GOOD: rely on it.  DEGRADED: parts of it are doubtful.  LOST: there is none."""

    GOOD = 0
    DEGRADED = 1
    LOST = 2


@dataclass(frozen=True)
class Quality:
    """A level and why it is not GOOD, each reason a short sentence."""

    level: Level
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.level.name}: {'; '.join(self.reasons)}" if self.reasons else self.level.name


class QualityMonitor:
    """`doubt` takes the faults of every frame, `see` every motion, `assess` may be asked by another thread."""

    def __init__(self) -> None:
        self._stamp_ns = 0
        self._means: dict[str, float] = {}
        self._reasons: tuple[str, ...] = ()
        self._faults: dict[Kind, tuple[int, Fault]] = {}

    def doubt(self, stamp_ns: int, faults: Iterable[Fault]) -> None:
        """Take what is wrong with the motion of the newest frame, whose stamp is in nanoseconds."""
        told = {kind: said for kind, said in self._faults.items() if 0 <= stamp_ns - said[0] <= HOLDS_S * 1e9}
        self._faults = told | {fault.kind: (stamp_ns, fault) for fault in faults}

    def see(self, motion: Motion) -> None:
        """Take the newest motion of a person."""
        seconds = (motion.stamp_ns - self._stamp_ns) * 1e-9
        share = 1 - float(np.exp(-seconds / FOLLOWS_S)) if self._stamp_ns and seconds > 0 else 1.0
        self._stamp_ns = motion.stamp_ns
        legs = "the legs are not seen"
        is_low = {
            f"the {limb} is unsure": self._is_low(f"the {limb} is unsure", motion.confidence[joints], share, UNSURE)
            for limb, joints in LIMBS.items()
        }
        is_low[legs] = self._is_low(legs, motion.observation.confidence[_LEGS], share, UNSEEN)
        reasons = [reason for reason, low in is_low.items() if low and not (is_low[legs] and "leg is" in reason)]
        sides = [group for bit, group in enumerate(GROUPS) if motion.observation.doubted >> bit & 1]
        if sides:
            reasons.append(f"left and right of the {' and '.join(sides)} may be the other way round")
        borders = borders_crossed(motion)
        if borders:
            reasons.append(f"the {' and '.join(borders)} border of the image cuts the person off")
        self._reasons = tuple(reasons)

    def _is_low(self, reason: str, now: np.ndarray, share: float, bound: float) -> bool:
        """Whether the mean over time is below `bound`, or not yet well above where it was."""
        mean = self._means.get(reason, float(now.mean()))
        self._means[reason] = mean = mean + share * (float(now.mean()) - mean)
        return mean < (bound + SURE - UNSURE if reason in self._reasons else bound)

    def assess(self, lost: str, latency_s: float) -> Quality:
        """How far the motion can be relied on now.

        Args:
            lost: Why there is no motion, empty when there is.
            latency_s: Seconds from the image to the motion.
        """
        faults = [fault for _, fault in self._faults.values()]
        nobody = tuple(fault.text for fault in faults if fault.kind is Kind.NOBODY)
        if nobody or lost:
            return Quality(Level.LOST, nobody or (lost,))
        late = (f"motions come more than {LATE_S * 1000:.0f} ms after their image",) if latency_s > LATE_S else ()
        reasons = (*(fault.text for fault in faults), *self._reasons, *late)
        return Quality(Level.DEGRADED if reasons else Level.GOOD, reasons)


def borders_crossed(motion: Motion) -> list[str]:
    """Which borders of the image the person's keypoints reach."""
    seen = motion.observation
    points = seen.keypoints[seen.confidence > 0]
    size = np.array([seen.intrinsics.width, seen.intrinsics.height], float)
    margin = MARGIN * size.max()
    crossed = [*(points < margin).any(0), *(points > size - margin).any(0)]
    return [border for border, is_crossed in zip(_BORDERS, crossed, strict=True) if is_crossed]

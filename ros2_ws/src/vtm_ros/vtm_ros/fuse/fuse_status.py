"""What the node `fuse` says of itself: /diagnostics and the quality of its motion."""

import time
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_msgs.msg import Header

from vtm_trt.fusion.agreement import disagreement
from vtm_trt.fusion.fusion import Fused
from vtm_trt.postprocess.quality import Level, Quality

RATE_OVER_S = 1.0
REMEMBERED = 300
ASKED = 15
"""So many of the last motions tell whether the cameras agree."""
STRANGE = "follows somebody else, or its pose in TF is wrong"
_LEVELS = {Level.GOOD: DiagnosticStatus.OK, Level.DEGRADED: DiagnosticStatus.WARN, Level.LOST: DiagnosticStatus.STALE}


class FuseStatus:
    """What was published, and who told it.

    Args:
        cameras: Names of all.
        timeout_s: Without a motion for so long the person is lost.
    """

    def __init__(self, cameras: Sequence[str], timeout_s: float):
        self._cameras, self._timeout_s = cameras, timeout_s
        self._off_m, self._exchanged, self._published, self._told = float("nan"), 0, 0, 0
        self._heard: tuple[str, ...] = ()
        self._strangers: tuple[str, ...] = ()
        self._last: deque[Fused] = deque(maxlen=ASKED)
        self._times: deque[float] = deque(maxlen=REMEMBERED)
        self._latencies_ms: deque[float] = deque(maxlen=REMEMBERED)

    def fused(self, fused: Fused, cameras: Sequence[str], late_s: float) -> None:
        """Count a published motion.

        Args:
            fused: The motion.
            cameras: Those that `fused` numbers.
            late_s: From its stamp to its publication.
        """
        self._heard = tuple(cameras[row] for row in fused.heard)
        self._strangers = tuple(cameras[row] for row in fused.strangers)
        self._off_m = fused.off_m
        self._last.append(fused)
        self._exchanged += bool(fused.exchanged)
        self._published += 1
        self._told += len(fused.heard)
        self._times.append(time.monotonic())
        self._latencies_ms.append(1e3 * late_s)

    def troubles(self, troubles: Mapping[str, str]) -> dict[str, str]:
        """Why cameras do not help, of those that do not.

        Args:
            troubles: What each says itself.
        """
        found = {**troubles, **{name: STRANGE for name in self._strangers if not troubles.get(name)}}
        return {name: why for name, why in found.items() if why}

    def quality(self, troubles: Mapping[str, str]) -> Quality:
        """How far the motion can be relied on.

        Args:
            troubles: What each camera says itself.
        """
        why = tuple(f"the camera {name} is left out; /diagnostics says why" for name in self.troubles(troubles))
        if not self._times or time.monotonic() - self._times[-1] > self._timeout_s:
            return Quality(Level.LOST, ("no camera tells where the person is", *why))
        if len(self._heard) < 2:
            why = ("one camera alone sees the person, and guesses the depth", *why)
        elif apart := disagreement(self._last):
            why = (*why, f"the cameras contradict each other: {apart}; check poses in TF, clocks and calibrations")
        return Quality(Level.DEGRADED if why else Level.GOOD, why)

    def diagnostics(
        self, stamp: Time, name: str, lifecycle: str, fault: str, troubles: Mapping[str, str]
    ) -> DiagnosticArray:
        """Build the status of the node.

        Args:
            stamp: Of the message.
            name: Of the status.
            lifecycle: State of the lifecycle.
            fault: Why a transition failed, empty where none did.
            troubles: What each camera says itself.
        """
        quality, reasons = self.quality(troubles), self.troubles(troubles)
        lost = quality.level == Level.LOST
        heard = () if lost else self._heard
        left_out = "; ".join(f"{camera}: {why}" for camera, why in reasons.items())
        level, message = _LEVELS[quality.level], f"{len(heard)} of {len(self._cameras)} cameras tell"
        if left_out or quality.reasons:
            message += f"; {left_out or quality.reasons[0]}"
        if fault:
            level, message = DiagnosticStatus.ERROR, fault
        elif lifecycle != "active":
            level, message = DiagnosticStatus.WARN, f"{lifecycle}: configure and activate the node"
        recent = sum(time.monotonic() - moment < RATE_OVER_S for moment in self._times)
        values = {
            "lifecycle": lifecycle,
            "quality": str(quality),
            "cameras seen": f"{len(heard)} of {len(self._cameras)}: {', '.join(heard)}",
            "cameras per motion": f"{self._told / max(self._published, 1):.2f}",
            "cameras left out": left_out,
            "rays' distance [mm]": "" if lost or len(heard) < 2 else f"{1e3 * self._off_m:.1f}",
            "left and right exchanged": str(self._exchanged),
            "published": str(self._published),
            "fps out": f"{recent / RATE_OVER_S:.1f}",
            "latency p50 [ms]": f"{np.median([*self._latencies_ms] or [np.nan]):.1f}",
        }
        status = DiagnosticStatus(
            level=level,
            name=name,
            message=message,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
        return DiagnosticArray(header=Header(stamp=stamp), status=[status])

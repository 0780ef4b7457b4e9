"""What the capture node counts and measures about itself."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np

LATENCIES = 300
"""How many of the last latencies the percentiles cover."""


@dataclass(frozen=True)
class Report:
    """One look at the statistics: rates over the time since the last look, counts since the start.

    Attributes:
        fps_in: Images per second.
        fps_out: Motions per second.
        latency_p50_ms: Median of the last latencies, milliseconds.
        latency_p95_ms: Their 95th percentile.
        silent_s: Seconds since the last image, infinite before the first.
        lost_s: Seconds since the last pose, infinite before the first.
        counts: As in `CaptureStatistics`.
    """

    fps_in: float
    fps_out: float
    latency_p50_ms: float
    latency_p95_ms: float
    silent_s: float
    lost_s: float
    counts: dict[str, int]


@dataclass
class CaptureStatistics:
    """Counters of frames; written by the executor and the worker, read by the diagnostics timer.

    Attributes:
        counts: `received`, `published`, `refused`, `repeated`, `resets`, `non-finite`, `failed`.
    """

    counts: Counter = field(default_factory=Counter)
    _latencies_ms: deque = field(default_factory=lambda: deque(maxlen=LATENCIES))
    _last_image: float = -np.inf
    _last_pose: float = -np.inf
    _looked: tuple[float, int, int] = field(default_factory=lambda: (time.monotonic(), 0, 0))

    def image_came(self) -> None:
        """Count an image."""
        self.counts["received"] += 1
        self._last_image = time.monotonic()

    def pose_published(self, latency_ns: int) -> None:
        """Count a pose; `latency_ns` is the time from the image's stamp to now."""
        self.counts["published"] += 1
        self._last_pose = time.monotonic()
        self._latencies_ms.append(latency_ns / 1e6)

    @property
    def silent_s(self) -> float:
        """Seconds since the last image, infinite before the first."""
        return time.monotonic() - self._last_image

    @property
    def latency_s(self) -> float:
        """Seconds from the last image to its pose, 0 before the first."""
        return self._latencies_ms[-1] / 1e3 if self._latencies_ms else 0.0

    def lost(self, timeout_s: float) -> str:
        """Why there is no pose, empty when there is one that is younger than `timeout_s`."""
        if self.silent_s > timeout_s:
            return "no image comes"
        return "nobody is seen" if time.monotonic() - self._last_pose > timeout_s else ""

    def report(self) -> Report:
        """Look at the statistics now."""
        now = time.monotonic()
        received, published = self.counts["received"], self.counts["published"]
        since, received_before, published_before = self._looked
        self._looked = (now, received, published)
        elapsed = max(now - since, 1e-3)
        latencies = list(self._latencies_ms) or [float("nan")]
        p50, p95 = np.percentile(latencies, [50, 95])
        return Report(
            fps_in=(received - received_before) / elapsed,
            fps_out=(published - published_before) / elapsed,
            latency_p50_ms=float(p50),
            latency_p95_ms=float(p95),
            silent_s=self.silent_s,
            lost_s=now - self._last_pose,
            counts=dict(self.counts),
        )

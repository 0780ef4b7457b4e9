"""Which instants are told, and what the cameras have of each: the first camera that tells gives the pace."""

import time
from collections.abc import Callable, Sequence

from vtm.types import Motion
from vtm_ros.fuse.camera import Camera

BACKWARD_NS = 1_000_000_000
"""A stamp that steps back by more means that time began anew."""
MOST_WAITING = 32


class Together:
    """Waits for all cameras that are there, for a while.

    Args:
        cameras: The first that is not silent gives the pace.
        stale_after_s: A camera silent for so long is left out.
        longest_wait_s: So long an instant waits for the others.
        take: Called with the instant, nanoseconds, the cameras that have something of it, and what.
    """

    def __init__(
        self,
        cameras: Sequence[Camera],
        stale_after_s: float,
        longest_wait_s: float,
        take: Callable[[int, list[Camera], list[Motion]], None],
    ):
        self._cameras, self._take = cameras, take
        self._stale_after_s, self._longest_wait_s = stale_after_s, longest_wait_s
        self._waiting: list[tuple[int, float]] = []
        self._newest_ns: int | None = None

    def live(self) -> list[Camera]:
        """The cameras that are not silent."""
        return [camera for camera in self._cameras if camera.is_live(self._stale_after_s)]

    def told(self, camera: Camera) -> None:
        """A camera has told a body."""
        live, stamp_ns = self.live(), camera.newest_ns
        if live and camera is live[0]:
            if self._newest_ns is not None and stamp_ns < self._newest_ns - BACKWARD_NS:
                self._waiting, self._newest_ns = [], None
            if self._newest_ns is None or stamp_ns > self._newest_ns:
                self._newest_ns = stamp_ns
                self._waiting = [*self._waiting, (stamp_ns, time.monotonic())][-MOST_WAITING:]
        self.look()

    def look(self) -> None:
        """Give the instants that need not wait any longer, in order of time."""
        while self._waiting:
            stamp_ns, came = self._waiting[0]
            live = self.live()
            patient = time.monotonic() - came < self._longest_wait_s
            if patient and any(camera.is_to_come(stamp_ns) for camera in live):
                return
            self._waiting.pop(0)
            found = {camera: camera.at(stamp_ns) for camera in live}
            heard = {camera: motion for camera, motion in found.items() if motion is not None}
            if heard:
                self._take(stamp_ns, [*heard], [*heard.values()])

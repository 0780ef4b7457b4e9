"""A stream over the network: always its newest picture, and a new connection when it was lost."""

import logging
import threading
import time

import numpy as np

from vtm_trt.sources.capture import Capture

_log = logging.getLogger("vtm")

PATIENCE_S = 0.5
"""Seconds that `read` waits for a picture."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0
"""Seconds before a lost stream is tried again; every failure doubles them, up to the longest."""
WHOLE = 0.95
"""A file at an URL has ended when this share of its frames, or of its time, was seen; before, it was lost."""


class Stream:
    """Reads the stream at `url` in a thread.

    Attributes:
        fps: Frames per second.
        ended: Whether a file at that URL was read to its end; other streams never end.
    """

    position_ns, frame_count, skipped, says_fps, codec = None, 0, 0, True, ""

    def __init__(self, url: str):
        self._url = url
        self._capture = Capture(url)
        self._newest = self._capture.read()
        self.fps, self._whole = self._capture.fps, WHOLE * self._capture.frame_count
        self.ended = self._newest is None
        self._closed = threading.Event()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        if not self.ended:
            self._thread.start()

    def read(self) -> np.ndarray | None:
        """The newest picture (H, W, 3) BGR that was not given before; None when there was none for a while."""
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self.ended, PATIENCE_S)
            image, self._newest = self._newest, None
            return image

    def close(self) -> None:
        """Leave the stream."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        else:
            self._capture.close()

    def _run(self) -> None:
        began, seen, played_s = time.monotonic(), 1, 0.0
        while not self._closed.is_set():
            image = self._capture.read()
            if image is None:
                if 0 < self._whole <= max(seen, played_s * self.fps + 1):
                    break
                self._connect_again()
                began, seen, played_s = time.monotonic(), 0, 0.0
                continue
            seen, played_s = seen + 1, (self._capture.position_ns or 0) * 1e-9
            if self._whole:  # a file comes faster than it plays
                self._closed.wait(played_s - (time.monotonic() - began))
            with self._news:
                self._newest = image
                self._news.notify_all()
        self._capture.close()
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _connect_again(self) -> None:
        """Until the stream is there, or this is closed."""
        wait = FIRST_WAIT_S
        _log.warning("the stream %s was lost; connecting again", self._url)
        while not self._closed.wait(wait):
            self._capture.close()
            self._capture = Capture(self._url)
            if self._capture.is_open:
                _log.warning("the stream %s is back", self._url)
                return
            wait = min(2 * wait, LONGEST_WAIT_S)
            _log.warning("the stream %s cannot be reached; trying again in %.0f s", self._url, wait)

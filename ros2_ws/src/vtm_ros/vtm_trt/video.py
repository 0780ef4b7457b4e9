"""A video file or a camera device, frame by frame."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.records import Frame

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.setLogLevel(0)

USUAL_FPS = 30.0
"""Taken when a video does not say its rate."""


class Video:
    """Reads `source`: a file, a device such as /dev/video0, or a device number such as "0".

    live: whether it is a device.  fps: frames per second.  width, height: pixels.  frame_count: 0 when unknown.
    Raises VtmError when it does not exist, is no video, or has no frame.
    """

    def __init__(self, source: str | Path):
        self.source = str(source)
        number = self.source.isdecimal()
        self.live = number or self.source.startswith("/dev/")
        if not number and not Path(self.source).exists():
            raise VtmError(f"there is no video {self.source}; check the path")
        if Path(self.source).is_dir():
            raise VtmError(f"{self.source} is a folder; give a video file")
        self._capture = cv2.VideoCapture(int(self.source) if number else self.source)
        self._first = self._capture.read()[1] if self._capture.isOpened() else None
        if self._first is None:
            self.close()
            remedy = "check that no other program uses it" if self.live else "give a video file with at least one frame"
            raise VtmError(f"{self.source} cannot be read as a {'camera' if self.live else 'video'}; {remedy}")
        self.height, self.width = self._first.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1.0 <= fps <= 1000.0 else USUAL_FPS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = int(count) if not self.live and 0 < count < 1e9 else 0

    def read(self) -> np.ndarray | None:
        """The next frame (H, W, 3) uint8 BGR, or None at the end."""
        if self._first is not None:
            frame, self._first = self._first, None
            return frame
        return self._capture.read()[1]

    @property
    def position_ns(self) -> int:
        """Time in the video of the frame that was read last, nanoseconds; 0 where the file does not say."""
        return int(np.nan_to_num(self._capture.get(cv2.CAP_PROP_POS_MSEC)) * 1e6 + 0.5)

    def rewind(self) -> None:
        """Start again at the first frame of the file."""
        self._first = None
        if not self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0):
            self._capture.release()
            self._capture = cv2.VideoCapture(self.source)

    def close(self) -> None:
        self._capture.release()


def timed_frames(video: Video, lens: Intrinsics) -> Iterator[Frame]:
    """The rest of `video`, seen by `lens`, with the file's own times, or the steady clock's for a device.

    Where a file's times do not go forward, its frame rate goes on from the last.
    """
    stamp_ns = -1
    while (image := video.read()) is not None:
        position_ns = time.monotonic_ns() if video.live else video.position_ns
        stamp_ns = position_ns if position_ns > stamp_ns else stamp_ns + round(1e9 / video.fps)
        yield Frame(image, stamp_ns, lens)

"""A video file, a camera or a stream, picture by picture."""

from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm.files.git_lfs import check_pulled
from vtm_trt.sources.address import address_of
from vtm_trt.sources.capture import Capture
from vtm_trt.sources.container import codec_named_in, is_cut_short, shown_share
from vtm_trt.sources.picture_sizes import PictureSizes, fitted
from vtm_trt.sources.rate import measured_fps
from vtm_trt.sources.stream import Stream

CUT_SHORT = 0.95
"""A file that gives a smaller share of the time it announces was cut short."""
FURTHER_BACK_NS = 10_000_000_000
"""Nanoseconds; where a file was searched too far, it is searched again so much earlier."""

USUAL_CODECS = {"h264", "avc1", "hevc", "hev1", "hvc1", "VP80", "VP90", "FMP4", "mp4v", "MJPG", "gif"}
"""Every OpenCV with FFmpeg decodes these: a file of them without a picture is damaged."""


class Video:
    """Reads pictures, upright, with square pixels, and all of one size.

    Args:
        source: A file, a file:// URL, a device such as /dev/video0, its number such as "0", or the URL of a stream
            (rtsp://, rtmp://, http://, ...).

    Attributes:
        live: Whether it goes on by itself, as cameras and streams do.
        ended: Whether there are no more pictures.
        fps: Frames per second.
        width: Pixels.
        height: Pixels.
        frame_count: As announced, 0 when unknown.

    Raises:
        VtmError: It does not exist, is no video, has no picture, or its codec is not known here.
    """

    def __init__(self, source: str | Path, threads: int | None = None):
        self.source, self._threads = str(source), threads
        self._address = address_of(source)
        self.live = self._address.kind != "file"
        self._open()
        if self._first is None:
            self.close()
            if not self.live:
                check_pulled(Path(str(self._address.name)))
            raise VtmError(self._why_not())
        self.height, self.width = self._first.shape[:2]
        self.frame_count = 0 if self.live else self._from.frame_count
        told = self.live or self._from.says_fps
        self.fps = self._from.fps if told else measured_fps(str(self._address.name), self._from.fps)

    def _open(self) -> None:
        name = self._address.name
        self.ended, self._read = False, 0
        self._from: Capture | Stream = (
            Stream(str(name)) if self._address.kind == "stream" else Capture(name, threads=self._threads)
        )
        self._first = self._from.read()
        self._began_ns = self._last_ns = self.position_ns or 0
        self._sizes = None
        if isinstance(self._from, Capture) and not self.live and self._first is not None:
            self._sizes = PictureSizes(str(name), self._from)

    def read(self) -> np.ndarray | None:
        """The next picture (H, W, 3) uint8 BGR, or None: at the end, and while a stream is away."""
        image, self._first = (self._from.read(), None) if self._first is None else (self._first, None)
        self.ended = image is None and self._from.ended
        if image is None:
            return None
        self._read, self._last_ns = self._read + 1, self.position_ns or 0
        shape = self._sizes.shape_at(self._last_ns) if self._sizes else image.shape[1] / image.shape[0]
        return fitted(image, (self.width, self.height), shape)

    @property
    def position_ns(self) -> int | None:
        """Time in the file of the picture that was read last, nanoseconds; None where the file does not say."""
        return self._from.position_ns

    @property
    def skipped(self) -> int:
        """So far: how many pictures of a file could not be decoded, though later ones can."""
        return self._from.skipped

    @property
    def damaged(self) -> int:
        """At the end of a file: how many of its pictures were read though a part of them is missing."""
        return max(self._sizes.not_whole - self.skipped, 0) if self._sizes else 0

    @property
    def lost(self) -> int:
        """At the end of a file: how many of its pictures could not be read."""
        if self.live:
            return 0
        path, at_the_rate = str(self._address.name), (self._last_ns - self._began_ns) * 1e-9 * self.fps + 1
        given = round(max(self._read + self.skipped, at_the_rate))
        announced = round(self.frame_count * shown_share(path))
        is_damaged = self.skipped or is_cut_short(path) or given < CUT_SHORT * announced
        return self.skipped + max(announced - given, 0) if is_damaged else 0

    def seek(self, position_ns: int) -> None:
        """Go on with a picture of a file that is not later than `position_ns`.

        It is near that time where the file can be searched, else the first.
        """
        assert isinstance(self._from, Capture) and not self.live, "only files can be searched"
        for earlier_ns in (0, FURTHER_BACK_NS):
            self._from.seek(max(position_ns - earlier_ns, 0))
            self._first = self._from.read()
            if self._first is not None and self.position_ns is not None and self.position_ns <= position_ns:
                if self._sizes:
                    self._sizes.close()
                    self._sizes = PictureSizes(str(self._address.name), self._from)
                return
        self.rewind()

    def rewind(self) -> None:
        """Start again at the first picture of the file."""
        self.close()
        self._open()

    def close(self) -> None:
        """Give the source back."""
        self._from.close()
        if self._sizes:
            self._sizes.close()

    def _why_not(self) -> str:
        kind, name = self._address
        if kind == "camera":
            return f"{self.source} cannot be read as a camera; check that no other program uses it"
        if kind == "stream":
            return f"the stream {name} gives no picture; check the address and that it can be reached"
        codec = self._from.codec or codec_named_in(str(name))
        if codec and codec not in USUAL_CODECS:
            return (
                f"the codec {codec} of {self.source} cannot be decoded here; convert it with: "
                f"ffmpeg -i {self.source} -c:v libx264 converted.mp4"
            )
        return f"{self.source} cannot be read as a video; give a video file with at least one frame"

"""The frames of a video, as a camera would give them."""

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from vtm.camera import Intrinsics
from vtm.errors import VtmError
from vtm.types import Frame
from vtm_trt.sources.video import Video

SAMPLE = Path(sys.prefix) / "share/vtm/clips/pose2sim/cam03.mp4"
"""A man who walks and balances, 1088 x 1920 pixels, 100 frames."""


def sample_clip() -> Path:
    """The sample clip.

    Raises:
        VtmError: It was not fetched.
    """
    if not SAMPLE.is_file():
        raise VtmError(f"the sample clip {SAMPLE} is missing; name a video of a person, or fetch the clip (make setup)")
    return SAMPLE


def recorded(path: Path) -> Video:
    """Open a video file.

    Raises:
        VtmError: It cannot be read, or is live and never ends.
    """
    video = Video(path)
    if video.live:
        video.close()
        raise VtmError(f"{path} is live and never shows the same twice; record a video first")
    return video


def frames(video: Video, most: int | None = None, again: bool = False) -> Iterator[Frame]:
    """The frames of a video, which is closed at the end.

    Stamps follow the frame rate, without a gap where the video starts anew.

    Args:
        video: The open video.
        most: How many frames at most, None for all.
        again: Start anew at the end, until there were so many.
    """
    camera = Intrinsics.from_fov(video.width, video.height)
    try:
        for number in count():
            if number == most:
                return
            image = video.read()
            if image is None and again:
                video.rewind()
                image = video.read()
            if image is None:
                return
            yield Frame(image, round(number * 1e9 / video.fps), camera)
    finally:
        video.close()

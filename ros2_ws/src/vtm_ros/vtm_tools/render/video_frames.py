"""Some frames of the video that a motion was captured from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vtm.errors import VtmError
from vtm.files.motion_file import MotionClip
from vtm_trt.sources.video import Video


def video_frames(path: Path, frames: Sequence[int]) -> Iterator[np.ndarray]:
    """The image (H, W, 3) uint8 BGR of each of the ascending `frames`.

    Raises:
        VtmError: The video is shorter.
    """
    video, position, image = Video(path), -1, None
    try:
        for frame in frames:
            while position < frame:
                image = video.read()
                position += 1
            if image is None:
                raise VtmError(f"{path} has no frame {frame}; give the video of this motion")
            yield image
    finally:
        video.close()


def size_of(path: Path, clip: MotionClip) -> tuple[int, int]:
    """Width and height of the video of a clip.

    Raises:
        VtmError: It cannot be read, or has another size than the clip.
    """
    video = Video(path)
    video.close()
    have, want = (video.width, video.height), tuple(clip.image_size.tolist())
    if have != want:
        raise VtmError(
            f"{path} has {have[0]}x{have[1]} pixels, the motion was captured from {want[0]}x{want[1]}; "
            "give the video of this motion"
        )
    return have

"""Pictures of several people over the video that shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from vtm.files.motion_file import MotionClip
from vtm.types import Motion
from vtm_tools.draw.people import draw_people
from vtm_tools.draw.resized import resized_motion
from vtm_tools.export.people_files import numbered
from vtm_tools.render.video_frames import size_of, video_frames


class PeopleFilm:
    """Pictures of the motions of one video.

    Args:
        clips: Of each person; they have the numbers of `numbered`.
        video: Their video.
        width: Of the pictures, pixels.

    Attributes:
        size: Width and height of the pictures, pixels.

    Raises:
        VtmError: Somebody is never seen, or a clip is of another video.
    """

    def __init__(self, clips: Sequence[MotionClip], video: Path, width: int):
        people = numbered(clips)
        across, down = {size_of(video, clip) for clip in clips}.pop()
        self._video = video
        self.size = width + width % 2, 2 * round(width * down / across / 2)  # films want even ones
        self.valid = np.any([clip.valid for clip in clips], axis=0)
        self._motions: dict[int, list[Motion]] = {}
        for number, clip in people.items():
            for frame, motion in zip(np.flatnonzero(clip.valid), clip.motions(), strict=True):
                self._motions.setdefault(int(frame), []).append(replace(motion, person_id=number))

    def pictures(self, frames: Sequence[int]) -> Iterator[np.ndarray]:
        """The picture (H, W, 3) uint8 BGR of each of the ascending `frames`.

        Raises:
            VtmError: The video is shorter than the motions.
        """
        for frame, image in zip(frames, video_frames(self._video, frames), strict=True):
            small = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
            yield draw_people(small, [resized_motion(motion, *self.size) for motion in self._motions.get(frame, [])])

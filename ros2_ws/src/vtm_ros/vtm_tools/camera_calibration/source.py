"""The pictures to calibrate with: a video, image files, or a folder of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from vtm.errors import VtmError
from vtm_trt.sources.video import Video

MOST_FRAMES = 400
"""Of a video so many frames are looked at, evenly spread."""


class Pictures:
    """Iterates over images (H, W, 3) BGR, all of one size.

    Args:
        given: A video, image files, or folders of them.

    Attributes:
        count: How many, None when unknown.
        size: Width and height, pixels.

    Raises:
        VtmError: There are none, or one cannot be read.
    """

    def __init__(self, given: Sequence[Path]):
        files = [file for path in given for file in (_images_in(path) if path.is_dir() else [path])]
        self._video = None
        if len(files) == 1 and not _is_image(files[0]):
            self._video = Video(files[0])
            if self._video.live:
                self._video.close()
                raise VtmError(f"{files[0]} is a camera or a stream and never ends; record it to a file first")
            frames = self._video.frame_count
            self._step = max(1, frames // MOST_FRAMES)
            self.count = -(-frames // self._step) if frames else None
            self.size = self._video.width, self._video.height
            return
        self._files, self.count = files, len(files)
        height, width = self._read(files[0]).shape[:2]
        self.size = width, height

    def __iter__(self) -> Iterator[np.ndarray]:
        if self._video is None:
            yield from (self._checked(file) for file in self._files)
            return
        position = 0
        while (image := self._video.read()) is not None:
            if position % self._step == 0:
                yield image
            position += 1
        self._video.close()

    def _checked(self, file: Path) -> np.ndarray:
        image = self._read(file)
        if image.shape[1::-1] != self.size:
            width, height = self.size
            raise VtmError(
                f"{file} has {image.shape[1]}x{image.shape[0]} pixels, the first picture {width}x{height}; "
                "give pictures of one camera at one resolution"
            )
        return image

    @staticmethod
    def _read(file: Path) -> np.ndarray:
        if not file.exists():
            raise VtmError(f"there is no picture {file}; check the path")
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise VtmError(f"{file} cannot be read as a picture; give one video, or PNG or JPEG files")
        return image


def _images_in(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and _is_image(file))
    if not files:
        raise VtmError(f"there is no picture in the folder {folder}; give PNG or JPEG files, or a video")
    return files


def _is_image(path: Path) -> bool:
    return path.is_file() and cv2.haveImageReader(str(path))

"""What a 2D network reads: a region of a frame, cut where the network runs."""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.roi import Roi

LARGEST = 32766
"""Longest image side that OpenCV can warp, pixels."""


@dataclass(frozen=True)
class CropFormat:
    """A network's input: (1, size, size, 3) float32, RGB, level * scale + offset.

    Attributes:
        size: Pixels.
        scale: Of a level 0..255.
        offset: Added to it.
        replicate: Whether the pixels beyond the frame are those of its border; else they are black.
    """

    size: int
    scale: float
    offset: float
    replicate: bool


class Crop(Protocol):
    """`crop(frame, roi)` is the network's input. The next call overwrites it."""

    def __call__(self, frame: Frame, roi: Roi) -> Any:
        """What the runner takes as that input: an array of the processor's or of the GPU's memory.

        Args:
            frame: Its image is C-contiguous.
            roi: The region to cut out.
        """


class HostCrop:
    """The Crop of a network on the processor."""

    def __init__(self, form: CropFormat):
        self._form = form
        self._border = cv2.BORDER_REPLICATE if form.replicate else cv2.BORDER_CONSTANT
        self._levels = np.empty((form.size, form.size, 3), np.uint8)
        self._input = np.empty((1, form.size, form.size, 3), np.float32)

    def __call__(self, frame: Frame, roi: Roi) -> np.ndarray:
        """The network's input, (1, size, size, 3) float32."""
        roi.crop(frame.image, self._levels, self._border)
        np.multiply(self._levels, np.float32(self._form.scale), out=self._input[0])
        if self._form.offset:
            self._input += np.float32(self._form.offset)
        return self._input


def croppable(frame: Frame) -> Frame | None:
    """A frame of its own with the same image, C-contiguous; None where that can have no crop.

    A new Frame even for one seen before, whose pixels may have changed: a copy on the GPU is known by its Frame.
    """
    height, width = frame.image.shape[:2]
    if min(height, width) < 1 or max(height, width) > LARGEST:
        return None
    return replace(frame, image=np.ascontiguousarray(frame.image))

"""Finds people in an image: BlazePose's detector (a face box and alignment points of the body)."""

from collections.abc import Iterator

import numpy as np

from vtm.types import Frame
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.crop import CropFormat
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.roi import Roi

SIZE = 224
INPUT = CropFormat(SIZE, scale=1 / 127.5, offset=-1.0, replicate=False)
SCORE, LEAST_SCORE = 0.5, 0.3
"""Of the most certain person, and of everybody: who is seen from aside is less certain, and looked at once more anyway.
"""
OVERLAP = 0.3
GRIDS = ((8, 2), (16, 2), (32, 6))
"""Stride in pixels and boxes per cell of the detector's output grids."""


def anchors() -> np.ndarray:
    """Cell centres of the detector's 2254 boxes, (2254, 2) float32 in 0..1 of its square input."""
    grids = []
    for stride, boxes in GRIDS:
        centres = (np.arange(SIZE // stride) + 0.5) * stride / SIZE
        x, y = np.meshgrid(centres, centres)
        grids.append(np.stack([x, y], -1).reshape(-1, 2).repeat(boxes, 0))
    return np.concatenate(grids).astype(np.float32)


class PersonDetector:
    """`detector(frame)` is the region of the most certain person, or None; `everybody` finds them all.

    Args:
        backend: What runs the network.
        threads: Of the processor.
        crops: Shared with those who look at the same frames.
    """

    def __init__(self, backend: str = "auto", threads: int = 2, crops: Crops | None = None):
        self.runner = load_runner(model_path("pose_detection"), backend, threads)
        self._anchors = anchors()
        self._crop = (crops or Crops()).of(self.runner, INPUT)

    def __call__(self, frame: Frame, within: Roi | None = None) -> Roi | None:
        """The region of the most certain person, None where nobody is; the arguments are those of `everybody`."""
        return next(self.everybody(frame, within, SCORE), None)

    def everybody(self, frame: Frame, within: Roi | None = None, score: float = LEAST_SCORE) -> Iterator[Roi]:
        """The regions of all people, the most certain first.

        Args:
            frame: Its image is C-contiguous.
            within: The upright part of the image to look at, all of it where None.
            score: Least certainty, 0 to 1.
        """
        within = within or whole(frame)
        outputs = self.runner({"image": self._crop(frame, within)})
        matrix = within.to_image(SIZE)
        for points in self._found(outputs["boxes"][0], outputs["scores"][0, :, 0], score):
            yield Roi.around(points * SIZE @ matrix[:, :2].T + matrix[:, 2])

    def _found(self, boxes: np.ndarray, logits: np.ndarray, score: float) -> Iterator[np.ndarray]:
        """Alignment points (2, 2) of each, in 0..1 of the input, averaged over the sure boxes at the best one."""
        candidates = np.flatnonzero(logits > np.log(score / (1 - score)))
        weights = 1 / (1 + np.exp(-np.minimum(logits[candidates], 100.0)))
        points = boxes[candidates].reshape(-1, 6, 2) / SIZE
        points[:, (0, 2, 3)] += self._anchors[candidates, None]
        low, high = points[:, 0] - points[:, 1] / 2, points[:, 0] + points[:, 1] / 2
        area = (high - low).prod(-1)
        while weights.any():
            best = weights.argmax()
            shared = np.clip(np.minimum(high, high[best]) - np.maximum(low, low[best]), 0, None).prod(-1)
            same = shared > OVERLAP * (area + area[best] - shared)
            own = weights * (same & (weights >= SCORE))
            own[best] = max(own[best], SCORE)
            yield np.einsum("n,nij->ij", own, points[:, 2:4]) / own.sum()
            same[best] = True
            weights[same] = 0


def whole(frame: Frame) -> Roi:
    """The square around all of an image."""
    height, width = frame.image.shape[:2]
    return Roi(width / 2, height / 2, max(width, height), 0.0)

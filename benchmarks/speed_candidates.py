"""Ways to look at a person that were weighed for `vtm_trt/speed.py`: its own, and those that did not get in."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from vtm.types import Frame
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.engine.precision import variant
from vtm_trt.pose2d.landmarks import LandmarkNetwork, Landmarks
from vtm_trt.pose2d.roi import Roi
from vtm_trt.pose2d.tracker import PoseTracker
from vtm_trt.speed import SPEEDS

BLOCKS = 32
"""Along each side of a crop, whose mean levels are compared: the noise of a camera averages out in them."""
CHANGED = 3
"""Levels of 255 by which a block differs where something moves: an edge of 25 levels that went on by a pixel."""
MOVED = 0.004
"""How far the region may have moved meanwhile, in its sides: a pixel of the crop."""
IN_A_ROW = 4
"""Frames that are not looked at, at most."""


class Reusing:
    """A landmark network that does not look at a crop which shows what it showed when it looked last."""

    def __init__(self, network: LandmarkNetwork):
        self._network, self.runner = network, network.runner
        self._last: tuple[np.ndarray, Roi, Landmarks] | None = None
        self._left = self.reused = 0
        self._levels = np.empty((256, 256, 3), np.uint8)

    def __call__(self, frame: Frame, roi: Roi) -> Landmarks | None:
        """As the network."""
        roi.crop(frame.image, self._levels)
        blocks = cv2.resize(self._levels, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
        if self._last and self._left and self._is_same(blocks, roi, *self._last[:2]):
            self._left, self.reused = self._left - 1, self.reused + 1
            return self._last[2]
        seen = self._network(frame, roi)
        self._last, self._left = (blocks, roi, seen) if seen else None, IN_A_ROW
        return seen

    @staticmethod
    def _is_same(blocks: np.ndarray, roi: Roi, before: np.ndarray, region: Roi) -> bool:
        way = max(abs(roi.x - region.x), abs(roi.y - region.y), abs(roi.side - region.side))
        is_near = way < MOVED * region.side and abs(roi.angle - region.angle) < MOVED
        return is_near and bool(cv2.absdiff(blocks, before).max() <= CHANGED)


def of_speed(name: str, threads: int) -> PoseTracker:
    """One that is in."""
    speed = SPEEDS[name]
    return PoseTracker(speed.pose_model, threads=threads, twice=speed.twice)


def heavy(threads: int) -> PoseTracker:
    """The largest network."""
    return PoseTracker("heavy", threads=threads)


def openvino(threads: int) -> PoseTracker:
    """`full`, run by OpenVINO."""
    return PoseTracker("full", "openvino", threads)


def int8(threads: int, backend: str = "onnxruntime") -> PoseTracker:
    """`full` in 8-bit integers, as models/int8.json has them."""
    tracker = PoseTracker("full", backend, threads)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pose_landmark_full.onnx"
        path.write_bytes(variant(model_path("pose_landmark_full"), "int8"))
        tracker._network.runner = load_runner(path, backend, threads)
    return tracker


def reusing(threads: int) -> PoseTracker:
    """`full`, which does not look again at who keeps still."""
    tracker = PoseTracker("full", threads=threads)
    tracker._network = Reusing(tracker._network)  # type: ignore[assignment]
    return tracker


CANDIDATES: dict[str, Callable[[int], PoseTracker]] = {
    **{name: lambda threads, name=name: of_speed(name, threads) for name in SPEEDS},
    "heavy": heavy,
    "full, OpenVINO": openvino,
    "full in int8": int8,
    "full in int8, OpenVINO": lambda threads: int8(threads, "openvino"),
    "full, still people not again": reusing,
}

"""BlazePose's landmark network on one region of an image."""

from dataclasses import dataclass, replace

import numpy as np

from vtm.errors import VtmError
from vtm.types import Frame
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.crop import CropFormat
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.heatmap import refine
from vtm_trt.pose2d.roi import Roi

SIZE = 256
INPUT = CropFormat(SIZE, scale=1 / 255, offset=0.0, replicate=True)
VARIANTS = ("lite", "full", "heavy")
NUM_LANDMARKS = 33
MIRROR = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(index + (1 if index % 2 else -1) for index in range(11, NUM_LANDMARKS))]
"""Index of each landmark in the mirror: left and right are exchanged."""
PRESENT = 0.5
"""Below this presence the region holds no person."""


@dataclass(frozen=True)
class Landmarks:
    """BlazePose's view of one person.

    Attributes:
        pixels: (33, 2) float32 in the image.
        confidence: (33,) float32 in 0..1, visible and present.
        alignment: (2, 2) float32 pixels, the points that give the next frame's region.
        world: (33, 3) float32 m from the middle of the hips, axes of the camera (x right, y down, z forward).
    """

    pixels: np.ndarray
    confidence: np.ndarray
    alignment: np.ndarray
    world: np.ndarray


class LandmarkNetwork:
    """`network(frame, roi)` is the person's Landmarks in that region, or None where nobody is.

    Args:
        variant: One of VARIANTS.
        backend: What runs the network.
        threads: Of the processor.
        crops: Shared with those who look at the same frames.
        twice: Whether the region is also looked at in the mirror; the landmarks are the mean of both.

    Raises:
        VtmError: The variant is unknown, or the network is missing or cannot run here.
    """

    def __init__(
        self,
        variant: str = "full",
        backend: str = "auto",
        threads: int = 2,
        crops: Crops | None = None,
        twice: bool = False,
    ):
        if variant not in VARIANTS:
            raise VtmError(f"unknown 2D pose network '{variant}'; choose one of: {', '.join(VARIANTS)}")
        self.runner = load_runner(model_path(f"pose_landmark_{variant}"), backend, threads)
        self._crop = (crops or Crops()).of(self.runner, INPUT)
        self._twice = twice

    def __call__(self, frame: Frame, roi: Roi) -> Landmarks | None:
        """The person's landmarks in a region, None where nobody is; the image of `frame` is C-contiguous."""
        seen = self._look(frame, roi)
        mirrored = self._look(frame, replace(roi, mirrored=True)) if seen and self._twice else None
        return _mean(seen, mirrored) if seen and mirrored else seen

    def _look(self, frame: Frame, roi: Roi) -> Landmarks | None:
        outputs = self.runner({"image": self._crop(frame, roi)})
        raw = outputs["landmarks"].reshape(-1, 5)
        if not outputs["presence"].item() >= PRESENT or not np.isfinite(raw).all():
            return None
        crop_pixels = refine(raw[: NUM_LANDMARKS + 2, :2] / SIZE, outputs["heatmap"][0]) * SIZE
        matrix = roi.to_image(SIZE)
        pixels = (crop_pixels @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        visible, present = 1 / (1 + np.exp(-np.clip(raw[:NUM_LANDMARKS, 3:], -50, 50))).T
        world = outputs["world"].reshape(-1, 3)[:NUM_LANDMARKS].copy()
        world[:, :2] = world[:, :2] @ roi.rotation.T
        return Landmarks(pixels[:NUM_LANDMARKS], visible * present, pixels[NUM_LANDMARKS:], world)


def _mean(seen: Landmarks, mirrored: Landmarks) -> Landmarks:
    return Landmarks(
        (seen.pixels + mirrored.pixels[MIRROR]) / 2,
        (seen.confidence + mirrored.confidence[MIRROR]) / 2,
        (seen.alignment + mirrored.alignment) / 2,
        (seen.world + mirrored.world[MIRROR]) / 2,
    )

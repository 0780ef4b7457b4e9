"""MediaPipe's hand landmark network on one region of an image."""

import numpy as np

from vtm.errors import VtmError
from vtm.types import Frame, HandLandmarks
from vtm_trt.engine.backends import load_runner
from vtm_trt.engine.models import model_path
from vtm_trt.pose2d.crop import CropFormat
from vtm_trt.pose2d.gpu_crop import Crops
from vtm_trt.pose2d.roi import Roi

SIZE = 224
INPUT = CropFormat(SIZE, scale=1 / 255, offset=0.0, replicate=False)
VARIANTS = ("lite", "full")
PRESENT = 0.5
"""Below this presence the region holds no hand."""
HINT = 0.1
"""Below this one the points are nowhere near a hand either."""


class HandNetwork:
    """`network(frame, roi)` is what it takes for the hand in that region, however sure it is; None where there is none.

    Args:
        variant: One of VARIANTS.
        backend: What runs the network.
        threads: Of the processor.
        crops: Shared with those who look at the same frames.

    Raises:
        VtmError: The variant is unknown, or the network is missing or cannot run here.
    """

    def __init__(self, variant: str = "full", backend: str = "auto", threads: int = 1, crops: Crops | None = None):
        if variant not in VARIANTS:
            raise VtmError(f"unknown hand network '{variant}'; choose one of: {', '.join(VARIANTS)}")
        self.runner = load_runner(model_path(f"hand_landmark_{variant}"), backend, threads)
        self._crop = (crops or Crops()).of(self.runner, INPUT)

    def __call__(self, frame: Frame, roi: Roi) -> HandLandmarks | None:
        """The points of presence HINT or more in a region, None below; the image of `frame` is C-contiguous."""
        outputs = self.runner({"image": self._crop(frame, roi)})
        raw = outputs["landmarks"].reshape(21, 3)
        presence = outputs["presence"].item()
        if not presence >= HINT or not np.isfinite(raw).all():
            return None
        matrix = roi.to_image(SIZE)
        pixels = raw[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        world = outputs["world"].reshape(21, 3).copy()
        world[:, :2] = world[:, :2] @ roi.rotation.T
        return HandLandmarks(
            pixels=pixels.astype(np.float32),
            depth=(raw[:, 2] * (roi.side / SIZE)).astype(np.float32),
            world=world,
            presence=presence,
            right=outputs["right"].item(),
        )

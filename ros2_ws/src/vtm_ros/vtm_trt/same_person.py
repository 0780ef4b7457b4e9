"""Whether this frame can show the person of the last: nobody jumps across the image or changes size at once."""

import numpy as np

from vtm.camera import keypoint_box
from vtm.records import Observation

LARGEST_MOVE = 0.5
"""Between two frames, in sides of the person's box."""
LARGEST_GROWTH = 1.6
"""Factor of the box's side between two frames."""


class SamePerson:
    """Remembers the box, in normalised coordinates, of the frame before."""

    def __init__(self):
        self._box: np.ndarray | None = None

    def reset(self) -> None:
        """Anybody may come next."""
        self._box = None

    def __call__(self, observation: Observation) -> bool:
        """Compare with the frame before, and remember this one."""
        box = keypoint_box(observation.rays, observation.confidence)
        before, self._box = self._box, box
        if before is None:
            return True
        small, large = sorted((before[2], box[2]))
        return bool(np.abs(box[:2] - before[:2]).max() <= LARGEST_MOVE * large and large <= LARGEST_GROWTH * small)

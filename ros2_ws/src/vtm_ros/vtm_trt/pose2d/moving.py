"""Where something moves in the pictures that nobody who is followed explains."""

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np

from vtm.types import Frame
from vtm_trt.pose2d.painting import draw
from vtm_trt.pose2d.roi import Roi

LONGER_SIDE = 160
"""Pixels of the small pictures that are compared."""
AGO_NS = 100_000_000
"""Nanoseconds between them, at least."""
LEAST_CHANGE, TIMES_USUAL = 18, 4
"""Levels, 0 to 255, by which a pixel has changed; more where most of the picture changes, as when the camera moves."""
THICKER = 2.2
"""How much thicker than they are those who are followed explain what moves."""
APART, LEAST_SIZE = 4, 8
"""Small pixels: what moves is of one body if it is nearer than twice this, and of a person if it is so large."""
WIDER = 1.4
"""Side of a person's region over the person's height."""


class Moving:
    """Looks at every picture in its order."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Any picture may come next."""
        self._pictures: deque[tuple[int, np.ndarray]] = deque()

    def __call__(self, frame: Frame, bodies: Sequence[np.ndarray]) -> list[Roi]:
        """The regions that people who are what moves would have, the largest first.

        Args:
            frame: The next one.
            bodies: Landmarks (33, 2) of everybody who is followed.
        """
        step = max(1, round(max(frame.image.shape[:2]) / LONGER_SIDE))
        picture = np.ascontiguousarray(frame.image[step // 2 :: step, step // 2 :: step])
        before = self._before(frame.stamp_ns, picture)
        if before is None:
            return []
        change = cv2.absdiff(picture, before).max(-1)
        moves = (change > max(LEAST_CHANGE, TIMES_USUAL * float(np.median(change)))).astype(np.uint8)
        for body in bodies:
            draw(moves, body / step, THICKER, 0)
        joined = cv2.dilate(moves, np.ones((2 * APART + 1,) * 2, np.uint8))
        _, _, boxes, _ = cv2.connectedComponentsWithStats(joined)
        found = []
        for left, top, width, height, _ in boxes[1:].tolist():
            size = max(width, height) - 2 * APART
            if size >= LEAST_SIZE:
                found.append(Roi((left + width / 2) * step, (top + height / 2) * step, WIDER * size * step, 0.0))
        return sorted(found, key=lambda place: -place.side)

    def _before(self, stamp_ns: int, picture: np.ndarray) -> np.ndarray | None:
        """The last picture that is old enough, the oldest where none is."""
        if self._pictures and self._pictures[-1][1].shape != picture.shape:
            self.reset()
        while len(self._pictures) > 1 and stamp_ns - self._pictures[1][0] >= AGO_NS:
            self._pictures.popleft()
        before = self._pictures[0][1] if self._pictures else None
        self._pictures.append((stamp_ns, picture))
        return before

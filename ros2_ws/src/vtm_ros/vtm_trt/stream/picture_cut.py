"""Whether a picture shows another scene than the one before: a hard cut, told by a few of its pixels."""

import numpy as np

GRID = (18, 32)
"""Pixels that are looked at, rows and columns."""
LEAST_DIFFERENCE = 30.0
"""Least mean difference of grey levels, 0..255, over a cut."""
TIMES_USUAL = 3.0
"""A cut differs at least so many times as much as frames usually do: a moving camera changes every picture."""
USUAL_AT_FIRST = 15.0
FOLLOWS = 0.2


class PictureCut:
    """Looks at every picture in its order."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Any picture may come next."""
        self._before: np.ndarray | None = None
        self._usual = USUAL_AT_FIRST

    def __call__(self, image: np.ndarray) -> bool:
        """Whether the next picture, `image` (H, W, 3) uint8, shows another scene."""
        before, self._before = self._before, _grey(image) if image.size else None
        if before is None or self._before is None:
            return False
        difference = float(np.abs(self._before - before).mean())
        is_cut = difference > max(LEAST_DIFFERENCE, TIMES_USUAL * self._usual)
        if not is_cut:
            self._usual += FOLLOWS * (difference - self._usual)
        return is_cut


def _grey(image: np.ndarray) -> np.ndarray:
    """The grey levels of the pixels of GRID, int16."""
    rows, columns = (np.linspace(0, image.shape[axis] - 1, count).astype(int) for axis, count in enumerate(GRID))
    return image[rows[:, None], columns].sum(-1, dtype=np.int16) // 3

"""Whether a picture shows another scene than the one before: a hard cut, told by a few of its pixels."""

import numpy as np

GRID = (36, 64)
"""Pixels that are looked at, rows and columns."""
LEAST_DIFFERENCE = 25.0
"""Mean difference of grey levels over a cut."""
TIMES_USUAL = 4.0
"""A cut differs by so many times more than the frames before it: a moving camera changes every picture."""
LEAST_SHARE = 0.25
"""Of the picture's levels that are others: what moves keeps them."""
LEVELS = 16
FOLLOWS = 0.2


class PictureCut:
    """Looks at every picture in its order."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Any picture may come next."""
        self._before: np.ndarray | None = None
        self._usual = 0.0

    def __call__(self, image: np.ndarray) -> bool:
        """image: (H, W, 3) uint8."""
        now = _grey(image) if image.size else None
        before, self._before = self._before, now
        if before is None or now is None:
            return False
        difference = float(np.abs(now - before).mean())
        usual = self._usual
        is_cut = difference > LEAST_DIFFERENCE and difference > TIMES_USUAL * usual
        if is_cut:
            counts = [np.bincount(levels.ravel() * LEVELS // 256, minlength=LEVELS) for levels in (before, now)]
            is_cut = float(np.abs(counts[0] - counts[1]).sum()) / (2 * now.size) > LEAST_SHARE
        if not is_cut:
            self._usual += FOLLOWS * (difference - usual)
        return is_cut


def _grey(image: np.ndarray) -> np.ndarray:
    """The grey levels of the pixels of GRID, int16."""
    rows, columns = (np.linspace(0, image.shape[axis] - 1, count).astype(int) for axis, count in enumerate(GRID))
    return image[rows[:, None], columns].sum(-1, dtype=np.int16) // 3

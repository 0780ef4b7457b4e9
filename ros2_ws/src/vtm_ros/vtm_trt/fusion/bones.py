"""The bones of one person, measured along the way.

What the frames tell is averaged, not summed up: a detector that puts the hips too low does so in every frame, so that
any number of frames knows no more of a bone than one does that has no noise. The proportions of people, with which the
cameras' own motions begin, keep their weight beside it.
"""

from dataclasses import dataclass

import numpy as np

from vtm.body.skeleton import MIRROR, NUM_BONES

SIZE, ALIKE, SYMMETRIC = 4.0, 600.0, 2000.0
"""Weights of the size of the person, of bones that are longer or shorter than the others, and of bones unlike those of
the other side; all of logarithms of bone ratios."""
LONGEST_MEMORY = 600
"""Frames."""

_OTHER_SIDE = np.eye(NUM_BONES)[np.array(MIRROR[1:]) - 1]


def _proportions() -> np.ndarray:
    asymmetric = (np.eye(NUM_BONES) - _OTHER_SIDE) / 2
    return SIZE / NUM_BONES + ALIKE * (np.eye(NUM_BONES) - 1 / NUM_BONES) + SYMMETRIC * asymmetric.T @ asymmetric


@dataclass(frozen=True, eq=False)
class Told:
    """What a frame tells of the bones: the squares are l known l / 2 - wanted l, l being the logarithms of the ratios.

    Attributes:
        known: (21, 21).
        wanted: (21,).
    """

    known: np.ndarray
    wanted: np.ndarray


class Bones:
    """Holds what is known of them.

    Args:
        ratio: (21,) bone lengths over the virtual skeleton's, to begin with.

    Attributes:
        log_ratio: (21,) of the best estimate.
        frames: How many have told of them, LONGEST_MEMORY at most.
    """

    def __init__(self, ratio: np.ndarray) -> None:
        self.log_ratio = self._guess = np.log(ratio)
        self._proportions = _proportions()
        self._known: np.ndarray = np.zeros((NUM_BONES, NUM_BONES))
        self._wanted: np.ndarray = np.zeros(NUM_BONES)
        self.frames = 0

    @property
    def ratio(self) -> np.ndarray:
        """(21,) of the best estimate."""
        return np.exp(self.log_ratio)

    def learn(self, told: Told, anew: bool = False) -> None:
        """Take what a frame tells; `anew` in place of what it told before."""
        self.frames = max(self.frames, 1) if anew else min(self.frames + 1, LONGEST_MEMORY)
        self._known = self._known + (told.known - self._known) / self.frames
        self._wanted = self._wanted + (told.wanted - self._wanted) / self.frames
        pull = self._proportions @ self._guess + self._wanted
        self.log_ratio = np.linalg.solve(self._proportions + self._known, pull)

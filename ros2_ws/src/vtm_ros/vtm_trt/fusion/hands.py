"""Each hand as one camera has it: the one that is surest of it, and no other until that is clearly surer."""

from collections.abc import Hashable, Mapping

import numpy as np

from vtm.types import HandPoses, Motion

CLEARLY = 0.15
"""Fingers would flicker between two cameras that are about as sure as each other."""


class Hands:
    """Holds which camera each hand was taken from."""

    def __init__(self) -> None:
        self._from: dict[int, Hashable] = {}

    def __call__(self, told: Mapping[Hashable, Motion]) -> HandPoses | None:
        """The hands of an instant, None where no camera looks at hands.

        Args:
            told: What cameras have of the instant, by their names.
        """
        seen = {camera: motion.hands for camera, motion in told.items() if motion.hands is not None}
        if not seen:
            return None
        chosen = []
        for hand in range(2):
            sure = {camera: float(hands.confidence[hand]) for camera, hands in seen.items()}
            best, before = max(sure, key=lambda camera: sure[camera]), self._from.get(hand)
            self._from[hand] = before if sure.get(before, 0.0) > max(sure[best] - CLEARLY, 0.0) else best
            chosen.append(seen[self._from[hand]])
        return HandPoses(
            np.stack([hands.angles[hand] for hand, hands in enumerate(chosen)]),
            np.array([hands.confidence[hand] for hand, hands in enumerate(chosen)], np.float32),
        )

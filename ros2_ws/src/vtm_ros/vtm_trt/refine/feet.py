"""Feet that stand do not move: the legs reach for where each foot was set down.

A foot is held by its heel or its toe, whichever stands more surely. While it is held, the hold gives way slowly, so
that an error cannot grow; when it is let go, the correction fades. So nothing ever jumps.
"""

from dataclasses import dataclass, field

import numpy as np

from vtm.records import Motion
from vtm_trt.refine.legs import ANKLE, TOE, legs, with_ankles

HOLD, LET_GO = 0.5, 0.3
"""Probabilities of standing at which a foot is held and let go."""
FARTHEST_M = 0.12
"""A foot that would have to be brought back from farther away is let go."""
GIVES_WAY_M_S = 0.1
FADE_S = 0.1
SOLE_M = 0.02
"""Height of the toe's joint above the ground that it stands on."""


@dataclass
class _Foot:
    """shift: (3,) m from where the network puts the foot to where it is put.  held: ANKLE, TOE or None."""

    shift: np.ndarray = field(default_factory=lambda: np.zeros(3))
    held: int | None = None
    place: np.ndarray = field(default_factory=lambda: np.zeros(3))


class Feet:
    """Holds the feet that stand, in world axes. Wants motions whose camera is known."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._feet = (_Foot(), _Foot())
        self._stamp_ns: int | None = None

    def __call__(self, motion: Motion) -> Motion:
        assert motion.camera is not None
        seconds = (motion.stamp_ns - self._stamp_ns) * 1e-9 if self._stamp_ns is not None else 0.0
        self._stamp_ns = motion.stamp_ns
        now = legs(motion)
        ankles = {}
        for side, foot in enumerate(self._feet):
            points = now.position[side]
            self._hold(foot, points, motion.contacts[2 * side : 2 * side + 2], seconds)
            lowest = min(points[ANKLE, 2], points[TOE, 2]) + foot.shift[2]
            lift = max(0.0, motion.camera.floor - SOLE_M - lowest) if foot.held is None else 0.0
            shift = foot.shift + [0, 0, lift]
            if np.abs(shift).max() > 1e-4:
                ankles[side] = points[ANKLE] + shift
        return with_ankles(motion, now, ankles) if ankles else motion

    def _hold(self, foot: _Foot, points: np.ndarray, standing: np.ndarray, seconds: float) -> None:
        part = TOE if standing[1] >= standing[0] else ANKLE
        surest = standing.max()
        if surest < (HOLD if foot.held is None else LET_GO):
            foot.held = None
        elif foot.held != part:
            foot.held, foot.place = part, points[part] + foot.shift
        if foot.held is not None:
            off = foot.place - points[part]
            far = float(np.linalg.norm(off))
            if far > FARTHEST_M:
                foot.held = None
            else:
                foot.place = foot.place - off * min(1.0, GIVES_WAY_M_S * seconds / max(far, 1e-9))
                foot.shift = foot.place - points[part]
        if foot.held is None:
            foot.shift = foot.shift * np.exp(-seconds / FADE_S)

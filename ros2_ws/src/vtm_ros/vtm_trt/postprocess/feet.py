"""Feet that stand do not move: the pelvis and the legs follow where each foot was set down.

A foot is held by its heel or its toe, whichever stands more surely. While it is held, the hold gives way slowly, so
that an error cannot grow; when it is let go, the correction fades. What the held feet have in common the pelvis
carries, a little later; the legs bend for the rest, and lift the feet out of the ground. So nothing ever jumps.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from vtm.types import CameraPose, Motion
from vtm_trt.postprocess.legs import ANKLE, HEIGHT_M, TOE, legs, root_in_world, with_ankles, with_root_in_world

HOLD, LET_GO = 0.5, 0.3
"""Hysteresis: probabilities of contact at which a foot is held and let go."""
CHANGES = 0.3
"""Probability of standing below which a foot is held by its other end."""
GIVES_WAY_S = 2.0
"""Seconds in which the hold of a foot decays by a factor of e."""
FADE_S = 0.1
CARRY_S = 0.1
"""Time constant, seconds, with which the pelvis follows the held feet."""
BENDS_M = 0.08
"""Metres by which a leg may bring its foot back, beyond what the pelvis does; farther away, the foot slips."""
ACROSS_M = 0.03
"""Metres by which a foot is held across the camera's line of sight at most: there the image is more accurate."""
ALONG = 0.05
"""Share of the person's distance by which a foot is held along the line of sight at most: the image, too, tells how far
away somebody is, and whom the feet took farther than that would be seen in another size."""
DEEPEST_M = 0.15
"""Metres by which a foot is lifted out of the ground at most: where it is deeper, the ground has changed."""


@dataclass
class _Foot:
    """One foot.

    Attributes:
        shift: (3,) m from where the network puts the foot to where it is put.
        held: ANKLE, TOE or None.
        place: (3,) m, where that is held.
        last: (4, 3) m, where the joints of the leg were put last.
    """

    shift: np.ndarray = field(default_factory=lambda: np.zeros(3))
    held: int | None = None
    place: np.ndarray = field(default_factory=lambda: np.zeros(3))
    last: np.ndarray = field(default_factory=lambda: np.zeros((4, 3)))


class Feet:
    """Holds the feet that stand, in world axes. Wants motions whose camera is known."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._feet = (_Foot(), _Foot())
        self._stamp_ns: int | None = None
        self._carry = np.zeros(3)

    def __call__(self, motion: Motion) -> Motion:
        """The motion with its held feet where they were set down."""
        assert motion.camera is not None
        seconds = (motion.stamp_ns - self._stamp_ns) * 1e-9 if self._stamp_ns is not None else 0.0
        self._stamp_ns = motion.stamp_ns
        now = legs(motion)
        sight = motion.camera.rotation @ motion.root_cam
        for side, foot in enumerate(self._feet):
            standing = motion.contacts[2 * side : 2 * side + 2]
            self._hold(foot, now.position[side], standing, motion.camera, sight, seconds)
        held = [foot.shift for foot in self._feet if foot.held is not None]
        wanted = np.mean(held, axis=0) if held else np.zeros(3)
        self._carry = self._carry + (wanted - self._carry) * (1 - np.exp(-seconds / CARRY_S))
        for side, foot in enumerate(self._feet):
            foot.last = now.position[side] + foot.shift
            if foot.held is None:
                foot.last[:, 2] += _sunk(foot.last, motion.camera.floor)
        motion = with_root_in_world(motion, root_in_world(motion) + self._carry)
        now = replace(now, position=now.position + self._carry)
        return with_ankles(motion, now, np.array([foot.last[ANKLE] for foot in self._feet]))

    def _hold(
        self,
        foot: _Foot,
        points: np.ndarray,
        standing: np.ndarray,
        camera: CameraPose,
        sight: np.ndarray,
        seconds: float,
    ) -> None:
        part = TOE if standing[1] >= standing[0] else ANKLE
        if standing.max() < (HOLD if foot.held is None else LET_GO):
            foot.held = None
        elif foot.held is None:
            foot.held, foot.place = part, points[part] + foot.shift
        elif foot.held != part and standing[foot.held - ANKLE] < CHANGES:
            foot.held, foot.place = part, foot.last[part]
        if foot.held is None:
            foot.shift = self._carry + (foot.shift - self._carry) * np.exp(-seconds / FADE_S)
            return
        off = (foot.place - points[foot.held]) * np.exp(-seconds / GIVES_WAY_S)
        off[2] += _sunk(points + off, camera.floor)
        by_leg = _seen(off, sight) - self._carry
        foot.shift = self._carry + by_leg * min(1.0, BENDS_M / max(float(np.linalg.norm(by_leg)), 1e-9))
        if camera.source not in ("contacts", "assumed"):  # only then it is known for sure which way is up
            foot.shift[2] += _sunk(points + foot.shift, camera.floor)
        foot.place = points[foot.held] + foot.shift


def _sunk(leg: np.ndarray, floor: float) -> float:
    """How far the foot of a leg (4, 3) is to be lifted out of the ground, metres."""
    return min(DEEPEST_M, max(0.0, *(floor + height - leg[part, 2] for part, height in HEIGHT_M.items())))


def _seen(shift: np.ndarray, sight: np.ndarray) -> np.ndarray:
    """`shift` (3,) cut to ACROSS_M across `sight`, from the camera to the person in metres, and to ALONG it."""
    share = (shift @ sight) / (sight @ sight)
    across = shift - share * sight
    along = np.clip(share, -ALONG, ALONG) * sight
    return along + across * min(1.0, ACROSS_M / max(float(np.linalg.norm(across)), 1e-9))

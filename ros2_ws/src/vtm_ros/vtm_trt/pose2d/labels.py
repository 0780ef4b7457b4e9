"""Left and right, put right where a 2D network exchanges them for some frames, with no less confidence.

[ours] A hidden Markov model over eight states: whether legs, arms and face (GROUPS of `exchange`) are exchanged in a
frame. All costs are lengths in shares of the person's height:

* from frame to frame, how far the keypoints of each group are from where the frame before, and its speed, says they
  would be, with the labels of the state (people move; they do not turn by 180 degrees in a frame);
* in each frame, a little for every exchanged group (a detector is right more often than not), and what the body cannot
  do: hips turned against the shoulders, or shoulders against the face; toes that point away from the camera in front of
  hips that face it.

Every path remembers places and speeds as it labelled them, so that a frame in which both labellings fall together
misleads no path but one that took it for an exchange. `LabelBelief` takes the cheapest path that ends in the newest
frame (Viterbi, forwards only), so it costs no delay and may change its mind about the past. `smoothed` takes the
cheapest path through a whole recording.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vtm.types import Observation
from vtm_trt.pose2d.exchange import BITS, COUNT, GROUPS, MEMBER, MIRROR, exchange
from vtm_trt.pose2d.label_paths import LabelPaths

AT_FIRST = 0.03
"""What an exchanged group costs in the first frame."""
IN_DOUBT = 0.005
"""Live, legs or arms are said to be exchanged where that is cheaper by so much: many a leap is thought better of in the
next frame."""
UNSURE, APART = 0.03, 0.08
"""Live, legs or arms are doubted whose other labelling costs less than the first more, where it puts a keypoint further
off than the second, in shares of the height. Of frames that the whole recording shows to be wrong two of five are such,
of others one of forty."""
LONGEST_MEMORY = 64
"""Frames over which a revised decision is traced back."""
_LIMBS = [group for group, name in enumerate(GROUPS) if name != "face"]
_IN_DOUBT = IN_DOUBT * BITS[:, _LIMBS].sum(1)


class LabelBelief:
    """`belief(observation)` is the observation with left and right as they are believed to be; causal, one person.

    Limbs whose left and right may as well be the other way round are doubted.

    revised: how many of the frames before the last one were, as it now seems, labelled wrongly; 0 in most frames.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another person."""
        self.revised = 0
        self._paths: LabelPaths | None = None
        self._cost = AT_FIRST * BITS.sum(1)
        self._past: deque[tuple[int, np.ndarray]] = deque(maxlen=LONGEST_MEMORY)

    def __call__(self, observation: Observation) -> Observation:
        """observation: its confidence is 0 where a keypoint is missing; it shows somebody."""
        cost, origin = self._cost, np.arange(COUNT)
        if self._paths is None:
            self._paths = LabelPaths.start(observation)
        else:
            cost, origin = _step(cost, self._paths.leap(observation))
        cost = cost + self._paths.oddity(observation)
        self._cost = cost - cost.min()
        groups = int((cost + _IN_DOUBT).argmin())
        self.revised = self._wrong_before(int(origin[groups]))
        self._past.append((groups, origin))
        self._paths.follow(observation, groups, origin)
        put_right = self._paths.without_wrong_feet(exchange(observation, groups))
        return replace(put_right, doubted=self._doubted(observation, groups))

    def _doubted(self, observation: Observation, groups: int) -> int:
        assert self._paths is not None
        doubted = 0
        for limb in _LIMBS:
            others = self._cost[BITS[:, limb] != BITS[groups, limb]].min() - self._cost[groups]
            if others < UNSURE:
                points = MEMBER[limb] * observation.confidence > 0
                apart = observation.rays[points] - observation.rays[MIRROR][points]
                doubted |= (np.hypot(*apart.T) > APART * self._paths.height).any() << limb
        return int(doubted)

    def _wrong_before(self, state: int) -> int:
        """How many of the newest frames differ from the cheapest path that ended in `state` one frame ago."""
        count = 0
        for groups, origin in reversed(self._past):
            if groups == state:
                break
            count, state = count + 1, int(origin[state])
        return count


def _step(cost: np.ndarray, leap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step of Viterbi: the least cost (8,) of ending in each state, and the state before."""
    paths = cost + leap
    origin = paths.argmin(1)
    return paths[np.arange(COUNT), origin], origin


def smoothed(observations: Sequence[Observation], timeout_ns: int = 500_000_000) -> list[Observation]:
    """The observations of one recording, as detected, with left and right put right over the whole of it.

    Each stretch without a gap longer than `timeout_ns` is seen by itself; observations without any keypoint stay.
    """
    result = list(observations)
    stretch: list[int] = []
    for index, observation in enumerate(observations):
        if not observation.confidence.any():
            continue
        if stretch and observation.stamp_ns - observations[stretch[-1]].stamp_ns > timeout_ns:
            _smooth(result, stretch)
            stretch = []
        stretch.append(index)
    _smooth(result, stretch)
    return result


def _smooth(observations: list[Observation], rows: Sequence[int]) -> None:
    if not rows:
        return
    origins = []
    paths = LabelPaths.start(observations[rows[0]])
    cost = AT_FIRST * BITS.sum(1) + paths.oddity(observations[rows[0]])
    for row in rows[1:]:
        seen = observations[row]
        cost, origin = _step(cost, paths.leap(seen))
        cost = cost + paths.oddity(seen)
        cost -= cost.min()
        origins.append(origin)
        paths.follow(seen, int(cost.argmin()), origin)
        observations[row] = paths.without_wrong_feet(seen)
    state = int(cost.argmin())
    for row, origin in zip(reversed(rows), [*reversed(origins), np.arange(COUNT)], strict=True):
        observations[row] = exchange(observations[row], state)
        state = int(origin[state])

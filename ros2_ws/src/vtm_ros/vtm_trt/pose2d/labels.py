"""Left and right, put right where a 2D network exchanges them for some frames, with no less confidence.

[ours] A hidden Markov model over eight states: whether legs, arms and face (which three are GROUPS) are exchanged in a
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

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, MIRROR_KEYPOINTS, NUM_KEYPOINTS
from vtm.types import Observation

_PARTS = {
    "legs": ("hip", "knee", "ankle", "heel", "big_toe"),
    "arms": ("shoulder", "elbow", "wrist"),
    "face": ("eye", "ear"),
}
GROUPS = tuple(_PARTS)
"""Bit g of `Observation.exchanged` says whether GROUPS[g] was exchanged."""
_COUNT = 2 ** len(GROUPS)

AS_SAID = np.array([0.006, 0.006, 0.002])
"""What an exchanged group costs in every thirtieth of a second: two seconds of exchanged legs are as unlikely as a leap
by 0.36 of the height."""
AT_FIRST = 0.03
"""What an exchanged group costs in the first frame."""
TWISTED, HEAD_TWISTED = 0.2, 0.1
"""Costs of poses that the body cannot take: hips against shoulders, shoulders against face."""
TURNED_FEET, TURNED_FEET_AT = 0.01, 0.004
"""What toes the wrong way round cost at most. And where they do: the width of the hips times how far the toes point
down, both in shares of the height."""
FEET_DOUBTED_S, FEET_BELIEVED = 0.5, 0.5
"""Feet that are the wrong way round for so long are wrong themselves, since detectors err about feet, too; those
believed less count as not seen."""
LARGEST_LEAP = 0.5
"""In shares of the height: keypoints further from their predicted place are lost, not exchanged."""
PACE_S = 0.1
"""Seconds without a frame after which the last position of a limb counts half."""
SPEED_S = 0.15
"""Time constant, seconds, of the mean speed of a keypoint."""
SPAN, SPAN_S = 0.8, 0.15
"""Weight of the spans of hips, shoulders and face against their mean over about so long: they outlast a few frames in
which all points fall together."""
LEAST_SPAN = 0.05
"""Twice the width, in shares of the height, to which hips sway to and fro in profile."""
LONGEST_MEMORY = 64
"""Frames over which a revised decision is traced back."""
HEIGHT_S = 2.0
"""Time constant, seconds, with which the height of the person in the image falls; it rises at once."""

_LEFT = [[KEYPOINT_INDEX[f"left_{part}"] for part in parts] for parts in _PARTS.values()]
_RIGHT = [[KEYPOINT_INDEX[f"right_{part}"] for part in parts] for parts in _PARTS.values()]
MEMBER = np.zeros((len(GROUPS), NUM_KEYPOINTS), np.float32)
for _row, _points in enumerate(zip(_LEFT, _RIGHT, strict=True)):
    MEMBER[_row, _points[0] + _points[1]] = 1.0
_MIRROR = np.array(MIRROR_KEYPOINTS)
_BITS = (np.arange(_COUNT)[:, None] >> np.arange(len(GROUPS)) & 1).astype(np.float64)
_SIGN = 1.0 - 2.0 * _BITS
_CANONICAL = np.arange(NUM_KEYPOINTS)
_ORDER = np.stack([np.where(_BITS[state] @ MEMBER > 0, _MIRROR, _CANONICAL) for state in range(_COUNT)])
"""(8, 23): `x[_ORDER[state]]` exchanges the groups of the state."""
_K = KEYPOINT_INDEX
_SPANS = np.array([[_K["left_hip"], _K["right_hip"]], [_K["left_shoulder"], _K["right_shoulder"]],
                   [_K["left_ear"], _K["right_ear"]]])  # fmt: skip
"""Left and right end of the hips, the shoulders and the face."""
_CUES = [*_SPANS.ravel(), *(_K[f"{side}_{part}"] for part in ("big_toe", "heel") for side in ("left", "right"))]
_EXCHANGED = _BITS @ AS_SAID
_UNLIKE = [_SIGN[:, a] != _SIGN[:, b] for a, b in ((0, 1), (1, 2))]
_CHAIN = np.array([[_K["neck"], _K["mid_hip"]], [_K["left_hip"], _K["left_knee"]], [_K["left_knee"], _K["left_ankle"]],
                   [_K["right_hip"], _K["right_knee"]], [_K["right_knee"], _K["right_ankle"]]])  # fmt: skip
_CHAIN_SHARE = np.array([1.0, 0.5, 0.5, 0.5, 0.5])
_OF_HEIGHT = 0.75
"""Trunk and leg, hip to ankle and neck to hip, of the standing height."""


def exchange(observation: Observation, groups: int) -> Observation:
    """The same with left and right of the `groups` (bits of GROUPS) exchanged, and marked so."""
    if not groups:
        return observation
    order, arms = _ORDER[groups], groups >> GROUPS.index("arms") & 1
    hands, looked = observation.hands, observation.looked
    return replace(
        observation,
        keypoints=observation.keypoints[order],
        confidence=observation.confidence[order],
        exchanged=observation.exchanged ^ groups,
        hands=hands[::-1] if hands and arms else hands,
        looked=looked[::-1] if arms else looked,
    )


@dataclass
class _Track:
    """Where the keypoints are along the cheapest path to each state, and how fast. Lengths in normalised coordinates.

    place, speed: (8, 23, 2), the latter per second.  spans: (8, 3, 2) the mean of `_spans`.  sure: (23,), the same of
    left and right.  height: of the person.  groups: the cheapest state.  feet: 0..1, how far they can be believed.
    """

    stamp_ns: int
    place: np.ndarray
    speed: np.ndarray
    spans: np.ndarray
    sure: np.ndarray
    height: float
    groups: int = 0
    feet: float = 1.0

    @classmethod
    def start(cls, observation: Observation) -> "_Track":
        place = observation.rays[_ORDER].astype(np.float64)
        height = _height(place[0])
        spans = _SIGN[:, :, None] * _spans(place[0], height)
        return cls(observation.stamp_ns, place, np.zeros_like(place), spans, _of_pairs(observation.confidence), height)

    def leap(self, observation: Observation) -> np.ndarray:
        """(8, 8) what it costs to come to the state of the row in `observation`, from that of the column before."""
        seconds = max((observation.stamp_ns - self.stamp_ns) * 1e-9, 1e-3)
        # a speed is not believed for longer than it takes to change
        expected = self.place + self.speed * min(seconds, SPEED_S)
        both = np.minimum(_of_pairs(observation.confidence), self.sure)
        weight = MEMBER * both
        weight /= np.maximum(weight.sum(1, keepdims=True), 1e-6)
        as_said, exchanged = (
            2 * np.minimum(_distance(observation.rays[order], expected) / self.height, LARGEST_LEAP) @ weight.T
            for order in (_CANONICAL, _MIRROR)
        )
        span = _spans(observation.rays, self.height)
        turn = _distance(-span, self.spans) - _distance(span, self.spans)
        as_said += SPAN * both[_SPANS[:, 0]] * np.maximum(-turn - LEAST_SPAN, 0.0)
        exchanged += SPAN * both[_SPANS[:, 0]] * np.maximum(turn - LEAST_SPAN, 0.0)
        return ((1 - _BITS) @ as_said.T + _BITS @ exchanged.T) / (1 + (seconds / PACE_S) ** 2)

    def follow(self, observation: Observation, groups: int, origin: np.ndarray) -> None:
        """Take `observation`, as detected, as the newest frame.

        Args:
            observation: Somebody.
            groups: The cheapest state.
            origin: (8,) of `_step`.
        """
        seconds = max((observation.stamp_ns - self.stamp_ns) * 1e-9, 1e-3)
        place = observation.rays[_ORDER].astype(np.float64)
        share = 1 - np.exp(-seconds / SPEED_S)
        self.speed = self.speed[origin]
        self.speed += share * ((place - self.place[origin]) / seconds - self.speed)
        now = _height(place[groups])
        self.height = max(now, self.height + (now - self.height) * min(1.0, seconds / HEIGHT_S))
        self.spans = self.spans[origin]
        self.spans += (_SIGN[:, :, None] * _spans(place[0], self.height) - self.spans) * min(1.0, seconds / SPAN_S)
        order = _ORDER[groups][_CUES]
        cues = observation.rays[order].tolist(), observation.confidence[order].tolist()
        doubt = max(_turned_feet(*cues, self.height), 0.0)
        self.feet += (1 - doubt - self.feet) * min(1.0, seconds / FEET_DOUBTED_S)
        self.stamp_ns, self.place, self.sure = observation.stamp_ns, place, _of_pairs(observation.confidence)
        self.groups = groups

    def without_wrong_feet(self, observation: Observation) -> Observation:
        """The same; feet that have long been the wrong way round are not seen."""
        if self.feet > FEET_BELIEVED:
            return observation
        sure = observation.confidence.copy()
        sure[_CUES[6:]] = 0.0
        return replace(observation, confidence=sure)


def _of_pairs(confidence: np.ndarray) -> np.ndarray:
    """(23,) the lower one of left and right."""
    return np.minimum(confidence, confidence[_MIRROR]).astype(np.float64)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(((a - b) ** 2).sum(-1))


def _spans(place: np.ndarray, height: float) -> np.ndarray:
    """(3, 2) from the right to the left end of hips, shoulders and face, in shares of the height."""
    return (place[_SPANS[:, 0]] - place[_SPANS[:, 1]]) / height


def _height(place: np.ndarray) -> float:
    ends = place[_CHAIN]
    return max(float(_distance(ends[:, 0], ends[:, 1]) @ _CHAIN_SHARE) / _OF_HEIGHT, 1e-3)


def _oddity(observation: Observation, track: _Track) -> np.ndarray:
    """(8,) what each state costs in one frame by itself, of keypoints as the detector labelled them."""
    points, sure = observation.rays[_CUES].tolist(), observation.confidence[_CUES].tolist()
    hips, shoulders, face = ((points[i][0] - points[i + 1][0], points[i][1] - points[i + 1][1]) for i in (0, 2, 4))
    seen_hips, seen_shoulders, seen_face = (min(sure[i : i + 2]) for i in (0, 2, 4))
    cost = _EXCHANGED + TWISTED * min(seen_hips, seen_shoulders) * _against(hips, shoulders, track.height, _UNLIKE[0])
    cost += HEAD_TWISTED * min(seen_shoulders, seen_face) * _against(shoulders, face, track.height, _UNLIKE[1])
    turned = track.feet * _turned_feet(points, sure, track.height)
    cost += TURNED_FEET * abs(turned) * (_SIGN[:, 0] * turned > 0)
    return cost * min(max((observation.stamp_ns - track.stamp_ns) * 30e-9, 0.5), 4.0)


def _against(one: tuple[float, float], other: tuple[float, float], height: float, unlike: np.ndarray) -> np.ndarray:
    """(8,) by how much two spans of the body point against each other; unlike: where one is exchanged and one not."""
    along = one[0] * other[0] + one[1] * other[1]
    width = max(math.hypot(*one), math.hypot(*other), 0.02 * height) * height
    return abs(along) / width * (unlike if along > 0 else ~unlike)


def _turned_feet(points: list[list[float]], sure: list[float], height: float) -> float:
    """-1..1, from feet that point the right way round to the wrong one.

    From above, the toes of feet that come towards the camera point down, and then the left hip is on the right.
    """
    hips = (points[0][0] - points[1][0]) / height
    toes = (points[6][1] + points[7][1] - points[8][1] - points[9][1]) / (2 * height)
    return min(*sure[:2], *sure[6:]) * min(max(-toes * hips / TURNED_FEET_AT, -1.0), 1.0)


class LabelBelief:
    """`belief(observation)` is the observation with left and right as they are believed to be; causal, one person.

    revised: how many of the frames before the last one were, as it now seems, labelled wrongly; 0 in most frames.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another person."""
        self.revised = 0
        self._track: _Track | None = None
        self._cost = AT_FIRST * _BITS.sum(1)
        self._past: deque[tuple[int, np.ndarray]] = deque(maxlen=LONGEST_MEMORY)

    def __call__(self, observation: Observation) -> Observation:
        """observation: its confidence is 0 where a keypoint is missing; it shows somebody."""
        before = None if self._track is None else self._track.groups
        self._track = self._track or _Track.start(observation)
        cost, origin = self._cost, np.arange(_COUNT)
        if before is not None:
            cost, origin = _step(cost, self._track.leap(observation))
        cost = cost + _oddity(observation, self._track)
        self._cost = cost - cost.min()
        groups = int(cost.argmin())
        self.revised = self._wrong_before(int(origin[groups]))
        self._past.append((groups, origin))
        self._track.follow(observation, groups, origin)
        return self._track.without_wrong_feet(exchange(observation, groups))

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
    return paths[np.arange(_COUNT), origin], origin


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
    track = _Track.start(observations[rows[0]])
    cost = AT_FIRST * _BITS.sum(1) + _oddity(observations[rows[0]], track)
    for row in rows[1:]:
        seen = observations[row]
        cost, origin = _step(cost, track.leap(seen))
        cost = cost + _oddity(seen, track)
        cost -= cost.min()
        origins.append(origin)
        track.follow(seen, int(cost.argmin()), origin)
        observations[row] = track.without_wrong_feet(seen)
    state = int(cost.argmin())
    for row, origin in zip(reversed(rows), [*reversed(origins), np.arange(_COUNT)], strict=True):
        observations[row] = exchange(observations[row], state)
        state = int(origin[state])

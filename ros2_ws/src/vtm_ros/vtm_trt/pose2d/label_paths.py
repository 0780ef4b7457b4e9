"""What it costs to take left and right for exchanged, along the cheapest path to each state of the labels.

All costs are lengths in shares of the person's height.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from vtm.body.keypoints import KEYPOINT_INDEX, NUM_KEYPOINTS
from vtm.types import Observation
from vtm_trt.pose2d.exchange import BITS, MEMBER, MIRROR, ORDER

AS_SAID = np.array([0.006, 0.006, 0.002])
"""What an exchanged group costs in every thirtieth of a second: two seconds of exchanged legs are as unlikely as a leap
by 0.36 of the height."""
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
HEIGHT_S = 2.0
"""Time constant, seconds, with which the height of the person in the image falls; it rises at once."""

_SIGN = 1.0 - 2.0 * BITS
_CANONICAL = np.arange(NUM_KEYPOINTS)
_K = KEYPOINT_INDEX
_SPANS = np.array([[_K["left_hip"], _K["right_hip"]], [_K["left_shoulder"], _K["right_shoulder"]],
                   [_K["left_ear"], _K["right_ear"]]])  # fmt: skip
"""Left and right end of the hips, the shoulders and the face."""
_CUES = [*_SPANS.ravel(), *(_K[f"{side}_{part}"] for part in ("big_toe", "heel") for side in ("left", "right"))]
_EXCHANGED = BITS @ AS_SAID
_UNLIKE = [_SIGN[:, a] != _SIGN[:, b] for a, b in ((0, 1), (1, 2))]
_CHAIN = np.array([[_K["neck"], _K["mid_hip"]], [_K["left_hip"], _K["left_knee"]], [_K["left_knee"], _K["left_ankle"]],
                   [_K["right_hip"], _K["right_knee"]], [_K["right_knee"], _K["right_ankle"]]])  # fmt: skip
_CHAIN_SHARE = np.array([1.0, 0.5, 0.5, 0.5, 0.5])
_OF_HEIGHT = 0.75
"""Trunk and leg, hip to ankle and neck to hip, of the standing height."""


@dataclass
class LabelPaths:
    """Where the keypoints are along the cheapest path to each state, and how fast. Lengths in normalised coordinates.

    place, speed: (8, 23, 2), the latter per second.  spans: (8, 3, 2) the mean of `_spans`.  sure: (23,), the same of
    left and right.  height: of the person.  feet: 0..1, how far they can be believed.
    """

    stamp_ns: int
    place: np.ndarray
    speed: np.ndarray
    spans: np.ndarray
    sure: np.ndarray
    height: float
    feet: float = 1.0

    @classmethod
    def start(cls, observation: Observation) -> "LabelPaths":
        """Of somebody seen for the first time."""
        place = observation.rays[ORDER].astype(np.float64)
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
            for order in (_CANONICAL, MIRROR)
        )
        span = _spans(observation.rays, self.height)
        turn = _distance(-span, self.spans) - _distance(span, self.spans)
        as_said += SPAN * both[_SPANS[:, 0]] * np.maximum(-turn - LEAST_SPAN, 0.0)
        exchanged += SPAN * both[_SPANS[:, 0]] * np.maximum(turn - LEAST_SPAN, 0.0)
        return ((1 - BITS) @ as_said.T + BITS @ exchanged.T) / (1 + (seconds / PACE_S) ** 2)

    def oddity(self, observation: Observation) -> np.ndarray:
        """(8,) what each state costs in one frame by itself, of keypoints as the detector labelled them."""
        points, sure = observation.rays[_CUES].tolist(), observation.confidence[_CUES].tolist()
        hips, shoulders, face = ((points[i][0] - points[i + 1][0], points[i][1] - points[i + 1][1]) for i in (0, 2, 4))
        seen_hips, seen_shoulders, seen_face = (min(sure[i : i + 2]) for i in (0, 2, 4))
        cost = _EXCHANGED + TWISTED * min(seen_hips, seen_shoulders) * _against(
            hips, shoulders, self.height, _UNLIKE[0]
        )
        cost += HEAD_TWISTED * min(seen_shoulders, seen_face) * _against(shoulders, face, self.height, _UNLIKE[1])
        turned = self.feet * _turned_feet(points, sure, self.height)
        cost += TURNED_FEET * abs(turned) * (_SIGN[:, 0] * turned > 0)
        return cost * min(max((observation.stamp_ns - self.stamp_ns) * 30e-9, 0.5), 4.0)

    def follow(self, observation: Observation, groups: int, origin: np.ndarray) -> None:
        """Take `observation`, as detected, as the newest frame.

        Args:
            observation: Somebody.
            groups: The cheapest state.
            origin: (8,) the state before each, on the cheapest path to it.
        """
        seconds = max((observation.stamp_ns - self.stamp_ns) * 1e-9, 1e-3)
        place = observation.rays[ORDER].astype(np.float64)
        share = 1 - np.exp(-seconds / SPEED_S)
        self.speed = self.speed[origin]
        self.speed += share * ((place - self.place[origin]) / seconds - self.speed)
        now = _height(place[groups])
        self.height = max(now, self.height + (now - self.height) * min(1.0, seconds / HEIGHT_S))
        self.spans = self.spans[origin]
        self.spans += (_SIGN[:, :, None] * _spans(place[0], self.height) - self.spans) * min(1.0, seconds / SPAN_S)
        order = ORDER[groups][_CUES]
        cues = observation.rays[order].tolist(), observation.confidence[order].tolist()
        doubt = max(_turned_feet(*cues, self.height), 0.0)
        self.feet += (1 - doubt - self.feet) * min(1.0, seconds / FEET_DOUBTED_S)
        self.stamp_ns, self.place, self.sure = observation.stamp_ns, place, _of_pairs(observation.confidence)

    def without_wrong_feet(self, observation: Observation) -> Observation:
        """The same; feet that have long been the wrong way round are not seen."""
        if self.feet > FEET_BELIEVED:
            return observation
        sure = observation.confidence.copy()
        sure[_CUES[6:]] = 0.0
        return replace(observation, confidence=sure)


def _of_pairs(confidence: np.ndarray) -> np.ndarray:
    """(23,) the lower one of left and right."""
    return np.minimum(confidence, confidence[MIRROR]).astype(np.float64)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(((a - b) ** 2).sum(-1))


def _spans(place: np.ndarray, height: float) -> np.ndarray:
    """(3, 2) from the right to the left end of hips, shoulders and face, in shares of the height."""
    return (place[_SPANS[:, 0]] - place[_SPANS[:, 1]]) / height


def _height(place: np.ndarray) -> float:
    ends = place[_CHAIN]
    return max(float(_distance(ends[:, 0], ends[:, 1]) @ _CHAIN_SHARE) / _OF_HEIGHT, 1e-3)


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

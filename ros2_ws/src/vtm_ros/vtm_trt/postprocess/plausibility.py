"""Whether a motion can be a person's: checks that need no truth, against the motion before and its own keypoints.

A hard fault is one that no person can commit: such a motion is not given out. A soft one says that the motion is
doubtful. Speeds are measured from the last motion without a hard fault, so that what was wrong for a moment is left
out, and what stays is believed as soon as a person could have got there.

Whether any body fits is a belief about several frames, since a person in an odd pose may fit badly for one: the
distance of the keypoints from the body, whatever their labels, with the confidence of both networks.
"""

import math
from collections import Counter
from dataclasses import dataclass
from enum import Enum

import numpy as np

from vtm.body.keypoint_offsets import BASE, DEFINED_APART, FRAME, OFFSET, SITED
from vtm.body.keypoints import MIRROR_KEYPOINTS
from vtm.body.one_body import posed
from vtm.body.skeleton import NUM_BONES, scaled_offsets, stature
from vtm.types import Motion

FASTEST_TURN = 20.0
"""Of the pelvis, rad/s: a figure skater reaches 37, everybody else stays below 13; the jumps of a wrong pose do not."""
FASTEST_JOINT = 15.0
"""Relative to the pelvis, m/s, of a person of 1.7 m."""
FASTEST_GROWTH = 8.0
"""Of the log of the pelvis' distance, 1/s: nobody comes nearer by a quarter in a thirtieth of a second."""
SHORTEST_S = 0.005
"""Least time between two motions, seconds, by which a speed is computed: nearer stamps tell none."""
LONGEST_S = 0.5
"""Seconds; between motions further apart no speed is computed."""
OFF, FAR_OFF = 6.0, 15.0
"""Mean and worst distance of the keypoints from the body, % of the person's height, that is doubtful."""
SEEN = 0.3
"""Keypoints of less confidence are left out of the fit."""
USUAL_MISFIT, USUAL_CONFIDENCE, USUAL_DETECTION = 6.5, 0.42, 0.9
"""Misfit in %, and mean confidences of joints and seen keypoints, that speak neither for nor against a person."""
MISFIT_TELLS, CONFIDENCE_TELLS, DETECTION_TELLS = 0.5, 6.0, 20.0
LEAST_CONFIDENT, LEAST_DETECTED = 0.15, 0.08
"""Confidences tell no more than when they lie so far below the usual: a person who is half hidden still fits."""
MOST_BY_MISFIT, MOST_TOLD = 1.5, 3.0
"""Evidence of one frame, log odds. Measured: people fit within 1 to 5 %, others are off by 5 to 20 %; so are people for
a moment, but then both networks are sure of them."""
NOBODY, AT_FIRST, SOMEBODY = 0.3, 0.0, -0.4
"""Hysteresis: belief above which nobody is seen, where somebody was, for who is new, and where nobody was."""
LOST_S, LOST_SHARE = 0.1, 0.3
REGAINED_S, REGAINED_SHARE = 0.3, 0.15
"""The belief is the mean of the evidence over about so long, each frame having this share at least."""
STATURE_M = 1.7
CLEAR = 0.5
NEAREST_M = 0.2
_EITHER = np.array([range(SITED), MIRROR_KEYPOINTS[:SITED]])
_PARTS = np.array(
    [[low <= point < high for low, high in ((0, 5), (5, 11), (11, SITED))] for point in range(SITED)], float
)
"""(21, 3) face, arms, legs."""
_APART = np.where(DEFINED_APART > 0, 0.0, OFFSET)[..., None]
_MORE_APART = np.where(DEFINED_APART > 0, OFFSET, 0.0)[..., None]
_STATURE = np.array([stature(scaled_offsets(one)) for one in np.eye(NUM_BONES)])
"""(21,) stature in metres by each bone's ratio."""


class Kind(Enum):
    """What is wrong, for counting."""

    TURN = "pelvis turns"
    SPEED = "limbs jump"
    SIZE = "size jumps"
    MISFIT = "body off keypoints"
    NOBODY = "no body fits"


HARD = (Kind.TURN, Kind.SPEED, Kind.NOBODY)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a motion; `text` is a short plain sentence with its number."""

    kind: Kind
    text: str

    @property
    def hard(self) -> bool:
        """Whether no person can do this."""
        return self.kind in HARD


@dataclass(frozen=True, eq=False)
class Fit:
    """How far the projected body is from the keypoints, in % of the person's height.

    Attributes:
        mean: Of the keypoints that are seen.
        worst: Of the keypoints that are seen.
        whatever_labels: The mean where arms, and legs, may each exchange left and right.
        seen: Mean confidence of the keypoints that are seen.
        joints: (22, 3) m relative to the pelvis, optical axes.
        height: Metres.
        furthest: Of the keypoints that are seen, metres at the pelvis' distance.
    """

    mean: float
    worst: float
    whatever_labels: float
    seen: float
    joints: np.ndarray
    height: float
    furthest: float


def fit(motion: Motion) -> Fit:
    """How far the body of `motion` is from its keypoints; zero where no keypoint is seen."""
    seen, root = motion.observation, motion.root_cam.astype(np.float64)
    turns, joints = posed(motion.quat_local, scaled_offsets(motion.bone_ratio))
    places = joints[BASE] + (turns[FRAME] @ (_APART + seen.keypoint_convention * _MORE_APART))[..., 0] + root
    ways = places[:, :2] / np.maximum(places[:, 2:], NEAREST_M)
    sure = seen.confidence[:SITED]
    apart = ways - seen.rays[_EITHER]
    weight = np.where(sure > SEEN, sure, 0.0)[_EITHER]
    apart = np.where(weight > 0, np.sqrt((apart * apart).sum(-1)), 0.0)
    arms, legs = 1, 2
    (said, crossed), total = ((apart * weight) @ _PARTS).tolist(), (weight[0] @ _PARTS).tolist()
    best = min(said[arms], crossed[arms]) + min(said[legs], crossed[legs])
    height = float(motion.bone_ratio @ _STATURE)
    percent = 100 * float(root[2]) / height
    return Fit(
        percent * sum(said) / max(sum(total), 1e-6),
        percent * float((apart[0] * (sure > CLEAR)).max()),
        percent * best / max(total[arms] + total[legs], 1e-6),
        sum(total) / max(np.count_nonzero(weight[0]), 1),
        joints,
        height,
        float(root[2] * apart[0].max()),
    )


class Somebody:
    """A belief, kept over several motions, whether a body fits what is seen."""

    def __init__(self) -> None:
        self.holds = True
        self._belief: float | None = None
        self._stamp_ns = 0

    def __call__(self, stamp_ns: int, told: float) -> bool:
        """Whether a body fits, from the `evidence` of a motion and that before."""
        if self._belief is None:
            self._belief, bound = told, AT_FIRST
        else:
            quick = self.holds or told > self._belief
            follows_s, least = (LOST_S, LOST_SHARE) if quick else (REGAINED_S, REGAINED_SHARE)
            seconds = abs(stamp_ns - self._stamp_ns) * 1e-9
            self._belief += max(1 - math.exp(-seconds / follows_s), least) * (told - self._belief)
            bound = NOBODY if self.holds else SOMEBODY
        self._stamp_ns = stamp_ns
        self.holds = self._belief < bound
        return self.holds


class Plausibility:
    """Takes one person's motions in the order of time; says what is wrong with each.

    Attributes:
        counts: The faults by kind since the start.
        faults: Those of the last motion.
    """

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self.reset()

    def reset(self) -> None:
        """Anybody may come next; the counts stay."""
        self.faults: tuple[Fault, ...] = ()
        self._somebody = Somebody()
        self._before: tuple[Motion, Fit] | None = None

    @property
    def somebody(self) -> bool:
        """Whether a body fits what was seen last."""
        return self._somebody.holds

    def __call__(self, motion: Motion, now: Fit | None = None) -> tuple[Fault, ...]:
        """The faults of `motion`, hard ones first. now: its `fit`, where that is known."""
        now = now or fit(motion)
        told = self._somebody(motion.stamp_ns, evidence(motion, now))
        return self._judge(motion, now, [] if told else [no_body(now)])

    def of_a_person(self, motion: Motion) -> tuple[Fault, ...]:
        """The faults of a motion that is known to be a person's."""
        return self._judge(motion, fit(motion), [])

    def _judge(self, motion: Motion, now: Fit, nobody: list[Fault]) -> tuple[Fault, ...]:
        faults = [*nobody, *self._too_fast(motion, now), *_off(now)]
        self.faults = tuple(sorted(faults, key=lambda fault: not fault.hard))
        self.counts.update(fault.kind for fault in faults)
        if not (faults and self.faults[0].hard):
            self._before = motion, now
        return self.faults

    def _too_fast(self, motion: Motion, now: Fit) -> list[Fault]:
        if self._before is None:
            return []
        before, then = self._before
        seconds = (motion.stamp_ns - before.stamp_ns) * 1e-9
        if not -LONGEST_S < seconds < LONGEST_S:
            return []
        seconds = max(abs(seconds), SHORTEST_S)
        faults = []
        cosine = abs(float(motion.quat_local[0] @ before.quat_local[0]))
        turn = 2 * math.acos(min(cosine, 1.0)) / seconds
        if turn > FASTEST_TURN:
            faults.append(Fault(Kind.TURN, f"the pelvis turns at {turn:.0f} rad/s"))
        path = now.joints - then.joints
        speed = math.sqrt(float((path * path).sum(-1).max())) / seconds
        if speed > FASTEST_JOINT * max(now.height / STATURE_M, 1.0):
            faults.append(Fault(Kind.SPEED, f"a joint moves at {speed:.0f} m/s"))
        growth = math.log(before.root_cam[2] / motion.root_cam[2]) / seconds
        if abs(growth) > FASTEST_GROWTH:
            factor, way = math.exp(abs(growth) * seconds), "nearer" if growth > 0 else "further away"
            faults.append(Fault(Kind.SIZE, f"the person is {way} by a factor of {factor:.1f} at once"))
        return faults


def evidence(motion: Motion, now: Fit) -> float:
    """Log odds of one frame that this is nobody, from a motion and its `fit`."""
    unsure = min(USUAL_CONFIDENCE - float(motion.confidence.mean()), LEAST_CONFIDENT)
    unseen = min(USUAL_DETECTION - now.seen, LEAST_DETECTED)
    misfit = min(MISFIT_TELLS * (now.whatever_labels - USUAL_MISFIT), MOST_BY_MISFIT)
    told = misfit + CONFIDENCE_TELLS * unsure + DETECTION_TELLS * unseen
    return min(max(told, -MOST_TOLD), MOST_TOLD)


def no_body(now: Fit) -> Fault:
    """The fault of a motion that is nobody's, from its `fit`."""
    if now.whatever_labels < USUAL_MISFIT:
        return Fault(Kind.NOBODY, "no body fits what is seen: the networks are too unsure that it is a person")
    return Fault(Kind.NOBODY, f"no body fits what is seen, by {now.whatever_labels:.0f} % of its height")


def _off(now: Fit) -> list[Fault]:
    if now.mean <= OFF and now.worst <= FAR_OFF:
        return []
    return [Fault(
        Kind.MISFIT,
        f"the body is off its keypoints by {now.mean:.0f} % of its height, {now.worst:.0f} % at worst",
    )]  # fmt: skip

"""The one place that says whether a frame continues the motion, or the motion starts anew, and why.

Asked three times a frame: by its stamp, size, calibration and picture before anything looks at it; by where the person
is once the 2D network has seen it; and by what the motion then says of itself (`plausibility`).
"""

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from vtm.camera import SEEN as BARELY_SEEN
from vtm.camera import Intrinsics, keypoint_box
from vtm.types import Frame, Motion, Observation
from vtm_trt.postprocess.plausibility import Fault, Fit, Plausibility
from vtm_trt.stream.picture_cut import PictureCut

LARGEST_MOVE, FASTEST_MOVE, FURTHEST_MOVE = 0.5, 6.0, 1.0
"""How far the person's box may move between two frames, in its sides: in any case, per second, and at most."""
LARGEST_GROWTH = 1.6
"""Factor by which the box's side may change between two frames."""
LARGEST_CHANGE = 0.12
"""Mean displacement of the keypoints, in sides of the box, above which a cut in the picture shows another person."""
ENOUGH = 4
"""Keypoints seen in both frames, of which those alone must jump as well."""
MOST_REVISED = 5
"""Frames with left and right exchanged after which the motion may still go on."""
SEEN = 0.3
KEPT = 100
"""Decisions that are remembered."""


class Step(Enum):
    """What to do with a frame."""

    CONTINUE = "continue"
    DROP = "drop"
    NEW_WINDOW = "new window"
    """What was seen before tells nothing of what comes; it may be the same person."""
    NEW_PERSON = "new person"


@dataclass(frozen=True)
class Decision:
    """What to do with a frame, and in words why not to continue; empty where that is done.

    Attributes:
        step: What to do.
        stamp_ns: Of the frame.
        kind: Why.
        detail: And of what size, to be written behind it.
    """

    step: Step
    stamp_ns: int
    kind: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        """Why, in full."""
        return self.kind + self.detail


class Shape(NamedTuple):
    """Where who is seen is in a frame: the box (3,) and the rays (K, 2) of the keypoints, and their confidence (K,)."""

    stamp_ns: int
    box: np.ndarray
    rays: np.ndarray
    confidence: np.ndarray


class TrackGate:
    """Compares every frame with the one before.

    Args:
        timeout_ns: Without frames, or without the person, for so long, the motion starts anew.

    Attributes:
        decisions: The last ones to start anew.
        counts: Of them since the start, by reason.
        arrived: What was decided by the stamp of the last frame.
        exchanged: Motions since the start whose labels of left and right were put right.
    """

    def __init__(self, timeout_ns: int):
        self._timeout_ns = timeout_ns
        self._cut = PictureCut()
        self.plausibility = Plausibility()
        self.decisions: deque[Decision] = deque(maxlen=KEPT)
        self.counts: Counter[str] = Counter()
        self.exchanged = 0
        self.arrived = Decision(Step.CONTINUE, 0)
        self.restart()

    def count_on(self, before: "TrackGate") -> None:
        """Take over what `before`, whose place this one takes, has counted."""
        self.decisions, self.counts, self.exchanged = before.decisions, before.counts, before.exchanged
        self.plausibility.counts = before.plausibility.counts

    def forget(self) -> None:
        """Somebody may come next; the stamps go on, and whether it is the person before is still asked."""
        self._seen_ns: int | None = None
        self.plausibility.reset()

    def restart(self) -> None:
        """Any frame may come next."""
        self.forget()
        self._cut.reset()
        self._shape: Shape | None = None
        self._stamp_ns: int | None = None
        self._lens: Intrinsics | None = None

    def arrives(self, stamp_ns: int, lens: Intrinsics) -> Decision:
        """Whether the frame of this stamp, nanoseconds, and this calibration follows the one before."""
        return self.takes(self.compares(stamp_ns, lens))

    def takes(self, arrived: Decision) -> Decision:
        """Go on to the frame of which `compares` has said `arrived`."""
        self.plausibility.faults = ()
        self.arrived = arrived
        return self._remembered(arrived)

    def compares(self, stamp_ns: int, lens: Intrinsics) -> Decision:
        """What `arrives` says, while the frame before may still be worked on."""
        before, lens_before = self._stamp_ns, self._lens
        self._stamp_ns, self._lens = stamp_ns, lens
        if before is None or lens_before is None:
            return Decision(Step.CONTINUE, stamp_ns)
        step = stamp_ns - before
        if step == 0:
            return Decision(Step.DROP, stamp_ns, "the stamp is that of the frame before")
        if step < 0:
            return Decision(Step.NEW_WINDOW, stamp_ns, "the stamp goes back")
        if step > self._timeout_ns:
            return Decision(Step.NEW_WINDOW, stamp_ns, "no frame came for a while", f" ({step * 1e-9:.1f} s)")
        if (lens.width, lens.height) != (lens_before.width, lens_before.height):
            return Decision(Step.NEW_WINDOW, stamp_ns, "the images have another size", f" ({lens.width}x{lens.height})")
        if lens != lens_before:
            return Decision(Step.NEW_WINDOW, stamp_ns, "the calibration is another")
        return Decision(Step.CONTINUE, stamp_ns)

    def is_cut(self, frame: Frame) -> bool:
        """Whether the picture of a frame shows another scene; then the person is to be looked for anew."""
        return self._cut(frame.image)

    def sees(self, stamp_ns: int, observation: Observation | None, revised: int = 0, was_cut: bool = False) -> Decision:
        """Whether the person seen in a frame, or nobody, is the one before.

        Args:
            stamp_ns: Of the frame, nanoseconds.
            observation: None for nobody.
            revised: In how many frames before left and right were, as it now seems, exchanged.
            was_cut: What `is_cut` said of the frame.
        """
        return self._remembered(self._sees(stamp_ns, observation, revised, was_cut))

    def _sees(self, stamp_ns: int, observation: Observation | None, revised: int, was_cut: bool) -> Decision:
        if observation is None:
            if self._seen_ns is not None and stamp_ns - self._seen_ns > self._timeout_ns:
                return Decision(Step.NEW_WINDOW, stamp_ns, "nobody was seen for a while")
            return Decision(Step.CONTINUE, stamp_ns)
        before, self._shape = self._shape, _shape(observation)
        self._seen_ns = stamp_ns
        if before is None:
            return Decision(Step.CONTINUE, stamp_ns)
        move, growth = _change_of_box(before, self._shape)
        if was_cut and (max(move, _change(before, self._shape)) > LARGEST_CHANGE or growth > LARGEST_GROWTH):
            return Decision(Step.NEW_PERSON, stamp_ns, "the picture was cut")
        other = Step.NEW_PERSON if self.somebody else Step.NEW_WINDOW  # it was no person before
        if move > _furthest(before, self._shape):
            return Decision(other, stamp_ns, "the person is elsewhere at once", f" ({move:.1f} boxes)")
        if growth > LARGEST_GROWTH:
            return Decision(other, stamp_ns, "the person has another size at once", f" (x {growth:.1f})")
        if revised > MOST_REVISED:
            return Decision(Step.NEW_WINDOW, stamp_ns, "left and right were exchanged", f" in {revised} frames")
        return Decision(Step.CONTINUE, stamp_ns)

    def believes(self, motion: Motion, now: Fit | None = None) -> Decision:
        """Whether the motion of a person may be given out.

        Args:
            motion: The motion.
            now: Its fit, where that is known.

        Returns:
            DROP, with the hardest fault, where not.
        """
        faults = self.plausibility(motion, now)
        self.exchanged += bool(getattr(motion.observation, "exchanged", 0))
        if not faults or not faults[0].hard:
            return Decision(Step.CONTINUE, motion.stamp_ns)
        return Decision(Step.DROP, motion.stamp_ns, faults[0].text)

    @property
    def somebody(self) -> bool:
        """Whether what is followed is a person."""
        return self.plausibility.somebody

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Of the last frame's motion."""
        return self.plausibility.faults

    def _remembered(self, decision: Decision) -> Decision:
        if decision.step in (Step.NEW_WINDOW, Step.NEW_PERSON):
            self.decisions.append(decision)
            self.counts[decision.kind] += 1
        return decision


def jumps(before: Observation, now: Observation) -> bool:
    """Whether who is seen is elsewhere, or of another size, at once: then neither tells anything of the other."""
    there, here = _shape(before), _shape(now)
    move, growth = _change_of_box(there, here)
    return move > _furthest(there, here) or growth > LARGEST_GROWTH


def _shape(observation: Observation) -> Shape:
    rays, confidence = observation.rays, observation.confidence
    return Shape(observation.stamp_ns, keypoint_box(rays, confidence), rays, confidence)


def _change_of_box(before: Shape, now: Shape) -> tuple[float, float]:
    """Move of the box in its sides, and the factor between their sizes: of all that is seen, or of what both show."""
    move, growth = _jump(before.box, now.box)
    both = np.minimum(before.confidence, now.confidence)
    if (both > BARELY_SEEN).sum() >= ENOUGH:  # an elbow that comes into view makes nobody larger
        common = _jump(keypoint_box(before.rays, both), keypoint_box(now.rays, both))
        move, growth = min(move, common[0]), min(growth, common[1])
    return move, growth


def _furthest(before: Shape, now: Shape) -> float:
    """How far the box of a person may move, in its sides."""
    seconds = abs(now.stamp_ns - before.stamp_ns) * 1e-9
    return min(max(FASTEST_MOVE * seconds, LARGEST_MOVE), FURTHEST_MOVE)


def _jump(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Move of the box (3,) in sides of the larger one, and the factor between their sides."""
    small, large = sorted((float(before[2]), float(now[2])))
    return float(np.abs(now[:2] - before[:2]).max()) / large, large / small


def _change(before: Shape, now: Shape) -> float:
    """Mean way of the keypoints seen in both, in sides of the box."""
    weight = np.minimum(before.confidence, now.confidence)
    weight = np.where(weight > SEEN, weight, 0.0)
    ways = np.sqrt(((now.rays - before.rays) ** 2).sum(-1))
    way = float((weight * ways).sum() / max(float(weight.sum()), 1e-6))
    return way / float(max(before.box[2], now.box[2]))

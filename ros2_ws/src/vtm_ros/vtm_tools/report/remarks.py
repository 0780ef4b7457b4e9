"""What is to be said of a captured motion beside its numbers, in plain sentences."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence

import numpy as np

from vtm.files.motion_file import MotionClip
from vtm_trt.postprocess.plausibility import HARD, Kind
from vtm_trt.postprocess.quality import QualityMonitor
from vtm_trt.stream.track_gate import Decision, Step

NAMED = 4
"""Most times that are listed; where there are more, only their number is."""
OFTEN = 0.1
"""Share of the frames above which it is said that limbs are unsure, not seen or cut off."""


def remarks(
    clip: MotionClip,
    decisions: Iterable[Decision] = (),
    faults: Counter[Kind] | None = None,
    left_out: Container[Kind] = HARD,
) -> list[str]:
    """Sentences about a motion; none where nothing is remarkable.

    Args:
        clip: The motion.
        decisions: Of the gate.
        faults: How many motions had each.
        left_out: Kinds that are not in the clip.
    """
    said = []
    if changes := person_changes(clip):
        said.append(f"another person, or another view, {_times(changes)}")
    if exchanged := int(np.count_nonzero(clip.exchanged)):
        said.append(f"left and right were exchanged by the 2D network in {exchanged} frames and put right")
    again: dict[str, list[float]] = {}
    for decision in decisions:
        if decision.step is Step.NEW_WINDOW:
            again.setdefault(decision.reason.split(" (")[0], []).append(decision.stamp_ns * 1e-9)
    said += [f"the motion started anew {_times(seconds)}: {reason}" for reason, seconds in again.items()]
    for title, kinds in (("left out", left_out), ("doubtful", [kind for kind in Kind if kind not in left_out])):
        told = [f"{kind.value} in {count} frames" for kind, count in (faults or {}).items() if count and kind in kinds]
        said += [f"{title}: {', '.join(told)}"] if told else []
    if doubts := limb_doubts(clip):
        said.append("guessed: " + ", ".join(f"{doubt} in {100 * share:.0f} % of the frames" for doubt, share in doubts))
    return said


def limb_doubts(clip: MotionClip) -> list[tuple[str, float]]:
    """What is often not seen, or cut off, as `quality` says it of a live motion, with the share of the frames."""
    monitor, counts = QualityMonitor(), Counter[str]()
    motions = clip.motions()
    for motion in motions:
        monitor.see(motion)
        counts.update(monitor.assess("", 0.0).reasons)
    return [(doubt, count / len(motions)) for doubt, count in counts.most_common() if count > OFTEN * len(motions)]


def person_changes(clip: MotionClip) -> list[float]:
    """The stamps, s, of the first frames of another person than the one before."""
    frames = np.flatnonzero(clip.valid)
    changed = frames[1:][np.diff(clip.person[frames]) != 0]
    return [float(clip.stamps[frame]) for frame in changed]


def _times(seconds: Sequence[float]) -> str:
    if len(seconds) > NAMED:
        return f"{len(seconds)} times, first at {seconds[0]:.1f} s"
    return "at " + " and ".join(f"{second:.1f} s" for second in seconds)

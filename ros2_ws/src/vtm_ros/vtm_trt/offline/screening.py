"""Which motions of a recording are a person's, once all of them are there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from vtm.types import Motion
from vtm_trt.postprocess.plausibility import LONGEST_S, Fault, Kind, Plausibility, Somebody, evidence, fit, no_body

ISLAND_NS = 250_000_000
"""Nanoseconds; a shorter stretch beside one that shows nobody counts as nobody, too."""


def people(motions: Sequence[Motion]) -> tuple[list[Motion], int]:
    """Those of a recording's `motions`, in order of time, that show a person, and how many do not.

    Before their adjustment, which bends a body to fit anything. What follows tells as much as what was before.
    """
    shown: dict[int, bool] = {}
    for person in of_each(motions):
        told = [(motion.stamp_ns, evidence(motion, fit(motion))) for motion in person]
        forwards, backwards = Somebody(), Somebody()
        later = [backwards(*one) for one in reversed(told)][::-1]
        earlier = [forwards(*one) for one in told]
        shown |= {motion.stamp_ns: any(holds) for motion, *holds in zip(person, earlier, later, strict=True)}
    kept: list[Motion] = []
    runs = [(holds, list(run)) for holds, run in groupby(motions, lambda motion: shown[motion.stamp_ns])]
    for holds, run in runs:
        if holds and (len(runs) == 1 or run[-1].stamp_ns - run[0].stamp_ns >= ISLAND_NS):
            kept += run
    return kept, len(motions) - len(kept)


def sound(motions: Sequence[Motion]) -> tuple[list[Motion], Counter[Kind]]:
    """Those of a recording's `motions` that people can do, in order of time, and the faults of all by kind.

    Where one person follows another at once, the first motion is left out, so that nothing leads from one to the other.
    """
    kept: list[Motion] = []
    counts = Counter[Kind]()
    for person in of_each(motions):
        check = Plausibility()
        kept += [motion for motion in person if not any(fault.hard for fault in check.of_a_person(motion))]
        counts.update(check.counts)
    kept.sort(key=lambda motion: motion.stamp_ns)
    others = [_takes_over(before, motion) for before, motion in pairwise(kept)]
    return [motion for motion, other in zip(kept, [False, *others], strict=False) if not other], counts


def judged(motions: Sequence[Motion]) -> dict[int, tuple[Fault, ...]]:
    """The faults of a finished recording's `motions` by their stamp, ns, as `people` and `sound` judge them."""
    shown = {motion.stamp_ns for motion in people(motions)[0]}
    told = {}
    for person in of_each(motions):
        check = Plausibility()
        for motion in person:
            nobody = () if motion.stamp_ns in shown else (no_body(fit(motion)),)
            told[motion.stamp_ns] = nobody + check.of_a_person(motion)
    return told


def _takes_over(before: Motion, motion: Motion) -> bool:
    """Whether `motion` is the first of another person than the one who was there just `before`."""
    return motion.person_id != before.person_id and motion.stamp_ns - before.stamp_ns < LONGEST_S * 1e9


def of_each(motions: Iterable[Motion]) -> Iterable[list[Motion]]:
    """The motions of each person, in the order of coming."""
    theirs: dict[int, list[Motion]] = {}
    for motion in motions:
        theirs.setdefault(motion.person_id, []).append(motion)
    return theirs.values()

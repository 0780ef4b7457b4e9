"""Which motions of a recording are a person's, once all of them are there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from vtm.types import Motion
from vtm_trt.postprocess.plausibility import LONGEST_S, Fault, Kind, Plausibility, Somebody, evidence, fit, no_body
from vtm_trt.stream.track_gate import jumps

ISLAND_NS = 250_000_000
"""Nanoseconds; a shorter stretch beside one that shows nobody counts as nobody, too."""


def people(motions: Sequence[Motion]) -> tuple[list[Motion], int]:
    """Those of a recording's `motions`, in order of time, that show a person, and how many do not.

    Before their adjustment, which bends a body to fit anything. What follows tells as much as what was before, but
    neither beyond a jump.
    """
    shown: dict[int, bool] = {}
    for stretch in unbroken(motions):
        told = [(motion.stamp_ns, evidence(motion, fit(motion))) for motion in stretch]
        forwards, backwards = Somebody(), Somebody()
        later = [backwards(*one) for one in reversed(told)][::-1]
        earlier = [forwards(*one) for one in told]
        shown |= {motion.stamp_ns: any(holds) for motion, *holds in zip(stretch, earlier, later, strict=True)}
    kept: list[Motion] = []
    runs = [(holds, list(run)) for holds, run in groupby(motions, lambda motion: shown[motion.stamp_ns])]
    for holds, run in runs:
        if holds and (len(runs) == 1 or run[-1].stamp_ns - run[0].stamp_ns >= ISLAND_NS):
            kept += run
    return kept, len(motions) - len(kept)


def sound(motions: Sequence[Motion]) -> tuple[list[Motion], Counter[Kind]]:
    """Those of a recording's `motions` that people can do, in order of time, and the faults of all by kind.

    Where one person follows another at once, or is elsewhere at once, the first motion is left out, so that nothing
    leads from one to the other.
    """
    kept: list[Motion] = []
    counts = Counter[Kind]()
    for stretch in unbroken(motions):
        check = Plausibility()
        kept += [motion for motion in stretch if not any(fault.hard for fault in check.of_a_person(motion))]
        counts.update(check.counts)
    kept.sort(key=lambda motion: motion.stamp_ns)
    others = [_takes_over(before, motion) for before, motion in pairwise(kept)]
    return [motion for motion, other in zip(kept, [False, *others], strict=False) if not other], counts


def judged(motions: Sequence[Motion]) -> dict[int, tuple[Fault, ...]]:
    """The faults of a finished recording's `motions` by their stamp, ns, as `people` and `sound` judge them."""
    shown = {motion.stamp_ns for motion in people(motions)[0]}
    told = {}
    for stretch in unbroken(motions):
        check = Plausibility()
        for motion in stretch:
            nobody = () if motion.stamp_ns in shown else (no_body(fit(motion)),)
            told[motion.stamp_ns] = nobody + check.of_a_person(motion)
    return told


def _takes_over(before: Motion, motion: Motion) -> bool:
    """Whether `motion` is the first of another person, or elsewhere, than the one who was there just `before`."""
    other = motion.person_id != before.person_id or jumps(before.observation, motion.observation)
    return other and motion.stamp_ns - before.stamp_ns < LONGEST_S * 1e9


def unbroken(motions: Iterable[Motion]) -> Iterator[list[Motion]]:
    """The motions of each person, parted where who is seen is elsewhere, or of another size, at once."""
    for person in of_each(motions):
        starts = [0, *(row for row, (before, motion) in enumerate(pairwise(person), 1)
                       if jumps(before.observation, motion.observation)), len(person)]  # fmt: skip
        yield from (person[start:end] for start, end in pairwise(starts))


def of_each(motions: Iterable[Motion]) -> Iterable[list[Motion]]:
    """The motions of each person, in the order of coming."""
    theirs: dict[int, list[Motion]] = {}
    for motion in motions:
        theirs.setdefault(motion.person_id, []).append(motion)
    return theirs.values()

"""Who of several people in a film was followed as whom: matches, exchanged numbers, gaps and people who are not there.

Matches are made as for CLEAR MOT [Bernardin and Stiefelhagen 2008]: who was matched before stays so while he is near
enough, the others are matched by least distance. IDF1 is that of [Ristani et al. 2016].
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

NEAR = 0.2
"""A tracked person is a true one if the keypoints are nearer than this on average, in sizes of the true body's box."""
VISIBLE = 0.5
"""A person counts where the picture shows at least this share of the body."""
CLEAR = 0.9
"""A person of whom the picture shows at least this share is clearly visible."""
ABSENT_S = 1.0
"""Who was not visible for longer than this may come back with another number."""
NOBODY = -1
FAR = 1e6


@dataclass(frozen=True)
class Seen:
    """What a tracker says of one frame.

    Attributes:
        ids: (M,) a number of each person.
        keypoints: (M, 23, 2) pixels.
    """

    ids: np.ndarray
    keypoints: np.ndarray


@dataclass(frozen=True, eq=False)
class Followed:
    """Who of N true people was followed as whom in T frames.

    Attributes:
        ids: (T, N) number of the tracked person, NOBODY where there is none.
        row: (T, N) which of the frame's tracked people it is.
        distance: (T, N) of the match in sizes of the body, NaN without one.
        false: By frame, which of its tracked people are nobody.
        near: By frame, whether a tracked person may be a true one (N, M).
    """

    ids: np.ndarray
    row: np.ndarray
    distance: np.ndarray
    false: list[list[int]]
    near: list[np.ndarray]


@dataclass(frozen=True)
class Counts:
    """What was counted, in frames of one person if nothing else is said.

    Attributes:
        visible: In which a true person is visible.
        held: Of those, in which he is followed.
        tracked: In which anybody is followed.
        false: Of those, in which it is nobody.
        switches: Times that the number of a true person changed.
        renumbered: Times that somebody came back with another number after he was away for longer than ABSENT_S.
        gaps: Times that a visible person was lost and found again.
        late: Frames in which somebody who came into view is not found yet.
        agreeing: Frames in which true people and numbers agree, each with its one best partner for the whole film.
        counted: Tracked in which it is nobody or a visible person.
        clear: In which a true person is clearly visible.
        held_clear: Of those, in which he is followed.
    """

    visible: int = 0
    held: int = 0
    tracked: int = 0
    false: int = 0
    switches: int = 0
    renumbered: int = 0
    gaps: int = 0
    late: int = 0
    agreeing: int = 0
    counted: int = 0
    clear: int = 0
    held_clear: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def scores(self) -> dict[str, float]:
        """Shares in percent and counts, by name."""
        return {
            "held_percent": 100 * self.held / max(self.visible, 1),
            "held_clear_percent": 100 * self.held_clear / max(self.clear, 1),
            "late_percent": 100 * self.late / max(self.visible, 1),
            "false_percent": 100 * self.false / max(self.tracked, 1),
            "switches": self.switches,
            "renumbered": self.renumbered,
            "gaps": self.gaps,
            "idf1_percent": 200 * self.agreeing / max(self.visible + self.counted, 1),
        }


def distances(tracked: np.ndarray, true: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Mean distance (N, M) of the keypoints of tracked from those of true people, over the longer side of their box.

    Only those in the picture count, with less than four of them nobody is near.

    Args:
        tracked: (M, 23, 2) pixels.
        true: (N, 23, 2) pixels, NaN for those that nobody knows.
        size: Width and height of the picture.
    """
    inside = np.all((true >= 0) & (true < np.asarray(size)), axis=-1)
    finite = np.isfinite(true)
    extent = true.max(1, initial=-FAR, where=finite) - true.min(1, initial=FAR, where=finite)
    side = np.maximum(extent.max(-1), 1.0)
    apart = np.where(inside[:, None], np.linalg.norm(true[:, None] - tracked, axis=-1), 0.0)
    mean = apart.sum(-1) / np.maximum(inside.sum(-1), 1)[:, None]
    return np.where(inside.sum(-1)[:, None] >= 4, mean / side[:, None], FAR)


def follow(seen: Sequence[Seen], true: np.ndarray, size: tuple[int, int]) -> Followed:
    """Match the tracked people of T frames with the true ones.

    Args:
        seen: T frames.
        true: (N, T, 23, 2) pixels, NaN for those that nobody knows.
        size: Width and height of the picture.
    """
    frames, people = len(seen), len(true)
    ids, rows = np.full((frames, people), NOBODY), np.full((frames, people), NOBODY)
    distance, false, near = np.full((frames, people), np.nan), [], []
    last = np.full(people, NOBODY)
    for frame, found in enumerate(seen):
        apart = distances(found.keypoints, true[:, frame], size)
        cost = np.where(apart < NEAR, apart, FAR)
        kept = (last[:, None] == found.ids) & (cost < FAR)
        for who, row in zip(*linear_sum_assignment(np.where(kept, cost - 3 * FAR, cost)), strict=True):
            if cost[who, row] < FAR:
                ids[frame, who], rows[frame, who], distance[frame, who] = found.ids[row], row, apart[who, row]
                last[who] = found.ids[row]
        false.append([row for row in range(len(found.ids)) if row not in rows[frame]])
        near.append(cost < FAR)
    return Followed(ids, rows, distance, false, near)


def switched(ids: np.ndarray, visible: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Frames (T, N) in which a person's number is another one than before, and those after a long absence.

    Args:
        ids: (T, N), as `Followed` has it.
        visible: (N, T) share of the body that the picture shows.
        fps: Frames/s.
    """
    changed, after_absence = np.zeros(ids.shape, bool), np.zeros(ids.shape, bool)
    for who, there in enumerate(visible >= VISIBLE):
        held = np.flatnonzero(ids[:, who] != NOBODY)
        for before, now in zip(held, held[1:], strict=False):
            if ids[before, who] != ids[now, who]:
                away = max((run.stop - run.start for run in runs(~there[before + 1 : now])), default=0)
                (after_absence if away > ABSENT_S * fps else changed)[now, who] = True
    return changed, after_absence


def count(seen: Sequence[Seen], followed: Followed, visible: np.ndarray, fps: float) -> Counts:
    """Count what `follow` found.

    Args:
        seen: T frames.
        followed: The matches.
        visible: (N, T) share of the body that the picture shows.
        fps: Frames/s.
    """
    there, clear, held = (visible >= VISIBLE).T, (visible >= CLEAR).T, followed.ids != NOBODY
    changed, renumbered = switched(followed.ids, visible, fps)
    views = [held[run, who] for who, flags in enumerate(there.T) for run in runs(flags)]
    false = sum(map(len, followed.false))
    return Counts(
        visible=int(there.sum()),
        held=int((held & there).sum()),
        tracked=sum(len(one.ids) for one in seen),
        false=false,
        switches=int(changed.sum()),
        renumbered=int(renumbered.sum()),
        gaps=sum(int((np.diff(view.astype(int)) == 1).sum()) - int(view.any() and not view[0]) for view in views),
        late=sum(int(view.argmax()) if view.any() else len(view) for view in views),
        agreeing=_agreeing(seen, followed, there),
        counted=int((held & there).sum()) + false,
        clear=int(clear.sum()),
        held_clear=int((held & clear).sum()),
    )


def runs(flags: np.ndarray) -> list[slice]:
    """The runs of neighbouring True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [slice(first, end) for first, end in edges.reshape(-1, 2).tolist()]


def _agreeing(seen: Sequence[Seen], followed: Followed, there: np.ndarray) -> int:
    numbers = np.unique(np.concatenate([one.ids for one in seen])).tolist() if seen else []
    together = np.zeros((there.shape[1], len(numbers)))
    for frame, one in enumerate(seen):
        for row, number in enumerate(one.ids.tolist()):
            together[:, numbers.index(number)] += followed.near[frame][:, row] & there[frame]
    return int(together[linear_sum_assignment(-together)].sum())

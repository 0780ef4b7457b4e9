"""A sheet of the frames in which several people were followed worst: who is there, and what was taken for whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vtm.files.atomic_file import atomic_file
from vtm.metrics.people import NOBODY, VISIBLE, Seen, runs, switched
from vtm_tools.evaluation.people import Judged
from vtm_tools.render.files import write_sheet
from vtm_trt.sources.video import Video

SHOWN = 18
OF_A_KIND = 6
"""So many frames of each kind of fault at most; the largest errors fill the rest."""
COLOURS = [(60, 60, 255), (60, 220, 60), (255, 140, 40), (40, 220, 255), (255, 80, 255), (255, 255, 60)]
"""Of the numbers, BGR."""
LINES = [(5, 7), (7, 9), (6, 8), (8, 10), (5, 6), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16),
         (0, 22)]  # fmt: skip
"""Between keypoints."""


@dataclass(frozen=True, eq=False)
class Case:
    """One frame.

    Attributes:
        judged: Of its scene.
        frame: Its number.
        what: What is wrong, in words.
        weight: How bad it is among its like.
    """

    judged: Judged
    frame: int
    what: str
    weight: float


def worst(judged: Sequence[Judged]) -> list[Case]:
    """Frames with exchanged numbers, people who are lost and who are nobody, and then the largest errors."""
    cases = []
    for find in (_switches, _lost, _nobody):
        found = sorted((case for one in judged for case in find(one)), key=lambda case: -case.weight)
        cases += found[:OF_A_KIND]
    found = sorted((case for one in judged for case in _errors(one)), key=lambda case: -case.weight)
    return (cases + found)[:SHOWN]


def draw_sheet(path: Path, judged: Sequence[Judged]) -> None:
    """Write a .png of the worst frames."""
    cases = worst(judged)
    pictures: dict[int, np.ndarray] = {}
    for one in judged:
        own = [(place, case) for place, case in enumerate(cases) if case.judged is one]
        film = Video(one.scene.video)
        for frame in range(max((case.frame for _, case in own), default=-1) + 1):
            image = film.read()
            assert image is not None
            pictures |= {place: draw(image, case) for place, case in own if case.frame == frame}
        film.close()
    with atomic_file(path) as part:
        write_sheet(part, [pictures[place] for place in range(len(cases))])


def draw(image: np.ndarray, case: Case) -> np.ndarray:
    """The picture (H, W, 3) of a case: white boxes round those who are there, tracks in their numbers' colours."""
    picture, truth = image.copy(), case.judged.scene.truth
    for who, visible in enumerate(truth.visible[:, case.frame]):
        points = truth.keypoints[who, case.frame].clip(-9999, 9999)
        low, high = points.min(0).astype(int).tolist(), points.max(0).astype(int).tolist()
        cv2.rectangle(picture, low, high, (255, 255, 255), 1)
        _write(picture, f"{who + 1}: {100 * visible:.0f} %", (max(low[0], 0), max(low[1] - 4, 30)), (255, 255, 255))
    draw_tracks(picture, case.judged.seen[case.frame])
    cv2.rectangle(picture, (0, 0), (picture.shape[1], 18), (0, 0, 0), -1)
    _write(picture, f"{case.judged.scene.name} {case.frame}: {case.what}", (4, 13), (255, 255, 255))
    return picture


def draw_tracks(picture: np.ndarray, seen: Seen) -> None:
    """Draw the tracks of a frame into its `picture`, each in the colour of its number."""
    for number, points in zip(seen.ids.tolist(), seen.keypoints.clip(-9999, 9999).astype(int).tolist(), strict=True):
        colour = COLOURS[number % len(COLOURS)]
        for start, end in LINES:
            cv2.line(picture, points[start], points[end], colour, 2, cv2.LINE_AA)
        _write(picture, f"id {number}", (points[22][0], points[22][1]), colour)


def _write(picture: np.ndarray, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    for thickness, shade in ((3, (0, 0, 0)), (1, colour)):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, shade, thickness, cv2.LINE_AA)


def _switches(judged: Judged) -> Iterator[Case]:
    ids, scene = judged.followed.ids, judged.scene
    for frame, who in np.argwhere(switched(ids, scene.truth.visible, scene.fps)[0]).tolist():
        before = ids[:frame, who][ids[:frame, who] != NOBODY][-1]
        yield Case(judged, frame, f"person {who + 1} was {before}, is {ids[frame, who]}", 1.0)


def _lost(judged: Judged) -> Iterator[Case]:
    lost = (judged.scene.truth.visible.T >= VISIBLE) & (judged.followed.ids == NOBODY)
    for who, flags in enumerate(lost.T):
        for run in runs(flags):
            length = run.stop - run.start
            what = f"person {who + 1} not followed for {length / judged.scene.fps:.1f} s"
            yield Case(judged, (run.start + run.stop) // 2, what, length)


def _nobody(judged: Judged) -> Iterator[Case]:
    for run in runs(np.array([len(rows) > 0 for rows in judged.followed.false])):
        frame = (run.start + run.stop) // 2
        numbers = ", ".join(str(judged.seen[frame].ids[row]) for row in judged.followed.false[frame])
        yield Case(judged, frame, f"{numbers} is nobody for {(run.stop - run.start) / judged.scene.fps:.1f} s",
                   run.stop - run.start)  # fmt: skip


def _errors(judged: Judged) -> Iterator[Case]:
    for who, errors in enumerate(judged.errors):
        if errors is None:
            continue
        by_frame = errors.samples["mpjpe_mm"].mean(1)
        for rows in np.array_split(np.arange(len(by_frame)), 3):
            if np.isfinite(by_frame[rows]).any():
                frame = int(rows[np.nanargmax(by_frame[rows])])
                yield Case(judged, frame, f"person {who + 1} off by {by_frame[frame]:.0f} mm", by_frame[frame])

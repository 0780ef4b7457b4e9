"""Pieces of a film show what the whole does, also where two people are in it."""

from dataclasses import replace

import numpy as np
import pytest

from vtm.camera import Intrinsics
from vtm.types import Frame, Observation
from vtm_tools.batch.job import Job
from vtm_tools.batch.join import join, timed
from vtm_tools.batch.pieces import cut, piece_file
from vtm_tools.batch.watch import SAME_PERSON, SETTLED, Unfit, Watcher, is_same
from vtm_tools.batch.watched import Watched, write_watched
from vtm_trt.pose2d.roi import SteadyPoints

STEP_NS, COUNT, LEAVES = 100_000_000, 600, 400
SIZE = (96, 64)
LENS = Intrinsics.from_fov(*SIZE)


class Film:
    """60 s; `video.read()` as of `Video`, and as slow to find a place."""

    height, width, skipped, damaged, lost = SIZE[1], SIZE[0], 0, 0, 7

    def __init__(self, places: list[int | None], wrong: int = 0):
        self.places, self._wrong, self._next = places, wrong, 0

    def seek(self, position_ns: int) -> None:
        self._next = max(sum(place <= position_ns for place in self.places) - 3 + self._wrong, 0)
        self._shown = self._wrong

    def read(self) -> np.ndarray | None:
        if self._next >= len(self.places):
            return None
        self.position_ns = self.places[self._next]
        self._next += 1
        return np.full((self.height, self.width, 3), (self._next * 37 - self._wrong) % 251, np.uint8)


class Two:
    """A tracker of two people: who searches finds the left one in the first quarter of the film, then the right one.

    It forgets at `leaves` whom it followed.
    """

    def __init__(self, leaves: int = -1):
        self._leaves = leaves
        self.reset()

    def reset(self) -> None:
        self.steady: SteadyPoints | None = None

    def follow(self, steady: SteadyPoints | None, shape: tuple[int, ...]) -> None:
        assert steady is None or shape == (SIZE[1], SIZE[0], 3)
        self.steady = steady

    def look_again(self) -> None: ...

    def describe(self) -> str:
        return ""

    def step(self, frame: Frame) -> Observation:
        row = frame.stamp_ns // STEP_NS
        if self.steady is None or row == self._leaves:
            memory = np.full((3, 2, 2), 20.0 if row < COUNT / 4 else 70.0)
            self.steady = SteadyPoints.of_memory(memory, frame.stamp_ns)
        points = np.linspace(-5, 5, 46, dtype=np.float32).reshape(23, 2) + np.float32(
            [self.steady.points[0, 0], row % 30]
        )
        return Observation(frame.stamp_ns, LENS, points, np.ones(23, np.float32))


class Stream:
    def __init__(self, tracker):
        tracker.reset()
        self._tracker = tracker

    def steps(self, frames):
        return map(self._tracker.step, frames)


def watcher(film: Film, tracker: Two) -> Watcher:
    return Watcher(film, LENS, tracker, Stream)


def places() -> list[int | None]:
    return [row * STEP_NS for row in range(COUNT)]


def joined(tmp_path, tracker: Two, pieces_s: float) -> tuple[Watched, Watched]:
    """What is seen in pieces, and in the whole."""
    job = Job(tmp_path / "film.mp4", tmp_path, "film", 1, 1)
    job = replace(job, pieces=cut(COUNT * STEP_NS * 1e-9, pieces_s))
    for piece in reversed(job.pieces):
        path = piece_file(job, piece)
        path.parent.mkdir(exist_ok=True)
        write_watched(path, watcher(Film(places()), tracker).watch(piece))
    (all_of_it,) = cut(COUNT * STEP_NS * 1e-9, 1e9)
    return join(job, watcher(Film(places()), tracker), LENS), watcher(Film(places()), tracker).watch(all_of_it)


@pytest.mark.parametrize("leaves", [-1, LEAVES, 500])
@pytest.mark.parametrize("pieces_s", [7.0, 12.0, 30.0, 60.0])
def test_pieces_show_what_the_whole_does(tmp_path, pieces_s, leaves):
    found, whole = joined(tmp_path, Two(leaves), pieces_s)
    assert found.lost == 7 and len(found.looks) == COUNT
    for one, two in zip(found.looks, whole.looks, strict=True):
        assert (one.checksum, one.was_cut) == (two.checksum, two.was_cut)
        np.testing.assert_array_equal(one.memory, two.memory)
        np.testing.assert_array_equal(one.observation.keypoints, two.observation.keypoints)
    stamps = [observation.stamp_ns for observation, _ in timed(found, 10.0)]
    assert stamps == places()


def test_a_piece_is_looked_at_again_until_both_follow_the_same_person():
    first, second = cut(60, 30)
    film, tracker = Film(places()), Two(LEAVES)
    before, alone = watcher(film, tracker).watch(first), watcher(film, tracker).watch(second)
    again = watcher(film, tracker).go_on(before, second, alone)
    kept = [one is two for one, two in zip(again.looks, alone.looks, strict=True)]
    assert kept == [False] * (1 + LEAVES - 300 + SETTLED) + [True] * (COUNT - LEAVES - SETTLED)


@pytest.mark.parametrize("change", [{200: None}, {200: 0}, {201: 200 * STEP_NS}])
def test_films_without_times_are_not_cut(change):
    wrong = [change.get(row, place) for row, place in enumerate(places())]
    film = Film(wrong)
    with pytest.raises(Unfit, match="no times, or not in their order"):
        watcher(film, Two()).watch(cut(60, 60)[0])


@pytest.mark.parametrize("how", ["skipped", "damaged"])
def test_damaged_films_are_not_cut(how):
    film = Film(places())
    setattr(film, how, 1)
    with pytest.raises(Unfit, match="cannot be read"):
        watcher(film, Two()).watch(cut(60, 60)[0])


def test_a_place_that_is_not_found_exactly_is_noticed():
    first, second = cut(60, 30)
    before = watcher(Film(places()), Two()).watch(first)
    after = watcher(Film(places(), wrong=1), Two()).watch(second)
    with pytest.raises(Unfit, match="piece 2 of 2, .* does not begin where the one before ends"):
        watcher(Film(places()), Two()).go_on(before, second, after)


def test_a_film_that_ends_early_has_pieces_without_a_frame():
    film = Film(places()[:200])
    with pytest.raises(Unfit, match="piece 3 of 3, .* has no frame"):
        watcher(film, Two()).watch(cut(60, 20)[2])


def test_whether_two_see_the_same():
    points = np.random.default_rng(0).random((23, 2), np.float32) * 100
    sure, unsure = np.ones(23, np.float32), np.zeros(23, np.float32)
    one = Observation(0, LENS, points, sure)
    near, beside, far = (replace(one, keypoints=points + np.float32(by)) for by in (0.1, 1.0, 10.0))
    assert is_same(one, near) and not is_same(one, beside)
    assert is_same(one, beside, SAME_PERSON) and not is_same(one, far, SAME_PERSON)
    nobody = replace(one, confidence=unsure)
    assert is_same(nobody, nobody) and not is_same(one, nobody) and not is_same(nobody, one)

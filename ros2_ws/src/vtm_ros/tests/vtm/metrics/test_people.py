"""Small films of two people, whose matches can be told by hand."""

import numpy as np
import pytest

from vtm.metrics.people import NOBODY, Seen, count, distances, follow

SIZE, FPS = (640, 360), 10.0
BODY = np.random.default_rng(0).uniform((-30, -80), (30, 80), (23, 2))
LEFT, RIGHT = np.array([150.0, 180.0]), np.array([450.0, 180.0])


def film(*places: np.ndarray) -> np.ndarray:
    """True keypoints (N, T, 23, 2) of people at places (T, 2)."""
    return np.stack([BODY + place[:, None] for place in places])


def told(true: np.ndarray, ids) -> list[Seen]:
    """A tracker that is off by some pixels and gives the people of each frame these numbers, None for nobody."""
    frames = []
    for frame, numbers in enumerate(ids):
        known = [who for who, number in enumerate(numbers) if number is not None]
        frames.append(Seen(np.array([numbers[who] for who in known], int), true[known, frame] + 4.0))
    return frames


def judged(true: np.ndarray, seen: list[Seen], visible: np.ndarray | None = None) -> dict[str, float]:
    visible = np.ones(true.shape[:2]) if visible is None else visible
    return count(seen, follow(seen, true, SIZE), visible, FPS).scores()


@pytest.fixture
def still() -> np.ndarray:
    return film(np.tile(LEFT, (30, 1)), np.tile(RIGHT, (30, 1)))


def test_distance_is_relative_to_the_body_and_leaves_out_what_is_outside(still):
    apart = distances(still[:, 0] + (16, 0), still[:, 0], SIZE)
    np.testing.assert_allclose(np.diag(apart), 16 / np.ptp(BODY, axis=0).max())
    half_out = still[:, 0] - (150, 0)
    tracked = np.where(half_out < 0, 1000.0, half_out)
    assert distances(tracked, half_out, SIZE)[0, 0] == pytest.approx(0)
    assert (distances(tracked, half_out - (1000, 0), SIZE) > 1e5).all()
    few = np.where(np.arange(23)[:, None] < 12, still[:, 0], np.nan)
    assert distances(still[:, 0] + (16, 0), few, SIZE)[0, 0] == pytest.approx(16 / np.ptp(BODY[:12], axis=0).max())
    assert (distances(tracked, np.full_like(few, np.nan), SIZE) > 1e5).all()


def test_a_perfect_tracker(still):
    scores = judged(still, told(still, [(7, 3)] * 30))
    assert scores == {
        "held_percent": 100, "held_clear_percent": 100, "late_percent": 0, "false_percent": 0, "switches": 0,
        "renumbered": 0, "gaps": 0, "idf1_percent": 100,
    }  # fmt: skip


def test_people_who_exchange_their_numbers_are_two_switches(still):
    scores = judged(still, told(still, [(1, 2)] * 20 + [(2, 1)] * 10))
    assert scores["switches"] == 2 and scores["held_percent"] == 100 and scores["gaps"] == 0
    assert scores["idf1_percent"] == pytest.approx(100 * 2 / 3)


def test_a_gap_is_no_switch_and_a_new_number_after_it_is_one(still):
    scores = judged(still, told(still, [(1, 2)] * 10 + [(1, None)] * 5 + [(1, 2)] * 5 + [(1, None)] * 5 + [(1, 3)] * 5))
    assert scores["gaps"] == 2 and scores["switches"] == 1 and scores["held_percent"] == pytest.approx(100 * 50 / 60)


def test_who_was_away_for_long_may_have_a_new_number(still):
    visible = np.ones((2, 30))
    visible[1, 10:22] = 0.1
    ids = [(1, 2)] * 10 + [(1, None)] * 12 + [(1, None)] * 2 + [(1, 5)] * 6
    scores = judged(still, told(still, ids), visible)
    assert scores["renumbered"] == 1 and scores["switches"] == 0 and scores["gaps"] == 0
    assert scores["late_percent"] == pytest.approx(100 * 2 / 48)
    visible[1, 15] = 1.0  # he showed himself in between
    assert judged(still, told(still, ids), visible)["switches"] == 1


def test_who_is_partly_hidden_counts_but_is_not_clearly_visible(still):
    visible = np.ones((2, 30))
    visible[1, 10:20], visible[1, 20:] = 0.6, 0.4
    scores = judged(still, told(still, [(1, 2)] * 10 + [(1, None)] * 20), visible)
    assert scores["held_percent"] == pytest.approx(100 * 40 / 50) and scores["held_clear_percent"] == 100
    visible[1, 10:] = 0.95
    assert judged(still, told(still, [(1, 2)] * 10 + [(1, None)] * 20), visible)["held_clear_percent"] < 100


def test_a_second_track_on_a_person_and_one_on_nothing_are_false(still):
    seen = told(still, [(1, 2)] * 30)
    doubled = [Seen(np.append(one.ids, [8, 9]), np.concatenate([one.keypoints, still[:1, 0], still[:1, 0] + 300]))
               for one in seen]  # fmt: skip
    scores = judged(still, doubled)
    assert scores["false_percent"] == 50 and scores["switches"] == 0 and scores["held_percent"] == 100


def test_who_is_followed_while_hidden_is_not_false(still):
    visible = np.ones((2, 30))
    visible[1] = 0.2
    scores = judged(still, told(still, [(1, 2)] * 30), visible)
    assert scores["false_percent"] == 0 and scores["held_percent"] == 100 and scores["idf1_percent"] == 100


def test_people_who_walk_through_each_other_keep_their_matches():
    """Where both are in one place the least distance would exchange them: the match of before decides."""
    way = np.linspace(0, 1, 31)[:, None]
    true = film(LEFT + way * (RIGHT - LEFT), RIGHT + way * (LEFT - RIGHT))
    seen = told(true, [(1, 2)] * 31)
    seen[15] = Seen(seen[15].ids[::-1], seen[15].keypoints)
    followed = follow(seen, true, SIZE)
    np.testing.assert_array_equal(followed.ids, np.tile([1, 2], (31, 1)))


def test_nobody_tracked_and_nobody_there(still):
    empty = [Seen(np.zeros(0, int), np.zeros((0, 23, 2)))] * 30
    followed = follow(empty, still, SIZE)
    assert (followed.ids == NOBODY).all()
    scores = judged(still, empty)
    assert scores["held_percent"] == 0 and scores["late_percent"] == 100 and scores["idf1_percent"] == 0
    assert judged(still, empty, np.zeros((2, 30)))["held_percent"] == 0


def test_counts_of_several_films_add_up(still):
    seen = told(still, [(1, 2)] * 20 + [(2, 1)] * 10)
    one = count(seen, follow(seen, still, SIZE), np.ones((2, 30)), FPS)
    assert (one + one).switches == 4 and (one + one).scores()["held_percent"] == 100

"""Who fails is tried again, after the others, and stops nobody."""

from collections import deque
from dataclasses import replace
from pathlib import Path

from vtm_tools.batch.job import Job, Long, Outcome, Status, failed
from vtm_tools.batch.journal import Record
from vtm_tools.batch.pieces import cut, piece_file
from vtm_tools.batch.run import MOST_KILLED, work_off

DONE = Outcome(Status.DONE)
AT_ONCE = (Status.DONE, 1)


class Scripted:
    """Workers to whom is told how each attempt ends; what is not told is done."""

    def __init__(self, slots: list[int], **ends: list[Outcome]):
        self._slots, self._ends = deque(slots), ends
        self.most, self.order = 0, []
        self._running: deque[Job] = deque()

    def slots(self) -> int:
        if len(self._slots) > 1:
            return self._slots.popleft()
        return self._slots[0]

    def submit(self, job: Job) -> None:
        self._running.append(job)
        self.order.append(_word(job))
        self.most = max(self.most, len(self._running))

    def next(self) -> tuple[Job, Outcome] | None:
        if not self._running:
            return None
        job = self._running.popleft()
        ends = self._ends.get(_word(job))
        return job, ends.pop(0) if ends else DONE


def _word(job: Job) -> str:
    """A video's name, that of a piece with its number, and that of the joining of all with a J."""
    return job.name + (str(job.piece.number) if job.piece else "J" * bool(job.pieces))


def records(names: str, workers: Scripted, retries: int = 2, out: Path = Path("out")) -> list[Record]:
    jobs = [Job(Path(name), out, name, 0, 0, piece_s=10.0) for name in names]
    return [one for one in work_off(jobs, workers, retries) if isinstance(one, Record)]


def work(names: str, workers: Scripted, retries: int = 2) -> dict[str, tuple[Status, int]]:
    ended = records(names, workers, retries)
    assert len({one.name for one in ended}) == len(ended)
    return {one.name: (one.status, one.attempts) for one in ended}


def test_a_failure_is_tried_again_at_the_end():
    workers = Scripted([2], a=[failed("once")])
    assert work("abcd", workers) == {
        "b": AT_ONCE,
        "c": AT_ONCE,
        "d": AT_ONCE,
        "a": (Status.DONE, 2),
    }
    assert workers.order == list("abcda") and workers.most == 2


def test_it_is_given_up_after_so_many_times():
    workers = Scripted([1], b=[failed("1"), failed("2"), failed("3"), DONE])
    assert work("abc", workers) == {"a": AT_ONCE, "c": AT_ONCE, "b": (Status.FAILED, 3)}
    assert work("b", Scripted([1], b=[failed("1")]), retries=0) == {"b": (Status.FAILED, 1)}


def test_who_is_killed_from_outside_is_tried_again_more_often():
    killed = failed("killed", killed=True)
    assert work("ab", Scripted([1], a=[killed] * MOST_KILLED)) == {"b": AT_ONCE, "a": (Status.DONE, MOST_KILLED + 1)}
    assert work("a", Scripted([1], a=[killed] * 9)) == {"a": (Status.FAILED, MOST_KILLED + 1)}
    assert work("a", Scripted([1], a=[killed]), retries=0) == {"a": (Status.FAILED, 1)}


def test_workers_come_and_go():
    workers = Scripted([0, 0, *[3] * 5, 1])
    assert len(work("abcdefg", workers)) == 7 and workers.most == 3


def test_what_stops_the_others_stops_them():
    full = failed("cannot write out/b.npz: no space", stops=True)
    assert work("abcd", Scripted([1], b=[full])) == {"a": AT_ONCE, "b": (Status.FAILED, 1)}


LONG = Long(Status.LONG, sha256="of a", took_s=1.0, pieces=cut(30, 10))


def test_a_long_video_is_joined_when_all_its_pieces_are_there():
    workers = Scripted([2], a=[LONG], a2=[replace(DONE, took_s=5.0)], aJ=[replace(DONE, took_s=2.0)])
    ended = records("abc", workers)
    assert workers.order == ["a", "b", "a1", "a2", "a3", "c", "aJ"] and workers.most == 2
    (one,) = [one for one in ended if one.name == "a"]
    assert (one.status, one.attempts, one.sha256, one.took_s, one.error) == (Status.DONE, 1, "of a", 8.0, "")


def test_only_missing_pieces_are_looked_at(tmp_path):
    there = piece_file(Job(Path("a"), tmp_path, "a", 0, 0), LONG.pieces[1])
    there.parent.mkdir()
    there.touch()
    workers = Scripted([1], a=[LONG])
    records("a", workers, out=tmp_path)
    assert workers.order == ["a", "a1", "a3", "aJ"]


def test_a_piece_is_tried_again_and_then_the_video_has_failed():
    killed = failed("killed", killed=True)
    workers = Scripted([1], a=[LONG], a2=[failed("once"), DONE], a3=[killed] * 3)
    (one,) = records("a", workers)
    assert workers.order == ["a", "a1", "a2", "a3", "a2", "a3", "a3", "a3", "aJ"]
    assert (one.status, one.attempts) == (Status.DONE, 4)
    workers = Scripted([1], a=[LONG], a1=[failed("it is damaged")] * 2)
    one, other = records("ab", workers, retries=1)
    assert (one.name, other.name) == ("b", "a") and workers.order == ["a", "a1", "a2", "a3", "b", "a1"]
    assert (other.status, other.attempts, other.sha256) == (Status.FAILED, 2, "of a")
    assert other.error == "piece 1 of 3, from 0:00 to 0:10 min: it is damaged"


def test_what_failed_has_no_use_for_its_other_pieces():
    workers = Scripted([1], a=[LONG], a1=[failed("it is damaged")])
    assert len(records("ab", workers, retries=0)) == 2 and workers.order == ["a", "a1", "b"]
    workers = Scripted([2], a=[LONG], a1=[failed("it is damaged")], a2=[failed("so is this")])
    assert len(records("ab", workers, retries=0)) == 2 and workers.order == ["a", "b", "a1", "a2"]


def test_joining_that_fails_looks_for_the_pieces_again(tmp_path):
    workers = Scripted([1], a=[LONG, LONG], aJ=[failed("a piece is lost")])
    (one,) = records("a", workers, out=tmp_path)
    assert workers.order == ["a", *(pieces := ["a1", "a2", "a3"]), "aJ", "a", *pieces, "aJ"]
    assert (one.status, one.attempts) == (Status.DONE, 2)
    workers = Scripted([1], a=[LONG] * 9, aJ=[failed("a piece is lost")] * 9)
    assert records("a", workers, out=tmp_path)[0].attempts == 3


def test_what_cannot_be_cut_is_taken_whole():
    for piece in ("a2", "aJ"):
        workers = Scripted([1], a=[LONG, replace(DONE, sha256="of a")], **{piece: [Outcome(Status.WHOLE, "no times")]})
        (one,) = records("a", workers)
        assert workers.order == ["a", "a1", "a2", *(["a3", "aJ"] if piece == "aJ" else []), "a"]
        assert (one.status, one.attempts, one.error) == (Status.DONE, 1, "")
    workers = Scripted([3], a=[LONG], a1=[Outcome(Status.WHOLE)], a2=[failed("late")])
    assert [one.status for one in records("a", workers)] == [Status.DONE] and workers.order == [
        "a",
        "a1",
        "a2",
        "a3",
        "a",
    ]

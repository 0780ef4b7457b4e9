"""Who fails is tried again, after the others, and stops nobody."""

from collections import deque
from pathlib import Path

from vtm_tools.batch.job import Job, Outcome, Status, failed
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
        self.order.append(job.name)
        self.most = max(self.most, len(self._running))

    def next(self) -> tuple[Job, Outcome] | None:
        if not self._running:
            return None
        job = self._running.popleft()
        ends = self._ends.get(job.name)
        return job, ends.pop(0) if ends else DONE


def work(names: str, workers: Scripted, retries: int = 2) -> dict[str, tuple[Status, int]]:
    jobs = [Job(Path(name), Path("out"), name, 0, 0) for name in names]
    ended = [one for one in work_off(jobs, workers, retries) if one is not None]
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

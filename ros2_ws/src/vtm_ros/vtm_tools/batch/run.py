"""A plan worked off: whoever fails is tried again at the end, and stops nobody else."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from vtm_tools.batch.job import Job, Outcome, Status
from vtm_tools.batch.journal import Record
from vtm_tools.batch.long_videos import LongVideos, PieceCount

MOST_KILLED = 6
"""So often a video is tried again whose process is killed from outside, as where memory runs out."""


class Workers(Protocol):
    """Those who capture."""

    def slots(self) -> int:
        """How many videos they take at a time."""

    def submit(self, job: Job) -> None:
        """Give them one."""

    def next(self) -> tuple[Job, Outcome] | None:
        """One that has ended, and how; None where a moment passed."""


def work_off(jobs: Sequence[Job], workers: Workers, retries: int) -> Iterator[Record | PieceCount | None]:
    """Capture videos.

    Args:
        jobs: The videos.
        workers: Who captures.
        retries: How often one that failed is tried again; with 0 none, else one that was killed MOST_KILLED times.

    Yields:
        What became of each as it ends; how far the pieces of long ones are; None where a moment passed, in which to
        look at the workers. After one whose failure `stops` the others there is no more.
    """
    waiting, running, videos = deque(jobs), 0, LongVideos()
    while waiting or running:
        while waiting and running < workers.slots():
            workers.submit(waiting.popleft())
            running += 1
        ended = workers.next()
        if ended is None:
            yield None
            continue
        job, outcome = ended
        running -= 1
        failures = videos.ends(job, outcome)
        if videos.is_idle(job):
            continue
        allowed = max(retries, MOST_KILLED) if retries and outcome.killed else retries
        if outcome.status is Status.FAILED and not outcome.stops and failures <= allowed:
            waiting.append(videos.again(job))
            continue
        next_jobs = videos.follow(job, outcome)
        if job.piece and (next_jobs is None or outcome.status is Status.WHOLE):  # of no use are the others
            waiting = deque(one for one in waiting if one.name != job.name)
        if next_jobs is not None:
            waiting.extendleft(reversed(next_jobs))
            yield videos.count
            continue
        yield videos.record(job, outcome)
        if outcome.stops:
            return

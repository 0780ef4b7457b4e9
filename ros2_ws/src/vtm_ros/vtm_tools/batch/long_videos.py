"""Long videos of an archive: which job follows which, from the pieces to the video."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import NamedTuple

from vtm_tools.batch.job import Job, Long, Outcome, Piece, Status
from vtm_tools.batch.journal import Record, record
from vtm_tools.batch.pieces import piece_file


class PieceCount(NamedTuple):
    """Of the pieces of all long videos so far."""

    ended: int
    known: int


class LongVideos:
    """What becomes of jobs, be they videos, pieces, or the joining of pieces."""

    def __init__(self) -> None:
        self._pieces: dict[str, tuple[Piece, ...]] = {}
        self._left: dict[str, set[Piece]] = {}
        self._over: set[str] = set()
        self._sha256: dict[str, str] = {}
        self._took_s: defaultdict[str, float] = defaultdict(float)
        self._failures: defaultdict[str, Counter[tuple[Piece | None, bool]]] = defaultdict(Counter)

    @property
    def count(self) -> PieceCount:
        """How many pieces have been looked at."""
        known = sum(map(len, self._pieces.values()))
        return PieceCount(known - sum(map(len, self._left.values())), known)

    def ends(self, job: Job, outcome: Outcome) -> int:
        """Take the end of a job; how often it has failed so far."""
        self._took_s[job.name] += outcome.took_s
        of_job = job.piece, bool(job.pieces)
        self._failures[job.name][of_job] += outcome.status is Status.FAILED
        return self._failures[job.name][of_job]

    def is_idle(self, job: Job) -> bool:
        """Whether nobody needs this piece any more."""
        return job.piece is not None and job.name in self._over

    def again(self, job: Job) -> Job:
        """What to do for a job that failed: before pieces are joined again, the files of all are looked for."""
        return replace(job, pieces=())

    def follow(self, job: Job, outcome: Outcome) -> list[Job] | None:
        """What is to be done next for the video of a job; None where it has come to its end."""
        name, video = job.name, replace(job, piece=None, pieces=())
        if isinstance(outcome, Long):
            missing = [piece for piece in outcome.pieces if not piece_file(job, piece).is_file()]
            self._sha256[name], self._pieces[name], self._left[name] = outcome.sha256, outcome.pieces, set(missing)
            return [replace(video, piece=piece) for piece in missing] or [replace(video, pieces=outcome.pieces)]
        if job.piece and outcome.status is Status.DONE:
            self._left[name].discard(job.piece)
            return [] if self._left[name] else [replace(video, pieces=self._pieces[name])]
        if name in self._pieces and (job.piece or outcome.status is Status.WHOLE):
            self._over.add(name)
            del self._pieces[name], self._left[name]
        return [replace(video, piece_s=0.0)] if outcome.status is Status.WHOLE else None

    def record(self, job: Job, outcome: Outcome) -> Record:
        """What is written down of the video of a job that was the last."""
        error = f"{job.piece}: {outcome.error}" if job.piece else outcome.error
        sha256 = outcome.sha256 or self._sha256.get(job.name, "")
        whole = replace(outcome, error=error, sha256=sha256, took_s=self._took_s[job.name])
        failures = max(self._failures[job.name].values())
        return record(job, whole, failures + (outcome.status is not Status.FAILED))

"""Long videos of an archive: which job follows which, from the pieces to the video."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from vtm_tools.batch.job import Job, Long, Outcome, Piece, Status
from vtm_tools.batch.journal import Record, record
from vtm_tools.batch.pieces import piece_file


class PieceCount(NamedTuple):
    """Of the pieces of all long videos so far."""

    ended: int
    known: int


@dataclass
class _Video:
    """What is known of a video.

    Attributes:
        pieces: All of them; empty of one that is taken as a whole.
        left: Those that are still to be looked at.
        is_over: Whether nobody needs its pieces any more.
        sha256: Of the file, where it is known.
        took_s: Seconds that its jobs took together.
        failures: Of each of its jobs: of a piece, of joining them, of the whole.
    """

    pieces: tuple[Piece, ...] = ()
    left: set[Piece] = field(default_factory=set)
    is_over: bool = False
    sha256: str = ""
    took_s: float = 0.0
    failures: Counter[tuple[Piece | None, bool]] = field(default_factory=Counter)


class LongVideos:
    """What becomes of jobs, be they videos, pieces, or the joining of pieces."""

    def __init__(self) -> None:
        self._videos: defaultdict[str, _Video] = defaultdict(_Video)

    @property
    def count(self) -> PieceCount:
        """How many pieces have been looked at."""
        known = sum(len(video.pieces) for video in self._videos.values())
        return PieceCount(known - sum(len(video.left) for video in self._videos.values()), known)

    def ends(self, job: Job, outcome: Outcome) -> int:
        """Take the end of a job; how often it has failed so far."""
        video, of_job = self._videos[job.name], (job.piece, bool(job.pieces))
        video.took_s += outcome.took_s
        video.failures[of_job] += outcome.status is Status.FAILED
        return video.failures[of_job]

    def is_idle(self, job: Job) -> bool:
        """Whether nobody needs this piece any more."""
        return job.piece is not None and self._videos[job.name].is_over

    def again(self, job: Job) -> Job:
        """What to do for a job that failed: before pieces are joined again, the files of all are looked for."""
        return replace(job, pieces=())

    def follow(self, job: Job, outcome: Outcome) -> list[Job] | None:
        """What is to be done next for the video of a job; None where it has come to its end."""
        video, whole = self._videos[job.name], replace(job, piece=None, pieces=())
        if isinstance(outcome, Long):
            missing = [piece for piece in outcome.pieces if not piece_file(job, piece).is_file()]
            video.sha256, video.pieces, video.left = outcome.sha256, outcome.pieces, set(missing)
            return [replace(whole, piece=piece) for piece in missing] or [replace(whole, pieces=outcome.pieces)]
        if job.piece and outcome.status is Status.DONE:
            video.left.discard(job.piece)
            return [] if video.left else [replace(whole, pieces=video.pieces)]
        if video.pieces and (job.piece or outcome.status is Status.WHOLE):
            video.is_over, video.pieces, video.left = True, (), set()
        return [replace(whole, piece_s=0.0)] if outcome.status is Status.WHOLE else None

    def record(self, job: Job, outcome: Outcome) -> Record:
        """What is written down of the video of a job that was the last."""
        video = self._videos[job.name]
        error = f"{job.piece}: {outcome.error}" if job.piece else outcome.error
        told = replace(outcome, error=error, sha256=outcome.sha256 or video.sha256, took_s=video.took_s)
        return record(job, told, max(video.failures.values()) + (outcome.status is not Status.FAILED))

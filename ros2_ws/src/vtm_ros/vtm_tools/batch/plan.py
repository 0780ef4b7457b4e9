"""Which videos of an archive are still to be captured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_tools.batch.job import Job, Settings, Status
from vtm_tools.batch.journal import JOURNAL, Record
from vtm_tools.batch.videos import names

OPENS_S, READS_BYTES_S = 120.0, 5e6
"""Seconds that a process may take to start, load its networks and open a video; and the slowest disk, bytes/s."""


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        jobs: Videos to capture, the largest first, so that none of them begins when all others have ended.
        done: How many have their results.
        otherwise: How many have results of other settings, which will be replaced.
        again: How many failed before.
    """

    jobs: list[Job]
    done: int
    otherwise: int
    again: int

    def __str__(self) -> str:
        why = [f"{self.otherwise} with other settings"] * bool(self.otherwise)
        why += [f"{self.again} failed before"] * bool(self.again)
        done = f"{self.done} are done, " if self.done else ""
        return f"{done}{len(self.jobs)} to capture" + (f" ({', '.join(why)})" if why else "")


def plan(
    found: Sequence[tuple[Path, Path]], folder: Path, settings: Settings, records: Mapping[str, Record], **how: Any
) -> Plan:
    """Compare videos with what became of them before.

    A file of the same size and time is the same; of any other its content tells, which the one who captures it reads
    anyway.

    Args:
        found: Of `videos.find`.
        folder: Of all results.
        settings: How they are captured.
        records: Of what was done before, by path.
        **how: For `Job`.
    """
    called = names(found, {file: one.name for file, one in records.items()})
    jobs, done, otherwise, again = [], 0, 0, 0
    for video, _ in found:
        told, before = video.stat(), records.get(str(video))
        holds = before is not None and before.still_holds(folder, settings)
        if before and holds and (before.bytes, before.mtime_ns) == (told.st_size, told.st_mtime_ns):
            done += 1
            continue
        if before and not holds:
            again += before.status is Status.FAILED
            otherwise += before.status is not Status.FAILED and Settings.of_text(before.settings) != settings
        jobs.append(Job(
            video, folder, called[video], told.st_size, told.st_mtime_ns, settings,
            opens_s=OPENS_S + told.st_size / READS_BYTES_S, known=before.sha256 if before and holds else "", **how,
        ))  # fmt: skip
    return Plan(sorted(jobs, key=lambda job: (-job.bytes, job.video)), done, otherwise, again)


def refuse_old_results(folder: Path, jobs: Sequence[Job]) -> None:
    """Make sure that nothing that was captured before is replaced.

    Raises:
        VtmError: Something would be.
    """
    targets = (folder / f"{job.name}{suffix}" for job in jobs for suffix in (".npz", ".people.json"))
    if (folder / JOURNAL).exists() or any(target.exists() for target in targets):
        raise VtmError(f"{folder} has results already; add --resume to do what is missing, or choose another folder")

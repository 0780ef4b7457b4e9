"""What became of each video, written down as it ends, so that a killed run loses nothing."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm_tools.batch.job import Job, Outcome, Settings, Status

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Record(Outcome):
    """The last outcome of a video.

    Attributes:
        file: The video.
        name: Of its results, without a suffix.
        bytes: Size of the file.
        mtime_ns: When it was changed last.
        settings: As `Settings.text` tells them.
        attempts: How often it was tried.
        ended: Date and time, UTC.
        version: Of vtm_ros.
    """

    file: str = ""
    name: str = ""
    bytes: int = 0
    mtime_ns: int = 0
    settings: str = ""
    attempts: int = 1
    ended: str = ""
    version: str = ""

    def still_holds(self, folder: Path, settings: Settings) -> bool:
        """Whether the results are of these settings, and still there."""
        ended = self.status in (Status.DONE, Status.NOBODY) and Settings.of_text(self.settings) == settings
        return ended and all((folder / output).is_file() for output in self.outputs)


def record(job: Job, outcome: Outcome, attempts: int) -> Record:
    """What is written down of a video."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    of_job: dict[str, Any] = {"file": str(job.video), "name": job.name, "bytes": job.bytes, "mtime_ns": job.mtime_ns}
    told: dict[str, Any] = {field.name: getattr(outcome, field.name) for field in fields(Outcome)}
    return Record(
        **told, **of_job, settings=job.settings.text(), attempts=attempts, ended=now, version=version("vtm_ros")
    )


class Journal:
    """The file of all records; `records` has the last of each video, by path.

    Args:
        folder: Of all results.
    """

    def __init__(self, folder: Path):
        self.path = folder / JOURNAL
        self.records: dict[str, Record] = {}
        for line in self.path.read_bytes().splitlines() if self.path.is_file() else ():
            with suppress(ValueError, TypeError, KeyError):  # cut off by a kill or a full disk
                one = _read(json.loads(line))
                self.records[one.file] = one

    def add(self, one: Record) -> None:
        """Write a record down.

        Raises:
            VtmError: It cannot be written.
        """
        self.records[one.file] = one
        try:
            with self.path.open("ab") as file:
                if file.tell() and not _ends_a_line(self.path):
                    file.write(b"\n")
                file.write(json.dumps(asdict(one)).encode() + b"\n")
        except OSError as fault:
            remedy = "free some space, then go on with --resume"
            raise VtmError(f"cannot write {self.path}: {fault.strerror}; {remedy}") from fault


def _read(told: Mapping[str, Any]) -> Record:
    told, known = dict(told), {field.name for field in fields(Record)}
    return Record(
        **{key: value for key, value in told.items() if key in known}
        | {"status": Status(told["status"]), "outputs": tuple(told["outputs"])}
    )


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Within the block no other run writes to this folder.

    Raises:
        VtmError: Another one does.
    """
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise VtmError(f"another run writes to {folder}; wait until it ends, or choose another folder") from fault
        except OSError:  # some network file systems have no locks
            pass
        yield

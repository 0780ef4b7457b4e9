"""The folder of all results, with its journal and its index."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from vtm.errors import VtmError
from vtm_tools.batch.index import write_index
from vtm_tools.batch.job import Status
from vtm_tools.batch.journal import Journal, Record, alone
from vtm_tools.batch.pieces import pieces_folder

BEGUN = re.compile(r"\..*-[0-9a-f]{8}\.(npz|bvh|json|parquet)")
"""Temporary files, as `vtm.files.atomic_file` names them."""


class Archive:
    """Results beside each other, and what is known of them.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path):
        self.folder, self._journal = folder, Journal(folder)
        self.records = self._journal.records

    def add(self, one: Record) -> None:
        """Write down what became of a video; of a file that was only touched, what was known of it.

        What it had of other settings is deleted when it is replaced.
        """
        before = self.records.get(one.file)
        if before and one.status is Status.SAME:
            one = replace(before, bytes=one.bytes, mtime_ns=one.mtime_ns)
        elif before and one.status is not Status.FAILED:
            for output in set(before.outputs) - set(one.outputs):
                with suppress(OSError):
                    (self.folder / output).unlink()
        if one.status is not Status.FAILED:
            rmtree(pieces_folder(self.folder, one.name), ignore_errors=True)
        self._journal.add(one)

    def write_index(self) -> Path:
        """Write the table of everything that is known."""
        return write_index(self.folder, self.records.values())


@contextmanager
def opened(folder: Path) -> Iterator[Archive]:
    """An archive, new or old, to which nobody else writes; its index is written at the end, also of an interrupted run.

    Raises:
        VtmError: The folder cannot be made or written, or another run writes to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise VtmError(f"cannot make the folder {folder}: {fault.strerror}; choose another place") from fault
    with alone(folder):
        archive = Archive(folder)
        try:
            yield archive
        finally:
            _sweep(folder)
            if archive.records:
                archive.write_index()


def _sweep(folder: Path) -> None:
    """Delete what processes that were killed had begun to write."""
    for path in folder.rglob(".*"):
        if BEGUN.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()

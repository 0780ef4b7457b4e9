"""The table of an archive: what became of each video, for programs that choose among them."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow
from pyarrow import parquet

from vtm.files.atomic_file import atomic_file
from vtm_tools.batch.job import Status
from vtm_tools.batch.journal import Record

INDEX = "index.parquet"
COLUMNS = {
    "file": pyarrow.string(), "status": pyarrow.string(), "outputs": pyarrow.list_(pyarrow.string()),
    "people": pyarrow.int32(), "seconds": pyarrow.float64(), "frames": pyarrow.int64(), "lost": pyarrow.int64(),
    "tracked": pyarrow.float64(), "quality": pyarrow.float64(), "confidence": pyarrow.float64(),
    "faults": pyarrow.string(), "error": pyarrow.string(), "attempts": pyarrow.int32(), "took_s": pyarrow.float64(),
    "ended": pyarrow.string(), "host": pyarrow.string(), "sha256": pyarrow.string(), "bytes": pyarrow.int64(),
    "settings": pyarrow.string(), "version": pyarrow.string(),
}  # fmt: skip


def write_index(folder: Path, records: Iterable[Record]) -> Path:
    """Write the table of all records, by the path of the video.

    Args:
        folder: Of all results.
        records: Of each video the last.

    Returns:
        The file.
    """
    ordered = sorted(records, key=lambda one: one.file)
    rows = [{column: _cell(getattr(one, column)) for column in COLUMNS} for one in ordered]
    table = pyarrow.Table.from_pylist(rows, pyarrow.schema(list(COLUMNS.items())))
    with atomic_file(folder / INDEX) as part:
        parquet.write_table(table, part)
    return folder / INDEX


def _cell(value: object) -> object:
    """What Parquet holds; a file's name may be no text."""
    if isinstance(value, str):
        return (value.value if isinstance(value, Status) else value).encode("utf-8", "replace").decode()
    return [_cell(part) for part in value] if isinstance(value, tuple) else value

"""Where a long video is cut, and what the files of its pieces are called."""

import hashlib
from importlib.metadata import version
from math import ceil
from pathlib import Path

from vtm_tools.batch.job import Job, Piece


def cut(length_s: float, longest_s: float) -> tuple[Piece, ...]:
    """As few pieces of equal length as there can be.

    Args:
        length_s: Of the video, seconds.
        longest_s: Of a piece.
    """
    count = ceil(length_s / longest_s)
    places = [round(length_s * 1e9 * number / count) for number in range(count + 1)]
    return tuple(Piece(number + 1, count, *places[number : number + 2]) for number in range(count))


def pieces_folder(folder: Path, name: str) -> Path:
    """Of the pieces of a video, below the folder of all results, as long as it is worked on."""
    return folder / f"{name}.pieces"


def piece_file(job: Job, piece: Piece) -> Path:
    """What is seen in a piece; another file for other settings, or another content of the video."""
    told = (job.bytes, job.mtime_ns, job.settings.text(), piece, version("vtm_ros"))
    mark = hashlib.sha256(repr(told).encode()).hexdigest()[:12]
    return pieces_folder(job.folder, job.name) / f"{piece.number:04}_{mark}.npz"

"""The videos of an archive, and what their results are called."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from vtm.errors import VtmError

SUFFIXES = frozenset(
    ".3gp .asf .avi .flv .gif .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .vob .webm .wmv".split()
)
"""What in a folder is taken for a video; a file that is named itself may have any suffix."""


def find(paths: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Every video once, with its path below the folder in which it was found.

    Folders are searched to the bottom, through links as well; what is hidden is left out.

    Args:
        paths: Files and folders.

    Raises:
        VtmError: A path is neither, or there is no video.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        whole = Path(os.path.abspath(path))
        if whole.is_dir():
            for video in _below(whole):
                found.setdefault(video, video.relative_to(whole))
        elif whole.is_file():
            found.setdefault(whole, Path(whole.name))
        else:
            raise VtmError(f"there is no video or folder {path}; check the path")
    if not found:
        where = ", ".join(map(str, paths))
        raise VtmError(f"there is no video in {where}; a video ends in one of {', '.join(sorted(SUFFIXES))}")
    return sorted(found.items())


def _below(folder: Path) -> Iterator[Path]:
    been = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        told = os.stat(here)
        if (told.st_dev, told.st_ino) in been:
            folders.clear()
            continue
        been.add((told.st_dev, told.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(here, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def names(found: Sequence[tuple[Path, Path]], known: Mapping[str, str]) -> dict[Path, str]:
    """What the results of each video are called, without a suffix: no two alike.

    Those of `a/clip.mp4` are `a/clip`. Where `a/clip.mov` is there as well, each keeps its suffix; where two folders
    hold the same, more of the path tells them apart.

    Args:
        found: Of `find`.
        known: Names that videos have had before, by path; they stay.
    """
    taken = set(known.values())
    wishes = Counter(_plain(below) for _, below in found)
    called = {}
    for video, below in found:
        name = known.get(str(video))
        if name is None:
            name = next(wish for wish in _wishes(video, below) if wish not in taken and wishes[wish] < 2)
            taken.add(name)
        called[video] = name
    return called


def _plain(below: Path) -> str:
    return below.with_suffix("").as_posix()


def _wishes(video: Path, below: Path) -> Iterator[str]:
    yield _plain(below)
    parts = video.parts[1:]
    for count in range(len(below.parts), len(parts) + 1):
        yield "/".join(parts[-count:])
    yield from (f"{video.as_posix().lstrip('/')}.{number}" for number in range(2, 1 << 30))

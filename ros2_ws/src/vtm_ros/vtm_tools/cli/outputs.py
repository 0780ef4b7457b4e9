"""Output files: refused before the work when they cannot be written, written all together or not at all."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_trt.sources.video import Video

STDOUT = Path("-")
"""In place of a JSON file: the numbers are printed instead of the text for people."""


def check_outputs(outputs: dict[str, Path | None], inputs: list[Path | None]) -> None:
    """Refuse outputs that would not end up as new files.

    Args:
        outputs: Suffix to file, None for one that is not wanted.
        inputs: Files that are read, None for one that is not given.

    Raises:
        VtmError: An output is a folder or an input, has another suffix, or cannot be written.
    """
    for suffix, path in outputs.items():
        if path is None or (path == STDOUT and suffix == ".json"):
            continue
        if path.is_dir():
            raise VtmError(f"cannot write {path}: it is a folder; give a file name, such as {path / f'motion{suffix}'}")
        if path.suffix.lower() != suffix:
            raise VtmError(f"cannot write {path}: the name must end in {suffix}; try {path.with_suffix(suffix)}")
        if path.exists() and not path.is_file():
            raise VtmError(f"cannot write {path}: it is not an ordinary file; choose another name")
        if path.exists() and any(given and given.exists() and path.samefile(given) for given in inputs):
            raise VtmError(f"cannot write {path}: that is the input; choose another name")
        if not path.parent.is_dir():
            raise VtmError(f"cannot write {path}: there is no folder {path.parent}; create it first")
        try:
            tempfile.TemporaryFile(dir=path.parent).close()
        except OSError as fault:
            raise VtmError(f"cannot write {path}: {fault.strerror}; choose a folder you may write to") from fault


@contextmanager
def written_together(*paths: Path | None) -> Iterator[dict[Path, Path]]:
    """The temporary path of each of `paths`; they all take their places when the block ends without error."""
    with ExitStack() as stack:
        yield {path: stack.enter_context(atomic_file(path)) for path in paths if path and path != STDOUT}


def counted(number: int, what: str) -> str:
    """A number of things: 1 frame, 2 frames."""
    return f"{number} {what}{'s' * (number != 1)}"


def unread(video: Video) -> str:
    """In brackets, how many frames of a file could not be read, or not whole; nothing where all could."""
    said = [f"{video.damaged} of them not whole"] * bool(video.damaged)
    said += [f"{video.lost} more could not be read"] * bool(video.lost)
    return f" ({', '.join(said)}: is the file damaged?)" if said else ""


def write_json(numbers: Any, json_file: Path | None, part: dict[Path, Path]) -> None:
    """Write numbers as JSON, or print them.

    Args:
        numbers: What JSON can hold.
        json_file: Where to; STDOUT prints them, None does nothing.
        part: The temporary path of each output, as `written_together` gives them.
    """
    if json_file == STDOUT:
        print(json.dumps(numbers, indent=1))
    elif json_file:
        part[json_file].write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")

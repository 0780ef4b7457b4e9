"""Disks that fill up."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KINDS = ("disk", "limit")
"""A real file system in memory, which needs the right to mount one; a limit on the size of files, which fails the same
way and works everywhere."""


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """This process writes no larger file, in bytes. Nor does Python keep what it compiles, which would be cut off."""
    before, kept = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = kept


@contextmanager
def full(kind: str, folder: Path, room: int) -> Iterator[Path]:
    """A new folder in `folder`, in which there is room for so many bytes; one small older file may be put there first,
    beside them."""
    small = folder / "small"
    small.mkdir()
    if kind == "limit":
        with file_limit(room):
            yield small
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room + 4096}", "tmpfs", str(small)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets the test mount no file system; the same with a limit on files runs")
    try:
        yield small
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)

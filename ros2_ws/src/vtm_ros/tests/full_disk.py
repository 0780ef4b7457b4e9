"""Disks that fill up."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KINDS = ("disk", "limit")
"""A real file system in memory, which needs the right to mount one; a limit on the size of files, which fails the same
way and works everywhere."""


@contextmanager
def full(kind: str, folder: Path, room: int) -> Iterator[Path]:
    """A new folder in `folder`, in which there is room for so many bytes; one small older file may be put there first,
    beside them."""
    small = folder / "small"
    small.mkdir()
    if kind == "limit":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            yield small
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
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

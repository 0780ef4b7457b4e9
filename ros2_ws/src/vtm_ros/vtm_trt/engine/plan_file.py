"""One plan in a file: TensorRT's compiled network behind a header that says what it was built from and for.

8 bytes      MAGIC
4 bytes      length of the header, little endian
header       canonical JSON: format, model, facts, bytes and sha256 of the plan
the rest     the plan
"""

import errno
import hashlib
import json
import os
import re
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vtm.files.atomic_file import atomic_file

MAGIC = b"VTMPLAN\n"
FORMAT = 1
_LENGTH = struct.Struct("<I")
_MOST_HEADER = 1 << 20
_TYPES = {"format": int, "model": str, "facts": dict, "bytes": int, "sha256": str}
_SHORT = 16
"""Digits of the digest in a file name; the header holds all facts."""


class BadPlan(Exception):
    """A file is not the plan that was asked for. `str(error)` continues a sentence: "the engine ..."."""


@dataclass(frozen=True)
class PlanKey:
    """What a plan belongs to.

    Attributes:
        model: Name of the network.
        facts: All that the plan depends on, such as the network's own digest, the version of TensorRT and the GPU.
    """

    model: str
    facts: Mapping[str, str | int]

    @property
    def digest(self) -> str:
        """SHA-256 of model and facts, 64 hexadecimal digits."""
        return hashlib.sha256(_canonical({"model": self.model, "facts": dict(self.facts)})).hexdigest()

    @property
    def file_name(self) -> str:
        """`<model>-<digest>.plan`, whatever characters the model's name has."""
        model = re.sub(r"[^A-Za-z0-9_.-]|^[.-]", "_", self.model)[:80]
        return f"{model}-{self.digest[:_SHORT]}.plan"


def read_plan(path: Path, key: PlanKey) -> bytes:
    """Read the plan of a key.

    Raises:
        FileNotFoundError: There is no such file.
        BadPlan: `write_plan` did not write it whole, or it is of another key.
    """
    with _trusted(path) as file:
        content, header = _read_header(file)
        plan = file.read()
    wanted = _header(key, plan)
    if content != _canonical(wanted):
        raise BadPlan(_difference(header, wanted))
    return plan


def read_header(path: Path) -> dict[str, Any]:
    """The header: format, model, facts, bytes and sha256. What follows it is not read, only how long it is.

    Raises:
        FileNotFoundError: There is no such file.
        BadPlan: `write_plan` did not write it whole.
    """
    with _trusted(path) as file:
        content, header = _read_header(file)
        plan = os.fstat(file.fileno()).st_size - len(MAGIC) - _LENGTH.size - len(content)
    if header["format"] != FORMAT or header["bytes"] != plan:
        raise BadPlan(_difference(header, header | {"format": FORMAT, "bytes": plan}))
    return header


def write_plan(path: Path, key: PlanKey, plan: bytes) -> None:
    """Write a plan for its owner alone; it appears whole or not at all.

    Args:
        path: The file.
        key: What the plan belongs to.
        plan: The plan.

    Raises:
        VtmError: It cannot be written.
    """
    header = _canonical(_header(key, plan))
    with atomic_file(path, mode=0o600, durable=True) as draft, draft.open("wb") as file:
        file.write(MAGIC + _LENGTH.pack(len(header)) + header)
        file.write(plan)


def _header(key: PlanKey, plan: bytes) -> dict[str, Any]:
    return {
        "format": FORMAT, "model": key.model, "facts": dict(key.facts), "bytes": len(plan),
        "sha256": hashlib.sha256(plan).hexdigest(),
    }  # fmt: skip


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


def why_not_ours(status: os.stat_result) -> str | None:
    """Why somebody else may have written this file, or into this folder; None when nobody else can have."""
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by other users"
    return None


@contextmanager
def _trusted(path: Path) -> Iterator[BinaryIO]:
    """`path`, open, if nobody else can have put it there: a plan is machine code that runs on the GPU."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadPlan("is not an ordinary file")
            if doubt := why_not_ours(status):
                raise BadPlan(doubt)
            yield file
    except FileNotFoundError:
        raise
    except OSError as fault:
        why = "is a symbolic link" if fault.errno == errno.ELOOP else f"cannot be read: {fault.strerror}"
        raise BadPlan(why) from fault


def _open_without_waiting(path: str, flags: int) -> int:
    """A pipe in the plan's place would wait for somebody to write into it."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _read_header(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    """The header as it stands in the file, and what it says."""
    start = file.read(len(MAGIC) + _LENGTH.size)
    if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise BadPlan("is not an engine of this program")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    content = file.read(min(length, _MOST_HEADER))
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise BadPlan("has a damaged header") from fault
    if len(content) != length or not isinstance(header, dict):
        raise BadPlan("has a damaged header")
    if [type(header.get(name)) for name in _TYPES] != list(_TYPES.values()):
        raise BadPlan("has a damaged header")
    return content, header


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Says how two headers differ, the first of these that do."""
    if found["format"] != wanted["format"]:
        return f"has format {found['format']}, not {wanted['format']}"
    if found["model"] != wanted["model"]:
        return f"is of the network {found['model']}, not of {wanted['model']}"
    here, there = found["facts"], wanted["facts"]
    if changed := [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]:
        return "is for " + ", ".join(f"{name} {here.get(name)}, not {there.get(name)}" for name in changed)
    if found["bytes"] != wanted["bytes"]:
        return f"has {wanted['bytes']} bytes of {found['bytes']}"
    return "is damaged"

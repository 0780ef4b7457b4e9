"""One plan in a file: TensorRT's compiled network behind a header that says what it was built from and for.

8 bytes      MAGIC
4 bytes      length of the header, little endian
header       canonical JSON: format, model, facts, bytes and sha256 of the plan
the rest     the plan
"""

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

from vtm.atomic_file import atomic_file

MAGIC = b"VTMPLAN\n"
FORMAT = 1
_LENGTH = struct.Struct("<I")
_MOST_HEADER = 1 << 20
_SHORT = 16
"""Digits of the digest in a file name; the header holds all facts."""


class BadPlan(Exception):
    """The file is not the plan that was asked for; says why, after "it"."""


@dataclass(frozen=True)
class PlanKey:
    """What a plan belongs to.

    model: name of the network.  facts: all that the plan depends on, such as the network's own digest, the version of
    TensorRT and the GPU.
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
    """The plan of `key`. Raises FileNotFoundError, and BadPlan for every file that `write_plan` did not write whole."""
    with _trusted(path) as file:
        header, length = _read_header(file)
        plan = file.read()
    for name, value in _header(key, plan).items():
        if header.get(name) != value:
            raise BadPlan(_difference(name, header.get(name), value))
    if length != len(_canonical(header)):
        raise BadPlan("has a damaged header")
    return plan


def read_facts(path: Path) -> dict[str, Any]:
    """The header: model, facts, bytes. Raises BadPlan; what follows the header is not read."""
    with _trusted(path) as file:
        header, length = _read_header(file)
        size = os.fstat(file.fileno()).st_size
    if header.get("format") != FORMAT:
        raise BadPlan(_difference("format", header.get("format"), FORMAT))
    if size != len(MAGIC) + _LENGTH.size + length + header.get("bytes", -1):
        raise BadPlan("is not whole")
    return header


def write_plan(path: Path, key: PlanKey, plan: bytes) -> None:
    """Write `plan` for its owner alone; it appears whole or not at all. Raises VtmError."""
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


@contextmanager
def _trusted(path: Path) -> Iterator[BinaryIO]:
    """`path`, open, if nobody else can have put it there: a plan is machine code that runs on the GPU."""
    try:
        # Not blocking: a pipe in the plan's place would wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise BadPlan("is not an ordinary file")
            if status.st_uid != os.geteuid():
                raise BadPlan("belongs to another user")
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise BadPlan("can be written by other users")
            yield file
    except FileNotFoundError:
        raise
    except OSError as fault:
        link = "is a symbolic link" if path.is_symlink() else f"cannot be read: {fault.strerror}"
        raise BadPlan(link) from fault


def _read_header(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header and its length in bytes."""
    start = file.read(len(MAGIC) + _LENGTH.size)
    if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise BadPlan("is not a plan of this program")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    content = file.read(min(length, _MOST_HEADER))
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise BadPlan("has a damaged header") from fault
    if not isinstance(header, dict) or not isinstance(header.get("facts"), dict) or len(content) != length:
        raise BadPlan("has a damaged header")
    return header, length


def _difference(name: str, found: Any, wanted: Any) -> str:
    if name == "facts":
        names = sorted(fact for fact in {*found, *wanted} if found.get(fact) != wanted.get(fact))
        return "was built for something else: " + ", ".join(
            f"{fact} {found.get(fact)}, not {wanted.get(fact)}" for fact in names
        )
    if name in ("bytes", "sha256"):
        return "is not whole" if name == "bytes" else "is damaged"
    return f"has {name} {found}, not {wanted}"

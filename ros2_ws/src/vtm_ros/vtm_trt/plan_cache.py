"""Plans that were built before: TensorRT needs minutes to build one, and the same machine needs the same one again.

A plan is read by whoever finds it whole; who has to build one holds a lock, so that one process builds and the others
wait for it. Nothing that is wrong with the cache costs more than the time of a build.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vtm.errors import VtmError
from vtm_trt.plan_file import BadPlan, PlanKey, read_facts, read_plan, write_plan

__all__ = ["KnownPlan", "PlanKey", "cache_folder", "cached_plan", "forget_plan", "known_plans"]

STALE_S = 3600
"""No draft is written for so long: one that is older was left by a process that died."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownPlan:
    """A plan in the cache.  bytes: of the file.  built: local time."""

    path: Path
    model: str
    facts: dict[str, str | int]
    bytes: int
    built: datetime


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/vtm_trt`, or `~/.cache/vtm_trt`; made for its owner alone. Raises VtmError."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        # The XDG specification: a relative path is to be ignored.
        return _made((chosen if chosen.is_absolute() else Path.home() / ".cache") / "vtm_trt")
    except RuntimeError as fault:
        raise VtmError("there is no home folder for the engine cache; set XDG_CACHE_HOME to a folder") from fault


def cached_plan(
    key: PlanKey, build: Callable[[], bytes], verify: Callable[[bytes], None], folder: Path | None = None
) -> bytes:
    """The plan of `key` from the cache, or a new one, which is then in the cache.

    build: makes the plan.  verify: raises when a plan that was just built does not work; such a one is not kept.
    folder: instead of `cache_folder()`. Raises only what `build` and `verify` raise: a cache that cannot be used is a
    warning.
    """
    try:
        path = (cache_folder() if folder is None else _made(folder)) / key.file_name
    except VtmError as fault:
        _log.warning("%s; until then engines are built at every start", fault)
        return _built(build, verify)
    try:
        return read_plan(path, key)
    except (FileNotFoundError, BadPlan):
        pass  # only who holds the lock may condemn a file: another process may be replacing it now
    with _locked(path):
        try:
            return read_plan(path, key)
        except FileNotFoundError:
            pass
        except BadPlan as why:
            _condemn(path, str(why))
        plan = _built(build, verify)
        try:
            write_plan(path, key, plan)
        except VtmError as fault:
            _log.warning("%s; until then this engine is built at every start", fault)
    return plan


def forget_plan(key: PlanKey, why: str, folder: Path | None = None) -> None:
    """Set the plan of `key` aside as `.bad`: it is whole, yet does not work. why: what is wrong with "it"."""
    path = (cache_folder() if folder is None else folder) / key.file_name
    if path.exists():
        _condemn(path, why)


def known_plans(folder: Path | None = None) -> list[KnownPlan]:
    """The whole plans in the cache, in order of their names."""
    plans = []
    for path in sorted((cache_folder() if folder is None else folder).glob("[!.]*.plan")):
        try:
            header, status = read_facts(path), path.stat()
        except (FileNotFoundError, BadPlan):
            continue
        built = datetime.fromtimestamp(status.st_mtime)
        plans.append(KnownPlan(path, header["model"], header["facts"], status.st_size, built))
    return plans


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise VtmError(
            f"the engine cache {folder} cannot be made: {fault.strerror}; set XDG_CACHE_HOME to a folder you may write"
        ) from fault
    return folder


def _built(build: Callable[[], bytes], verify: Callable[[bytes], None]) -> bytes:
    plan = build()
    verify(plan)
    return plan


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """While no other process builds `path`. Where nothing can be locked, two may build the same, which does no harm.

    The lock ends with the process that holds it. Its file stays: removing it would let two processes hold "the" lock.
    """
    try:
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # the plan cannot be written either, and then the remedy is told
        return
    try:
        try:
            _lock(handle, path)
            _sweep(path)
        except OSError:
            _log.info("the file system of %s knows no locks", path.parent)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _log.warning("another process is building %s; waiting for it", path.name)
        fcntl.flock(handle, fcntl.LOCK_EX)


def _sweep(path: Path) -> None:
    """Remove the drafts of processes that died: those of `path`, as its lock is held, and old ones."""
    for draft in path.parent.glob(".*.plan"):
        if draft.name.startswith(f".{path.stem}-") or draft.stat().st_mtime < time.time() - STALE_S:
            draft.unlink(missing_ok=True)


def _condemn(path: Path, why: str) -> None:
    aside = path.with_suffix(".plan.bad")
    try:
        os.replace(path, aside)
        _log.warning("the engine %s %s; it is now %s, and a new one is built", path, why, aside.name)
    except OSError as fault:
        _log.warning("the engine %s %s; a new one is built (%s)", path, why, fault.strerror)

"""Plans that were built before: TensorRT needs minutes to build one, and the same machine needs the same one again.

A plan is read by whoever finds it whole; who has to build one holds a lock, so that one process builds and the others
wait for it. Nothing that is wrong with the cache costs more than the time of a build.
"""

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vtm.errors import VtmError
from vtm_trt.engine.plan_file import BadPlan, PlanKey, read_header, read_plan, why_not_ours, write_plan

__all__ = ["KnownPlan", "PlanKey", "cache_folder", "cached_plan", "forget_plan", "known_plans"]

STALE_S = 3600
"""No draft is written for so long: one that is older was left by a process that died."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownPlan:
    """A plan in the cache.

    Attributes:
        path: The file.
        model: Name of the network.
        facts: What it was built from and for.
        bytes: Of the file.
        built: Local time.
    """

    path: Path
    model: str
    facts: dict[str, str | int]
    bytes: int
    built: datetime


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/vtm_trt`, or `~/.cache/vtm_trt`; made for its owner alone.

    Raises:
        VtmError: It cannot be made.
    """
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        # The XDG specification: a relative path is to be ignored.
        return _made((chosen if chosen.is_absolute() else Path.home() / ".cache") / "vtm_trt")
    except RuntimeError as fault:
        raise VtmError("there is no home folder for the engine cache; set XDG_CACHE_HOME to a folder") from fault


def cached_plan(
    key: PlanKey, build: Callable[[], bytes], verify: Callable[[bytes], None], folder: Path | None = None
) -> bytes:
    """A plan from the cache, or a new one, which is then in the cache.

    Only what `build` and `verify` raise is raised: a cache that cannot be used is a warning.

    Args:
        key: What the plan belongs to.
        build: Makes the plan.
        verify: Raises when a plan that was just built does not work; such a one is not kept.
        folder: Instead of `cache_folder()`.
    """
    try:
        path = (cache_folder() if folder is None else _made(folder)) / key.file_name
    except VtmError as fault:
        _log.warning("%s; until then, engines are built at every start", fault)
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
            _log.warning("%s (XDG_CACHE_HOME names it); until then, this engine is built at every start", fault)
    return plan


def forget_plan(key: PlanKey, why: str, folder: Path | None = None) -> None:
    """Set a plan aside as `.bad`: it is whole, yet does not work.

    Args:
        key: What the plan belongs to.
        why: Continues the sentence "the engine ...".
        folder: Instead of `cache_folder()`.
    """
    with suppress(VtmError):  # without a cache there is nothing to forget
        _condemn((cache_folder() if folder is None else folder) / key.file_name, why)


def known_plans(folder: Path | None = None) -> list[KnownPlan]:
    """The whole plans in the cache, in order of their names."""
    plans = []
    for path in sorted((cache_folder() if folder is None else folder).glob("[!.]*.plan")):
        try:
            header, status = read_header(path), path.stat()
        except (FileNotFoundError, BadPlan):
            continue
        built = datetime.fromtimestamp(status.st_mtime)
        plans.append(KnownPlan(path, header["model"], header["facts"], status.st_size, built))
    return plans


def _made(folder: Path) -> Path:
    """`folder`, which is made where it is missing and belongs to this user alone. Raises VtmError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        doubt = why_not_ours(folder.stat())
    except OSError as fault:
        doubt = f"cannot be made: {fault.strerror}"
    if doubt:
        raise VtmError(f"the engine cache {folder} {doubt}; set XDG_CACHE_HOME to a folder that is yours alone")
    return folder


def _built(build: Callable[[], bytes], verify: Callable[[bytes], None]) -> bytes:
    plan = build()
    verify(plan)
    return plan


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """While no other process builds `path`. Where nothing can be locked, two may build the same, which does no harm.

    The lock ends with the process that holds it, and with the children it forked, but not with those it executed. Its
    file stays: without it, two processes could each hold a lock of that name.
    """
    try:
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        handle = None  # the plan cannot be written either, and that will be said with the remedy
    try:
        if handle is not None and _lock(handle, path):
            _sweep(path)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int, path: Path) -> bool:
    """Wait for the lock; False where the file system has none."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _log.warning("another process builds the engine %s; waiting for it", path.name)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _sweep(path: Path) -> None:
    """Remove the drafts of processes that died: those of `path`, whose lock is held, and old ones."""
    for draft in path.parent.glob(".*.plan"):
        with suppress(OSError):
            if draft.name.startswith(f".{path.stem}-") or draft.stat().st_mtime < time.time() - STALE_S:
                draft.unlink()


def _condemn(path: Path, why: str) -> None:
    aside = path.with_suffix(".plan.bad")
    try:
        os.replace(path, aside)
    except FileNotFoundError:
        return  # another process was quicker
    except OSError as fault:
        _log.warning("the engine %s %s; it cannot be set aside (%s), and a new one is built", path, why, fault.strerror)
    else:
        _log.warning("the engine %s %s; it is now %s, and a new one is built", path, why, aside.name)

"""What something was measured on."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vtm_trt.engine.cuda import fault, gpu


def machine(cores: int) -> dict[str, str | int]:
    """Processor, cores used, memory in GB and system of this machine, and its GPU where CUDA works.

    Args:
        cores: How many are used.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    card = {} if fault() else {"gpu": gpu().facts.name}
    return {"processor": processor(), "cores": cores, "memory_gb": round(memory), "system": platform.platform(), **card}


def processor(root: Path = Path("/")) -> str:
    """The processor's name, as /proc/cpuinfo under `root` gives it; Arm processors have none there."""
    lines = (root / "proc/cpuinfo").read_text().splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def versions(*packages: str) -> dict[str, str]:
    """Python's version and those of the installed `packages`."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def on_cores(count: int) -> Iterator[int]:
    """Keep this thread, and the threads and processes it starts, on the first `count` cores it may use.

    Yields:
        How many cores those are.
    """
    mine = os.sched_getaffinity(0)
    chosen = sorted(mine)[:count]
    os.sched_setaffinity(0, chosen)
    try:
        yield len(chosen)
    finally:
        os.sched_setaffinity(0, mine)


def today() -> str:
    """The present time, UTC, to the minute."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")

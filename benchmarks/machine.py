"""What a benchmark ran on, for its JSON file."""

import os
import platform
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def machine(cores: int) -> dict[str, str | int]:
    """Processor, cores used, memory in GB and system of this machine."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor() or platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {"processor": model, "cores": cores, "memory_gb": round(memory), "system": platform.platform()}


def versions(*packages: str) -> dict[str, str]:
    """Python's version and those of the installed `packages`."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def use_cores(count: int) -> int:
    """Keep this process and its children on the first `count` cores it may use; returns how many those are."""
    mine = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, mine)
    return len(mine)


def today() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")

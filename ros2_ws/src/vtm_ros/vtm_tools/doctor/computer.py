"""The computer: system, processor, memory, whether it is a Jetson, and the Python in use."""

import os
import platform
import re
from collections.abc import Iterator
from itertools import islice

from vtm_tools.bench.machine import processor, usable_cores
from vtm_tools.doctor.finding import Finding, Place

TOPIC = "computer"
JETPACKS = {35: 5, 36: 6, 38: 7}
"""JetPack of each major version of L4T, Jetson's Linux."""
OLDEST_L4T = (36, 4)
"""JetPack 6.1, the first with TensorRT 10.3."""


def find(place: Place) -> Iterator[Finding]:
    """System, processor, memory, Jetson and Python."""
    release = dict(line.split("=", 1) for line in place.text("etc/os-release").splitlines() if "=" in line)
    system = release.get("PRETTY_NAME", platform.system()).strip('"')
    yield Finding(TOPIC, "system", f"{system}, Linux {platform.release()}, {platform.machine()}")
    yield Finding(TOPIC, "processor", f"{processor(place.root)}, {usable_cores()} of {os.cpu_count()} cores usable")
    sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", place.text("proc/meminfo"), re.MULTILINE))
    total, free = (int(sizes[key]) * 1024 / 1e9 for key in ("MemTotal", "MemAvailable"))
    yield Finding(TOPIC, "memory", f"{total:.1f} GB, {free:.1f} GB of it free")
    yield from _jetson(place)
    python = f"{platform.python_version()} in {place.prefix}"
    yield Finding(
        TOPIC, "Python", python if sees_system_packages(place) else f"{python}, without the system's packages"
    )


def l4t(place: Place) -> tuple[int, ...] | None:
    """Version of Jetson's Linux, such as (36, 4, 3); None where this is no Jetson."""
    found = re.match(r"# R(\d+) \(release\), REVISION: ([\d.]+)", place.text("etc/nv_tegra_release"))
    return (int(found[1]), *map(int, found[2].split("."))) if found else None


def sees_system_packages(place: Place) -> bool:
    """Whether the Python in use is the system's, or an environment on top of it."""
    settings = place.prefix / "pyvenv.cfg"
    return not settings.is_file() or "include-system-site-packages = true" in settings.read_text().lower()


def _jetson(place: Place) -> Iterator[Finding]:
    version = l4t(place)
    if version is None:
        return
    model = place.text("proc/device-tree/model") or "NVIDIA Jetson"
    jetpack = f", JetPack {JETPACKS[version[0]]}" if version[0] in JETPACKS else ""
    value = f"{model}, L4T {'.'.join(map(str, version))}{jetpack}"
    if tuple(islice(version, 2)) >= OLDEST_L4T:
        yield Finding(TOPIC, "Jetson", value)
    else:
        remedy = "install JetPack 6.1 or newer (NVIDIA SDK Manager): TensorRT 10.3 comes with it"
        yield Finding(TOPIC, "Jetson", value, "lacking", remedy)

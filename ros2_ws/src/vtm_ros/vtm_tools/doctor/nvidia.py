"""NVIDIA's part: GPU, driver, CUDA and TensorRT."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

from vtm.errors import VtmError
from vtm_tools.doctor.computer import l4t, sees_system_packages
from vtm_tools.doctor.finding import Finding, Place
from vtm_trt.engine import cuda
from vtm_trt.engine.tensorrt.library import full_version, import_tensorrt, installed

TOPIC = "NVIDIA"
OLDEST_TENSORRT = (10, 3)
PCI = "sys/bus/pci/devices"
VENDOR, DISPLAY_CLASSES = "0x10de", ("0x0300", "0x0302")
"""How NVIDIA's cards call themselves on the PCI bus."""


def find_gpu(place: Place) -> Iterator[Finding]:
    """The GPU and its driver."""
    driver = re.search(r"Kernel Module\s+(?:for \S+\s+)?(\d[\d.]*)", place.text("proc/driver/nvidia/version"))
    if driver:
        yield Finding(TOPIC, "driver", driver[1])
    fault = cuda.fault()
    if not fault:
        facts = cuda.gpu().facts
        shared = ", shared with the processor" if facts.integrated else ""
        memory = f"{facts.memory_bytes / 1e9:.1f} GB{shared}"
        value = f"{facts.name}, compute capability {facts.compute_capability}, {memory}, CUDA {facts.cuda}"
        yield Finding(TOPIC, "GPU", value)
    elif not has_card(place):
        yield Finding(TOPIC, "GPU", "none; the processor runs the networks", "absent")
    else:
        why = fault.split(";")[0]
        yield Finding(TOPIC, "GPU", f"there, but not usable: {why}", "lacking", _driver_remedy(place))


def find_tensorrt(place: Place) -> Iterator[Finding]:
    """TensorRT's version, without importing it."""
    if installed():
        names = packages_distributions().get("tensorrt", [])
        found = version(names[0]) if names else "of unknown version"
        numbers = tuple(map(int, re.findall(r"\d+", found)[:2]))
        if not numbers or numbers >= OLDEST_TENSORRT:
            yield Finding(TOPIC, "TensorRT", found)
        else:
            yield Finding(TOPIC, "TensorRT", f"{found} is older than 10.3", "lacking", _tensorrt_remedy(place))
    elif not has_card(place) and cuda.fault():
        yield Finding(TOPIC, "TensorRT", "none; nothing to run it on", "absent")
    else:
        elsewhere = _system_tensorrt(place)
        value = f"only for the system's Python {elsewhere}" if elsewhere else "none"
        yield Finding(TOPIC, "TensorRT", value, "lacking", _tensorrt_remedy(place))


def find_loading(_: Place) -> Iterator[Finding]:
    """Whether TensorRT loads; asked only where there is a driver, without which it may end its process."""
    if installed() and cuda.fault() is None:
        try:
            yield Finding(TOPIC, "TensorRT library", full_version(import_tensorrt()))
        except VtmError as fault:
            what, remedy = str(fault).split("; ", 1)
            yield Finding(TOPIC, "TensorRT library", what, "lacking", remedy)


def has_card(place: Place) -> bool:
    """Whether there is a GPU of NVIDIA's, with a driver or without."""
    if l4t(place):
        return True
    devices = [path.name for path in (place.root / PCI).glob("*")]
    return any(
        place.text(f"{PCI}/{device}/vendor") == VENDOR
        and place.text(f"{PCI}/{device}/class").startswith(DISPLAY_CLASSES)
        for device in devices
    )


def _driver_remedy(place: Place) -> str:
    if (place.root / ".dockerenv").exists():
        return (
            "docker run --gpus all ... (on a Jetson: --runtime nvidia), with the NVIDIA Container Toolkit on the host"
        )
    if l4t(place):
        return "sudo apt-get install --reinstall nvidia-l4t-cuda nvidia-l4t-core && sudo reboot"
    return "sudo ubuntu-drivers install && sudo reboot"


def _tensorrt_remedy(place: Place) -> str:
    """The command that gives this Python TensorRT: on a Jetson the system's own, elsewhere NVIDIA's wheels."""
    elsewhere, python = _system_tensorrt(place), ".".join(platform.python_version_tuple()[:2])
    if not l4t(place) and not elsewhere:
        series = "cu13" if cuda.fault() is None and int(cuda.gpu().facts.cuda.split(".")[0]) >= 13 else "cu12"
        return f"{place.prefix}/bin/python -m pip install tensorrt-{series}"
    if not elsewhere:
        install = "sudo apt-get update && sudo apt-get install -y python3-libnvinfer"
        return install if sees_system_packages(place) else f"{install} && {_open_environment(place)}"
    if elsewhere != python:
        return f"PYTHON=/usr/bin/python{elsewhere} make setup"
    return _open_environment(place)


def _open_environment(place: Place) -> str:
    settings = place.prefix / "pyvenv.cfg"
    return f"sed -i 's/^include-system-site-packages.*/include-system-site-packages = true/' {settings}"


def _system_tensorrt(place: Place) -> str | None:
    """The version of the system's Python that has TensorRT, such as "3.10"."""
    for folder in sorted((place.root / "usr/lib").glob("python3*/dist-packages/tensorrt")):
        named = re.search(r"python(3\.\d+)/", str(folder)) or re.search(r"python(3\.\d+)$", _link(place))
        if named:
            return named[1]
    return None


def _link(place: Place) -> str:
    python = place.root / "usr/bin/python3"
    return str(Path(python).readlink()) if python.is_symlink() else ""

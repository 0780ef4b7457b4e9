"""Cameras of this machine: Video4Linux devices."""

import os
from collections.abc import Iterator

from vtm_tools.doctor.finding import Finding, Place

TOPIC = "cameras"


def find(place: Place) -> Iterator[Finding]:
    """The cameras, and whether they may be read."""
    devices = sorted((place.root / "dev").glob("video*"), key=lambda path: (len(path.name), path.name))
    for device in devices:
        name = place.text(f"sys/class/video4linux/{device.name}/name") or "unnamed"
        if os.access(device, os.R_OK | os.W_OK):
            yield Finding(TOPIC, f"/dev/{device.name}", name)
        else:
            remedy = "sudo usermod -aG video $USER, then log in again"
            yield Finding(TOPIC, f"/dev/{device.name}", f"{name}; you may not read it", "lacking", remedy)
    if not devices:
        yield Finding(TOPIC, "/dev/video*", "none; video files and image topics work", "absent")

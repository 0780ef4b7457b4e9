"""ROS 2: which one is sourced, whether its Python library loads, and whether images get through its middleware."""

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from platform import python_version

from vtm.files.shared import share_folder
from vtm_tools.doctor.finding import Finding, Place

TOPIC = "ROS 2"
FAST_DDS = "rmw_fastrtps_cpp"
BEFORE_FASTDDS = ("humble", "iron", "jazzy")
"""Distributions whose Fast DDS calls its variables by its old name, FASTRTPS."""
ROOM_MB = 128
"""Shared memory for a camera and a capture process: a segment of 32 MB each, and as much again."""


def find_distribution(place: Place) -> Iterator[Finding]:
    """The distribution that is sourced, or those that could be."""
    distribution = place.environ.get("ROS_DISTRO")
    if distribution and place.environ.get("AMENT_PREFIX_PATH"):
        yield Finding(TOPIC, "distribution", f"{distribution}, sourced")
        return
    installed = sorted(path.parent.name for path in (place.root / "opt/ros").glob("*/setup.bash"))
    own = place.prefix / "ros_env.sh"
    if installed:
        source = f"source /opt/ros/{installed[-1]}/setup.bash"
        yield Finding(TOPIC, "distribution", f"{', '.join(installed)}, not sourced", "lacking", source)
    elif own.is_file():
        yield Finding(TOPIC, "distribution", "the one of this environment, not sourced", "lacking", f"source {own}")
    else:
        remedy = "install ROS 2 (https://docs.ros.org), source it, then make setup; vtm works without"
        yield Finding(TOPIC, "distribution", "none", "absent", remedy)


def find_rclpy(place: Place) -> Iterator[Finding]:
    """Whether ROS' Python library loads."""
    if find_spec("rclpy") is None:
        if distribution := place.environ.get("ROS_DISTRO"):
            remedy = f"sudo apt-get install ros-{distribution}-rclpy"
            yield Finding(TOPIC, "rclpy", "none for this Python", "lacking", remedy)
        else:
            yield Finding(TOPIC, "rclpy", "none", "absent")
        return
    try:
        import_module("rclpy.node")
        yield Finding(TOPIC, "rclpy", "loads")
    except ImportError as fault:
        if "AMENT_PREFIX_PATH" in place.environ:
            remedy = "PYTHON=/usr/bin/python3 make setup"
            yield Finding(TOPIC, "rclpy", f"not for Python {python_version()}: {fault}", "lacking", remedy)
        else:
            yield Finding(TOPIC, "rclpy", "there; loads once ROS 2 is sourced", "absent")


def find_conversions(place: Place) -> Iterator[Finding]:
    """What of ROS 2 is used where it is, and replaced by own code where not."""
    if find_spec("cv_bridge"):
        yield Finding(TOPIC, "cv_bridge", "there")
    else:
        yield Finding(TOPIC, "cv_bridge", "none; own code does its work", "absent")


def find_middleware(place: Place) -> Iterator[Finding]:
    """The middleware, and whether it is installed."""
    prefixes = [Path(prefix) for prefix in place.environ.get("AMENT_PREFIX_PATH", "").split(":") if prefix]
    if not prefixes:
        return
    resources = (prefix / "share/ament_index/resource_index/rmw_typesupport" for prefix in prefixes)
    known = sorted({path.name for resource in resources for path in resource.glob("rmw_*_c*")})
    chosen = place.environ.get("RMW_IMPLEMENTATION") or FAST_DDS
    default = "" if place.environ.get("RMW_IMPLEMENTATION") else " by default"
    if chosen in known:
        yield Finding(TOPIC, "middleware", chosen + default)
    else:
        package = f"ros-{place.environ.get('ROS_DISTRO')}-{chosen.replace('_', '-')}"
        value = f"{chosen}{default} is not installed; there are: {', '.join(known) or 'none'}"
        yield Finding(TOPIC, "middleware", value, "lacking", f"sudo apt-get install {package}")
    if chosen == FAST_DDS:
        yield _profile(place)


def find_shared_memory(place: Place) -> Iterator[Finding]:
    """Whether images fit into the shared memory."""
    room = os.statvfs(place.root / "dev/shm")
    size, free = (blocks * room.f_frsize / 1e6 for blocks in (room.f_blocks, room.f_bavail))
    value = f"/dev/shm: {size:.0f} MB, {free:.0f} MB of it free"
    if free >= ROOM_MB:
        yield Finding(TOPIC, "shared memory", value)
    elif size < ROOM_MB:
        remedy = "sudo mount -o remount,size=512M /dev/shm (for a container: docker run --shm-size=512m ...)"
        yield Finding(TOPIC, "shared memory", value, "lacking", remedy)
    else:
        yield Finding(TOPIC, "shared memory", value, "lacking", "fastdds shm clean, or rm /dev/shm/fastrtps_*")


def _profile(place: Place) -> Finding:
    """Fast DDS's settings: without room in shared memory for whole images most of them are lost between processes."""
    old = place.environ.get("ROS_DISTRO") in BEFORE_FASTDDS
    variable = f"{'FASTRTPS' if old else 'FASTDDS'}_DEFAULT_PROFILES_FILE"
    ours = share_folder() / "config/fastdds_shm.xml"
    chosen = place.environ.get(variable)
    if chosen and Path(chosen).is_file():
        return Finding(TOPIC, "Fast DDS profile", f"{chosen}")
    value = f"{chosen} is missing" if chosen else "none; images get lost between processes (the launch file sets one)"
    return Finding(TOPIC, "Fast DDS profile", value, "lacking", f"export {variable}={ours}")

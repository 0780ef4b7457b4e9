"""What `vtm doctor` says of ROS 2."""

import os
from pathlib import Path

import pytest

from tests.vtm_tools.doctor.places import only, write
from vtm_tools.doctor import ros
from vtm_tools.doctor.finding import Finding, Place


def test_ros_that_is_not_sourced(tmp_path):
    place = Place(tmp_path, {}, tmp_path / "venv")
    assert only(ros.find_distribution(place), "distribution").state == "absent"
    write(tmp_path, {"venv/ros_env.sh": ""})
    assert only(ros.find_distribution(place), "distribution").remedy == f"source {tmp_path}/venv/ros_env.sh"
    write(tmp_path, {"opt/ros/humble/setup.bash": ""})
    assert only(ros.find_distribution(place), "distribution").remedy == "source /opt/ros/humble/setup.bash"


@pytest.fixture
def humble(tmp_path) -> dict[str, str]:
    resources = "humble/share/ament_index/resource_index/rmw_typesupport"
    write(tmp_path, {f"{resources}/rmw_fastrtps_cpp": "", f"{resources}/rmw_implementation": ""})
    return {"ROS_DISTRO": "humble", "AMENT_PREFIX_PATH": str(tmp_path / "humble")}


def test_ros_that_is_sourced(tmp_path, humble):
    place = Place(tmp_path, humble)
    assert only(ros.find_distribution(place), "distribution").value == "humble, sourced"
    findings = list(ros.find_middleware(place))
    assert only(findings, "middleware") == Finding("ROS 2", "middleware", "rmw_fastrtps_cpp by default")
    remedy = only(findings, "Fast DDS profile").remedy
    variable, _, file = remedy.removeprefix("export ").partition("=")
    assert variable == "FASTRTPS_DEFAULT_PROFILES_FILE" and Path(file).is_file()
    again = list(ros.find_middleware(Place(tmp_path, humble | {variable: file})))
    assert only(again, "Fast DDS profile").state == "good"


def test_middleware_that_is_not_installed(tmp_path, humble):
    place = Place(tmp_path, humble | {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"})
    (found,) = ros.find_middleware(place)
    assert found.remedy == "sudo apt-get install ros-humble-rmw-cyclonedds-cpp"


@pytest.mark.parametrize(
    ("size_mb", "free_mb", "remedy"), [(64, 64, "--shm-size"), (4000, 10, "fastdds shm clean"), (4000, 3000, "")]
)
def test_shared_memory(monkeypatch, size_mb, free_mb, remedy):
    room = os.statvfs_result((4096, 1_000_000, size_mb, free_mb, free_mb, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    found = only(ros.find_shared_memory(Place()), "shared memory")
    assert (found.state == "good") == (remedy == "") and remedy in found.remedy
    assert found.value == f"/dev/shm: {size_mb} MB, {free_mb} MB of it free"

"""Real nodes over real DDS. Every test process has a ROS domain of its own."""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import IO

import pytest

SOURCE = "ROS 2 is not in this environment: source .venv/ros_env.sh, or your ROS 2"
pytest.importorskip("rclpy", reason=SOURCE)
if not os.environ.get("AMENT_PREFIX_PATH"):
    pytest.skip(SOURCE, allow_module_level=True)


def _own_domain() -> tuple[int, IO]:
    """A domain that no other test process of this machine uses, and the locked file that says so."""
    for domain in range(1, 101):
        lock = (Path(tempfile.gettempdir()) / f"vtm_ros_tests_domain_{domain}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            return domain, lock
    raise RuntimeError("a hundred test processes run on this machine; wait for them")


DOMAIN, _LOCK = _own_domain()
os.environ["ROS_DOMAIN_ID"] = str(DOMAIN)
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")

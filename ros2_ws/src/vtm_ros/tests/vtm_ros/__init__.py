"""Real nodes over real DDS. Every test process has a ROS domain of its own."""

import os

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not in this environment: source .venv/ros_env.sh, or your ROS 2")

os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % 100)
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")

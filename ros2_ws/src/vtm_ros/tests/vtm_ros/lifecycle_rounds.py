"""A process that configures, activates, deactivates and cleans up the capture node again and again.

Prints a JSON list of [MiB resident, threads, open files], one for each round.
"""

import json
import sys

import psutil
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from tests.vtm_ros.support import ros
from vtm_ros.nodes.capture_node import CaptureNode

SMALL = {"autostart": False, "pose_model": "lite", "threads": 1}


def main(rounds: int) -> None:
    process, seen = psutil.Process(), []
    with ros():
        node = CaptureNode(parameter_overrides=[Parameter(name, value=value) for name, value in SMALL.items()])
        for _ in range(rounds):
            for change in (
                node.trigger_configure,
                node.trigger_activate,
                node.trigger_deactivate,
                node.trigger_cleanup,
            ):
                assert change() == TransitionCallbackReturn.SUCCESS
            seen.append((process.memory_info().rss / 2**20, process.num_threads(), process.num_fds()))
        node.destroy_node()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""A process that configures, activates, deactivates and cleans up the capture node again and again.

Prints a JSON list of [MiB in use, threads, open files], one for each round. In use is what malloc has given out, by its
own account: free memory that it keeps between used pieces is no leak. It tells of one arena: run with
MALLOC_ARENA_MAX=1.
"""

import ctypes
import json
import sys

import psutil
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from tests.vtm_ros.support import ros
from vtm_ros.nodes.capture_node import CaptureNode

SMALL = {"autostart": False, "pose_model": "lite", "threads": 1}


class Account(ctypes.Structure):
    """glibc's struct mallinfo2."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def in_use() -> int:
    """Bytes."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Account
    account = mallinfo2()
    return account.uordblks + account.hblkhd


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
            seen.append((in_use() / 2**20, process.num_threads(), process.num_fds()))
        node.destroy_node()
    print(json.dumps(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]))

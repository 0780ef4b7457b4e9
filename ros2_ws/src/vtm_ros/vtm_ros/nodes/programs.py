"""Nodes as processes beside a program that demonstrates or measures them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def node_command(module: str, parameters: Mapping[str, object], *arguments: str) -> list[str]:
    """What starts a node of this package.

    Args:
        module: Its name within `vtm_ros.nodes`.
        parameters: Values by name.
        *arguments: What else ROS 2 is to know, such as ("-r", "__ns:=/person").
    """
    given = [word for name, value in parameters.items() for word in ("-p", f"{name}:={value}")]
    return [sys.executable, "-m", f"vtm_ros.nodes.{module}", "--ros-args", *arguments, *given]


@contextmanager
def running(command: Sequence[str | Path], within_s: float = 20.0, **options: Any) -> Iterator[subprocess.Popen]:
    """A program beside this one, terminated in the end.

    Args:
        command: The program and its arguments.
        within_s: Seconds until it is killed, where it does not end by itself.
        **options: Of `subprocess.Popen`.
    """
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

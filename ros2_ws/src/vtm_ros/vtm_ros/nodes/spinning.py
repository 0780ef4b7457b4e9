"""Nodes that run in a thread of a program that has something else to do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node


@contextmanager
def spinning(*nodes: Node) -> Iterator[None]:
    """The nodes' callbacks run in one thread; afterwards the nodes are destroyed."""
    executor = SingleThreadedExecutor()
    for node in nodes:
        executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin()
        except ExternalShutdownException:
            pass

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        yield
    finally:
        executor.shutdown()
        thread.join()
        for node in nodes:
            node.destroy_node()

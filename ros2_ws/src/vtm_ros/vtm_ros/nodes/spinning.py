"""Nodes that run in a thread of a program that has something else to do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future


@contextmanager
def spinning(*nodes: Node) -> Iterator[None]:
    """The nodes' callbacks run in one thread; afterwards the nodes are destroyed."""
    executor, done = SingleThreadedExecutor(), Future()
    for node in nodes:
        executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin_until_future_complete(done)
        except ExternalShutdownException:
            pass

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        yield
    finally:
        done.set_result(None)
        thread.join()
        executor.shutdown()  # not before: a callback that runs meanwhile would miss what this destroys
        for node in nodes:
            node.destroy_node()

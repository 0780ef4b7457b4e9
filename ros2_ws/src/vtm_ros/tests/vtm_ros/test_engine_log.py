"""What the engine logs is seen by everyone who listens to the log of ROS 2."""

import logging

import pytest
from rcl_interfaces.msg import Log
from rclpy.logging import LoggingSeverity
from rclpy.node import Node

from tests.vtm_ros.support import Listener, ros, wait_until
from vtm_ros.nodes.engine_log import forward_engine_log
from vtm_ros.nodes.spinning import spinning


@pytest.fixture
def engine():
    """The engine's logger, afterwards as it was."""
    logger = logging.getLogger("vtm")
    before = list(logger.handlers), logger.level, logger.propagate
    yield logger
    logger.handlers, logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


def test_the_engine_speaks_on_rosout(engine):
    with ros():
        forward_engine_log()
        forward_engine_log()  # two nodes in one process
        listener, speaker = Listener(), Node("vtm")
        heard: list[Log] = []
        listener.create_subscription(Log, "/rosout", heard.append, 10)
        with spinning(listener, speaker):
            wait_until(lambda: listener.count_publishers("/rosout") > 1, "/rosout")

            def warned() -> bool:
                engine.warning("building the engine of %s", "vtm.onnx")
                engine.info("onnxruntime was chosen")
                engine.debug("not told")
                return any(log.name == "vtm" and log.level == LoggingSeverity.WARN for log in heard)

            wait_until(warned, "the log")
    told = {(log.name, log.level, log.msg) for log in heard if log.name == "vtm"}
    assert ("vtm", LoggingSeverity.WARN, "building the engine of vtm.onnx") in told
    assert "not told" not in {text for _, _, text in told}
    assert len(engine.handlers) == 1

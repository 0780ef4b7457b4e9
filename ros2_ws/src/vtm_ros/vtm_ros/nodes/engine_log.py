"""What the engine logs through Python's logging, in the log of ROS 2."""

import logging

from rclpy.logging import get_logger


class EngineLog(logging.Handler):
    """Hands records to the ROS 2 logger of the same name."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record at the severity that it has."""
        logger, text = get_logger(record.name), record.getMessage()
        if record.levelno >= logging.ERROR:  # a call of its own for each: rclpy ties a severity to the line
            logger.error(text)
        elif record.levelno >= logging.WARNING:
            logger.warning(text)
        elif record.levelno >= logging.INFO:
            logger.info(text)
        else:
            logger.debug(text)


def forward_engine_log() -> None:
    """From now on the engine's messages are ROS 2's, which filters by severity itself."""
    engine = logging.getLogger("vtm")
    if not any(isinstance(handler, EngineLog) for handler in engine.handlers):
        engine.addHandler(EngineLog())
        engine.setLevel(logging.DEBUG)
        engine.propagate = False

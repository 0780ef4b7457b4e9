"""A sign of life while a long call keeps the executor busy."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENGINE_LOG = "vtm"


class _LastMessage(logging.Handler):
    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


@contextmanager
def heartbeat(beat: Callable[[str], None], period_s: float = 1.0) -> Iterator[None]:
    """Give signs of life while the block runs, at once and from a thread of its own.

    Args:
        beat: Called with the last line of the engine's log.
        period_s: Seconds between calls.
    """
    last, done, log = _LastMessage(logging.INFO), threading.Event(), logging.getLogger(ENGINE_LOG)

    def run() -> None:
        beat(last.text)
        while not done.wait(period_s):
            beat(last.text)

    thread = threading.Thread(target=run, name="vtm heartbeat", daemon=True)
    log.addHandler(last)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        log.removeHandler(last)

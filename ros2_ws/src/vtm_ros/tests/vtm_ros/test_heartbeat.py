import logging
import threading

import pytest

from tests.vtm_ros.support import PATIENCE_S
from vtm_ros.outputs.heartbeat import heartbeat


def test_it_beats_at_once_and_then_with_the_last_line_of_the_engines_log():
    beats, twice = [], threading.Event()

    def beat(text: str) -> None:
        beats.append(text)
        if text == "half done":
            twice.set()

    with heartbeat(beat, 0.01):
        logging.getLogger("vtm").warning("half done")
        assert twice.wait(PATIENCE_S)
    assert beats[-1] == "half done"
    count = len(beats)
    logging.getLogger("vtm").warning("later")
    assert len(beats) == count


def test_it_ends_with_an_exception_and_leaves_nothing_behind():
    before = threading.active_count(), list(logging.getLogger("vtm").handlers)
    with pytest.raises(ValueError), heartbeat(lambda text: None):
        raise ValueError
    assert (threading.active_count(), logging.getLogger("vtm").handlers) == before

import threading

from tests.vtm_ros.support import PATIENCE_S, wait_until
from vtm_ros.capture.worker import NewestWorker


def ignore(fault: Exception) -> None:
    raise AssertionError(fault)


def test_while_it_works_only_the_newest_item_is_kept():
    handled, entered, release = [], threading.Event(), threading.Event()

    def handle(item):
        handled.append(item)
        entered.set()
        assert release.wait(PATIENCE_S)

    worker = NewestWorker(handle, ignore)
    worker.put(0)
    assert entered.wait(PATIENCE_S)
    for item in (1, 2, 3):
        worker.put(item)
    release.set()
    assert worker.wait_idle(PATIENCE_S)
    worker.stop()
    assert (handled, worker.dropped) == ([0, 3], 2)


def test_a_fault_is_reported_and_the_next_item_handled():
    handled, faults = [], []

    def handle(item):
        if item == "bad":
            raise ValueError(item)
        handled.append(item)

    worker = NewestWorker(handle, faults.append)
    for item in ("bad", "good"):
        worker.put(item)
        assert worker.wait_idle(PATIENCE_S)
    worker.stop()
    assert handled == ["good"] and [str(fault) for fault in faults] == ["bad"]


def test_stopping_forgets_what_waits_and_ends_the_thread():
    handled, entered, release = [], threading.Event(), threading.Event()

    def handle(item):
        handled.append(item)
        entered.set()
        assert release.wait(PATIENCE_S)

    worker = NewestWorker(handle, ignore)
    worker.put("running")
    assert entered.wait(PATIENCE_S)
    worker.put("waiting")
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    wait_until(lambda: worker._stopping, "the stop")
    release.set()
    stopper.join(PATIENCE_S)
    assert handled == ["running"]
    assert not {stopper, worker._thread} & set(threading.enumerate())
    assert not worker.wait_idle(0)

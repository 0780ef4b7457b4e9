import threading

from vtm_ros.worker import NewestWorker


def ignore(fault: Exception) -> None:
    raise AssertionError(fault)


def test_while_it_works_only_the_newest_item_is_kept():
    handled, entered, release = [], threading.Event(), threading.Event()

    def handle(item):
        handled.append(item)
        entered.set()
        assert release.wait(10)

    worker = NewestWorker(handle, ignore)
    worker.put(0)
    assert entered.wait(10)
    for item in (1, 2, 3):
        worker.put(item)
    release.set()
    assert worker.wait_idle(10)
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
        assert worker.wait_idle(10)
    worker.stop()
    assert handled == ["good"] and [str(fault) for fault in faults] == ["bad"]


def test_stopping_forgets_what_waits_and_ends_the_thread():
    handled, entered, release = [], threading.Event(), threading.Event()

    def handle(item):
        handled.append(item)
        entered.set()
        assert release.wait(10)

    worker = NewestWorker(handle, ignore)
    worker.put("running")
    assert entered.wait(10)
    worker.put("waiting")
    threading.Timer(0.05, release.set).start()
    before = threading.active_count()
    worker.stop()
    assert handled == ["running"]
    assert threading.active_count() < before
    assert not worker.wait_idle(0)
